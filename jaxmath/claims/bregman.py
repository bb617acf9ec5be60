"""What is true of Bregman divergences and of conjugate functions."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    bregman,
    cross_entropy,
    entropy,
    fenchel_young,
    kl,
    logsumexp,
    negative_entropy,
    softmax,
)
from jaxmath.verify.claim import bound, derivative, identity

BANERJEE = "Banerjee et al. 2005, Clustering with Bregman divergences"
BLONDEL = "Blondel, Martins & Niculae 2019, arXiv:1901.02324"
BOYD = "Boyd & Vandenberghe 2004, example 3.25"


@identity(source=f"{BANERJEE}, table 1", at=dict(n=3))
def squares_have_the_squared_distance_as_divergence(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$D_\varphi(x, y) = \lVert x - y \rVert^2$ for $\varphi = \lVert x \rVert^2$, the symmetric case."""
    return bregman(lambda x: (x**2).sum(), x, y), ((x - y) ** 2).sum()


@squares_have_the_squared_distance_as_divergence.mutant
def cubes_have_the_cubed_distance_as_divergence(x, y):
    return bregman(lambda x: (x**3).sum(), x, y), ((x - y) ** 3).sum()


@identity(source=f"{BANERJEE}, table 1", at=dict(n=3))
def negative_entropy_has_the_divergence_of_laws(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$D_{-H}(p, q) = D(p \Vert q)$ for laws $p$ and $q$."""
    p, q = softmax(x), softmax(y)
    return bregman(negative_entropy, p, q), kl(p, q)


@negative_entropy_has_the_divergence_of_laws.mutant
def negative_entropy_has_the_divergence_of_positive_vectors(x, y):
    p, q = jnp.exp(x), jnp.exp(y)
    return bregman(negative_entropy, p, q), kl(p, q)


@identity(source=f"{BANERJEE}, appendix A; Nielsen & Nock 2009", at=dict(n=2))
def a_divergence_and_its_dual_swap_their_arguments(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$D_{\mathrm{LSE}}(x, y) = D_{-H}(\nabla \mathrm{LSE}(y), \nabla \mathrm{LSE}(x))$."""
    return bregman(logsumexp, x, y), bregman(negative_entropy, softmax(y), softmax(x))


@a_divergence_and_its_dual_swap_their_arguments.mutant
def a_divergence_and_its_dual_keep_their_arguments(x, y):
    return bregman(logsumexp, x, y), bregman(negative_entropy, softmax(x), softmax(y))


@identity(source="Chen & Teboulle 1993, lemma 3.1", at=dict(n=2))
def three_points_have_a_law_of_cosines(x: Float[Array, " n"], y: Float[Array, " n"], z: Float[Array, " n"]):
    r"""$D(x, z) = D(x, y) + D(y, z) + \langle x - y, \nabla \varphi(y) - \nabla \varphi(z) \rangle$."""
    slopes = jax.grad(logsumexp)(y) - jax.grad(logsumexp)(z)
    right = bregman(logsumexp, x, y) + bregman(logsumexp, y, z) + (x - y) @ slopes
    return bregman(logsumexp, x, z), right


@three_points_have_a_law_of_cosines.mutant
def three_points_have_a_law_of_pythagoras(x, y, z):
    return bregman(logsumexp, x, z), bregman(logsumexp, x, y) + bregman(logsumexp, y, z)


@identity(source=f"{BANERJEE}, theorem 1", at=dict(n=2))
def the_mean_is_the_nearest_point(x: Float[Array, "2 n"], z: Float[Array, " n"], w: Float[Array, " 2"]):
    r"""$\sum_i w_i D(x_i, z) = \sum_i w_i D(x_i, \bar x) + D(\bar x, z)$: no $z$ is nearer than the mean."""
    w = softmax(w)
    mean = w @ x

    def spread(z):
        return w @ jax.vmap(lambda each: bregman(logsumexp, each, z))(x)

    return spread(z), spread(mean) + bregman(logsumexp, mean, z)


@the_mean_is_the_nearest_point.mutant
def the_mean_is_the_nearest_point_on_the_other_side(x, z, w):
    w = softmax(w)
    mean = w @ x

    def spread(z):
        return w @ jax.vmap(lambda each: bregman(logsumexp, z, each))(x)

    return spread(z), spread(mean) + bregman(logsumexp, z, mean)


@identity(source=f"{BLONDEL}, section 3.2 (Shannon entropy)", at=dict(n=2))
def the_fenchel_young_loss_is_cross_entropy_less_entropy(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$L(\theta, p) = D(p \Vert \mathrm{softmax}\,\theta) = H(p, \mathrm{softmax}\,\theta) - H(p)$."""
    p, q = softmax(y), softmax(x)
    return (fenchel_young(x, p),) * 2, (kl(p, q), cross_entropy(p, q) - entropy(p))


@the_fenchel_young_loss_is_cross_entropy_less_entropy.mutant
def the_fenchel_young_loss_is_the_reverse_divergence(x, y):
    p, q = softmax(y), softmax(x)
    return (fenchel_young(x, p),) * 2, (kl(q, p), cross_entropy(p, q) - entropy(p))


@derivative(source=f"{BLONDEL}, proposition 2", at=dict(n=3))
def the_fenchel_young_loss_pulls_back_to_prediction_minus_target(
    x: Float[Array, " n"], p: Float[Array, " n"]
):
    r"""$\nabla_\theta L = \mathrm{softmax}(\theta) - p$ and $\nabla_p L = \log p + 1 - \theta$."""
    return fenchel_young, lambda x, p, dl: (dl * (softmax(x) - p), dl * (jnp.log(p) + 1 - x))


@the_fenchel_young_loss_pulls_back_to_prediction_minus_target.mutant
def the_fenchel_young_loss_has_a_gradient_on_the_simplex_only(x, p):
    return fenchel_young, lambda x, p, dl: (dl * (softmax(x) - p), dl * (jnp.log(p) - x))


@identity(source=f"{BOYD}; Rockafellar 1970, theorem 26.5", at=dict(n=3))
def gradients_of_conjugates_are_inverse_to_each_other(x: Float[Array, " n"], c: Float[Array, ""]):
    r"""$\nabla \mathrm{LSE}(\nabla(-H)(p)) = p$: the logarithm and the softmax, up to a shift $c$."""
    p = softmax(x)
    return softmax(jax.grad(negative_entropy)(p) + c), p


@gradients_of_conjugates_are_inverse_to_each_other.mutant
def gradients_of_conjugates_are_inverse_up_to_a_scale(x, c):
    p = softmax(x)
    return softmax(jax.grad(negative_entropy)(p) * c), p


@bound(source=BOYD, box=dict(x=(-1, 1), a=(-1, 1)), slack=0.01, sharp=dict(x=0.5, a=0.5))
def scores_and_laws_obey_fenchels_inequality(x: Float[Array, ""], a: Float[Array, ""]):
    r"""$\langle \theta, p \rangle + H(p) \le \mathrm{LSE}(\theta)$, with equality for the softmax.

    Here for two outcomes and scores $(x, 0)$.
    """
    p, scores = softmax(jnp.stack([a, 0 * a])), jnp.stack([x, 0 * x])
    return scores @ p + entropy(p), logsumexp(scores)


@scores_and_laws_obey_fenchels_inequality.mutant
def scores_and_laws_obey_an_inequality_with_twice_the_entropy(x, a):
    p, scores = softmax(jnp.stack([a, 0 * a])), jnp.stack([x, 0 * x])
    return scores @ p + 2 * entropy(p), logsumexp(scores)
