"""What is true of entropy, cross-entropy and divergences."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import cross_entropy, entropy, js, kl, logsumexp, renyi, softmax
from jaxmath.verify.claim import derivative, identity

COVER = "Cover & Thomas, Elements of Information Theory (2006)"


@identity(source=f"{COVER}, section 2.3", at=dict(n=4))
def cross_entropy_is_entropy_plus_divergence(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$H(p, q) = H(p) + D(p \Vert q)$."""
    p, q = softmax(x), softmax(y)
    return cross_entropy(p, q), entropy(p) + kl(p, q)


@cross_entropy_is_entropy_plus_divergence.mutant
def cross_entropy_is_entropy_plus_reverse_divergence(x, y):
    p, q = softmax(x), softmax(y)
    return cross_entropy(p, q), entropy(p) + kl(q, p)


@identity(source="Boyd & Vandenberghe 2004, example 3.25 (Fenchel's inequality)", at=dict(n=4))
def divergence_is_the_gap_in_gibbs_inequality(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$\mathrm{LSE}(x) - \langle p, x \rangle - H(p) = D(p \Vert \mathrm{softmax}(x))$ for every $p$."""
    p = softmax(y)
    return logsumexp(x) - p @ x - entropy(p), kl(p, softmax(x))


@divergence_is_the_gap_in_gibbs_inequality.mutant
def reverse_divergence_is_the_gap_in_gibbs_inequality(x, y):
    p = softmax(y)
    return logsumexp(x) - p @ x - entropy(p), kl(softmax(x), p)


@identity(source="Banerjee et al. 2005, Clustering with Bregman divergences, section 4", at=dict(n=4))
def divergence_is_bregman_with_arguments_swapped(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$D(p_x \Vert p_y) = \mathrm{LSE}(y) - \mathrm{LSE}(x) - \langle p_x, y - x \rangle$."""
    p = softmax(x)
    return kl(p, softmax(y)), logsumexp(y) - logsumexp(x) - p @ (y - x)


@divergence_is_bregman_with_arguments_swapped.mutant
def divergence_is_bregman_with_arguments_in_order(x, y):
    return kl(softmax(x), softmax(y)), logsumexp(x) - logsumexp(y) - softmax(y) @ (x - y)


@derivative(source="Cover & Thomas 2006, section 12.1", at=dict(n=4))
def entropy_falls_with_inverse_temperature(x: Float[Array, " n"], beta: Float[Array, ""]):
    r"""$dH / d\beta = -\beta\, \mathrm{Var}_p(x)$ and $dH / dx = -\beta^2 p (x - \bar x)$."""

    def vjp(x, beta, dh):
        p = softmax(beta * x)
        centred = p * (x - p @ x)
        return -dh * beta**2 * centred, -dh * beta * (centred @ x)

    return lambda x, beta: entropy(softmax(beta * x)), vjp


@entropy_falls_with_inverse_temperature.mutant
def entropy_falls_by_the_second_moment(x, beta):
    def vjp(x, beta, dh):
        p = softmax(beta * x)
        return -dh * beta**2 * p * (x - p @ x), -dh * beta * (p @ x**2)

    return lambda x, beta: entropy(softmax(beta * x)), vjp


@derivative(source=f"{COVER}, section 2.7", at=dict(n=3))
def divergence_has_the_textbook_gradients(p: Float[Array, " n"], q: Float[Array, " n"]):
    r"""$\partial D / \partial p = \log(p / q) + 1$ and $\partial D / \partial q = -p / q$."""
    return kl, lambda p, q, dy: (dy * (jnp.log(p) - jnp.log(q) + 1), -dy * p / q)


@divergence_has_the_textbook_gradients.mutant
def divergence_has_gradients_on_the_simplex_only(p, q):
    return kl, lambda p, q, dy: (dy * (jnp.log(p) - jnp.log(q)), -dy * p / q)


@identity(source=f"{COVER}, theorem 2.5.3", at=dict(n=2, m=3))
def divergences_of_independent_parts_add_up(
    x: Float[Array, " n"], y: Float[Array, " n"], z: Float[Array, " m"], w: Float[Array, " m"]
):
    r"""$D(p \otimes r \Vert q \otimes s) = D(p \Vert q) + D(r \Vert s)$."""
    p, q, r, s = softmax(x), softmax(y), softmax(z), softmax(w)
    return kl(jnp.outer(p, r).ravel(), jnp.outer(q, s).ravel()), kl(p, q) + kl(r, s)


@divergences_of_independent_parts_add_up.mutant
def divergences_of_unnormalised_parts_add_up(x, y, z, w):
    p, q, r, s = softmax(x), softmax(y), jnp.exp(z), jnp.exp(w)
    return kl(jnp.outer(p, r).ravel(), jnp.outer(q, s).ravel()), kl(p, q) + kl(r, s)


@identity(source="Lin 1991, eq. (4.1)", at=dict(n=3))
def jensen_shannon_is_what_mixing_adds_to_entropy(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$\mathrm{JS}(p, q) = H(\tfrac12(p + q)) - \tfrac12 (H(p) + H(q))$, symmetric in $p$ and $q$."""
    p, q = softmax(x), softmax(y)
    gap = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    return (js(p, q), js(q, p)), (gap, gap)


@jensen_shannon_is_what_mixing_adds_to_entropy.mutant
def jensen_shannon_is_the_mean_of_both_divergences(x, y):
    p, q = softmax(x), softmax(y)
    mean = (kl(p, q) + kl(q, p)) / 2
    return (js(p, q), js(q, p)), (mean, mean)


@identity(source="van Erven & Harremoes 2014, arXiv:1206.2459, eq. (6)", at=dict(n=3))
def renyi_of_order_two_is_the_logarithm_of_chi_square(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$D_2(p \Vert q) = \log \sum_i p_i^2 / q_i$."""
    p, q = softmax(x), softmax(y)
    return renyi(p, q, 2.0), jnp.log((p**2 / q).sum())


@renyi_of_order_two_is_the_logarithm_of_chi_square.mutant
def renyi_of_order_two_is_chi_square_the_other_way(x, y):
    p, q = softmax(x), softmax(y)
    return renyi(p, q, 2.0), jnp.log((q**2 / p).sum())
