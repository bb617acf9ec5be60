"""Distillation: the reverse divergence, and those between both."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import generalised_js, js, kl, sigmoid, softmax
from jaxmath.verify.claim import bound, derivative, identity

AGARWAL = "Agarwal et al. 2023, arXiv:2306.13649"
TWO = dict(v=2)
Logits = Float[Array, " v"]
Scalar = Float[Array, ""]


@derivative(source=f"{AGARWAL}, reverse KL; chain rule", at=TWO)
def the_reverse_divergence_pulls_where_the_student_is(x: Logits, z: Logits):
    r"""$\nabla_x D(q \Vert p) = q \odot (\log \frac{q}{p} - D(q \Vert p))$, which vanishes where $q$ does."""

    def vjp(x, z, dl):
        q, p = softmax(x), softmax(z)
        divergence = kl(q, p)
        return dl * q * (jnp.log(q) - jnp.log(p) - divergence), dl * (p - q)

    return lambda x, z: kl(softmax(x), softmax(z)), vjp


@the_reverse_divergence_pulls_where_the_student_is.mutant
def the_reverse_divergence_pulls_like_the_forward_one(x, z):
    def vjp(x, z, dl):
        q, p = softmax(x), softmax(z)
        return dl * (q - p), dl * (p - q)

    return lambda x, z: kl(softmax(x), softmax(z)), vjp


@identity(source=f"{AGARWAL}, eq. (2); Lin 1991", at=TWO)
def at_one_half_generalised_js_is_js(x: Logits, z: Logits):
    r"""$D_{1/2}(p, q) = \mathrm{JS}(p, q)$."""
    p, q = softmax(x), softmax(z)
    return generalised_js(p, q), js(p, q)


@at_one_half_generalised_js_is_js.mutant
def at_one_third_generalised_js_is_js(x, z):
    p, q = softmax(x), softmax(z)
    return generalised_js(p, q, 1 / 3), js(p, q)


@identity(source=f"{AGARWAL}, section 3; Huszar 2015, arXiv:1511.05101, eq. (13)", at=TWO)
def generalised_js_leaves_zero_as_a_multiple_of_the_divergence(x: Logits, z: Logits):
    r"""$\lim_{\beta \to 0} D_\beta(p, q) / \beta = D(p \Vert q)$, and $D(q \Vert p)$ at the other end."""
    p, q = softmax(x), softmax(z)

    def slope(at):
        return jax.jvp(lambda beta: generalised_js(p, q, beta), (jnp.full((), at),), (jnp.ones(()),))[1]

    return (slope(0.0), -slope(1.0)), (kl(p, q), kl(q, p))


@generalised_js_leaves_zero_as_a_multiple_of_the_divergence.mutant
def generalised_js_leaves_zero_as_a_multiple_of_the_reverse_divergence(x, z):
    p, q = softmax(x), softmax(z)

    def slope(at):
        return jax.jvp(lambda beta: generalised_js(p, q, beta), (jnp.full((), at),), (jnp.ones(()),))[1]

    return (slope(0.0), -slope(1.0)), (kl(q, p), kl(p, q))


@bound(
    source="Lin 1991, theorem 4; concavity of entropy",
    box=dict(a=(0, 8), beta=(0.25, 0.75)),
    slack=0.01,
    sharp=dict(a=8.0, beta=0.5),
)
def generalised_js_is_at_most_the_entropy_of_its_mixture(a: Scalar, beta: Scalar):
    r"""$D_\beta(p, q) \le -\beta \log \beta - (1 - \beta) \log(1 - \beta)$.

    Here for $p$ and its mirror image $q$.
    """
    p = jnp.stack([sigmoid(a), sigmoid(-a)])
    most = -beta * jnp.log(beta) - (1 - beta) * jnp.log(1 - beta)
    return generalised_js(p, p[::-1], beta), most


@generalised_js_is_at_most_the_entropy_of_its_mixture.mutant
def generalised_js_is_at_most_twice_the_lesser_share(a, beta):
    p = jnp.stack([sigmoid(a), sigmoid(-a)])
    return generalised_js(p, p[::-1], beta), jnp.minimum(beta, 1 - beta)
