"""What is true of divergences that compare two laws by their ratio."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    bhattacharyya,
    chi_square,
    f_divergence,
    kl,
    renyi,
    softmax,
    squared_hellinger,
    total_variation,
)
from jaxmath.verify.claim import bound, identity

CSISZAR = "Csiszár 1967; Liese & Vajda 2006, section II"
Scores = Float[Array, " n"]
Law = Float[Array, " n"]
Scalar = Float[Array, ""]


@identity(source=CSISZAR, at=dict(n=2))
def known_divergences_are_f_divergences(p: Law, q: Law):
    r"""$t \log t$, $-\log t$ and $(t - 1)^2$ give $D$, its reverse and $\chi^2$."""
    found = (
        f_divergence(lambda t: t * jnp.log(t), p, q),
        f_divergence(lambda t: -jnp.log(t), p, q),
        f_divergence(lambda t: (t - 1) ** 2, p, q),
    )
    return found, (kl(p, q), kl(q, p), chi_square(p, q))


@known_divergences_are_f_divergences.mutant
def known_divergences_are_f_divergences_the_other_way(p, q):
    found = f_divergence(lambda t: t * jnp.log(t), p, q), f_divergence(lambda t: (t - 1) ** 2, p, q)
    return found, (kl(q, p), chi_square(q, p))


@identity(source=f"{CSISZAR}: the adjoint function", at=dict(n=2))
def swapping_the_laws_is_another_f_divergence(x: Scores, y: Scores):
    r"""$D_f(q \Vert p) = D_{f^*}(p \Vert q)$ with $f^*(t) = t f(1 / t)$; here $f = (t - 1)^2$."""
    p, q = softmax(x), softmax(y)
    return chi_square(q, p), f_divergence(lambda t: t * (1 / t - 1) ** 2, p, q)


@swapping_the_laws_is_another_f_divergence.mutant
def swapping_the_laws_changes_nothing(x, y):
    p, q = softmax(x), softmax(y)
    return chi_square(q, p), chi_square(p, q)


@identity(source="Pearson 1900; definition", at=dict(n=3))
def chi_square_is_the_second_moment_of_the_ratio_less_one(x: Scores, y: Scores):
    r"""$\chi^2(p \Vert q) = \sum_i p_i^2 / q_i - 1 = e^{D_2(p \Vert q)} - 1$."""
    p, q = softmax(x), softmax(y)
    return (chi_square(p, q),) * 2, ((p**2 / q).sum() - 1, jnp.exp(renyi(p, q, 2.0)) - 1)


@chi_square_is_the_second_moment_of_the_ratio_less_one.mutant
def chi_square_is_the_second_moment_of_the_ratio(x, y):
    p, q = softmax(x), softmax(y)
    return (chi_square(p, q),) * 2, ((p**2 / q).sum(), jnp.exp(renyi(p, q, 2.0)))


@identity(source="Bhattacharyya 1943; Hellinger 1909")
def the_hellinger_distance_is_what_the_overlap_lacks_of_one(a: Scalar, b: Scalar):
    r"""$H^2(p, q) = 1 - \sum_i \sqrt{p_i q_i}$ for laws."""
    p, q = jnp.stack([a, 1 - a]), jnp.stack([b, 1 - b])
    return squared_hellinger(p, q), 1 - bhattacharyya(p, q)


@the_hellinger_distance_is_what_the_overlap_lacks_of_one.mutant
def the_hellinger_distance_is_what_twice_the_overlap_lacks_of_two(a, b):
    p, q = jnp.stack([a, 1 - a]), jnp.stack([b, 1 - b])
    return squared_hellinger(p, q), 2 - 2 * bhattacharyya(p, q)


@identity(source="independent parts", at=dict(n=2))
def overlaps_of_independent_parts_multiply(p: Law, q: Law, r: Law, s: Law):
    r"""$\mathrm{BC}(p \otimes r, q \otimes s) = \mathrm{BC}(p, q)\, \mathrm{BC}(r, s)$."""
    both = bhattacharyya(jnp.outer(p, r).ravel(), jnp.outer(q, s).ravel())
    return both, bhattacharyya(p, q) * bhattacharyya(r, s)


@overlaps_of_independent_parts_multiply.mutant
def distances_of_independent_parts_multiply(p, q, r, s):
    both = squared_hellinger(jnp.outer(p, r).ravel(), jnp.outer(q, s).ravel())
    return both, squared_hellinger(p, q) * squared_hellinger(r, s)


def _law(a: Array) -> Array:
    return softmax(jnp.stack([a, 0 * a]))


@bound(source="Le Cam 1973; Kraft 1955", box=dict(a=(0.5, 3)), slack=0.01, sharp=dict(a=3.0))
def hellinger_and_total_variation_bound_each_other(a: Scalar):
    r"""$H^2 \le \mathrm{TV}$ and $\mathrm{TV}^2 \le H^2 (2 - H^2)$, attained by mirror images."""
    p, q = _law(a), _law(-a)
    h, tv = squared_hellinger(p, q), total_variation(p, q)
    return (h, tv**2), (tv, h * (2 - h))


@hellinger_and_total_variation_bound_each_other.mutant
def total_variation_is_at_most_the_squared_hellinger_distance(a):
    p, q = _law(a), _law(-a)
    h, tv = squared_hellinger(p, q), total_variation(p, q)
    return (tv, tv**2), (h, h * (2 - h))


@bound(source="Gibbs & Su 2002, theorem 5 (Jensen)", box=dict(a=(0.5, 2), b=(-2, -0.5)), sharp=None)
def divergence_is_at_most_the_logarithm_of_chi_square(a: Scalar, b: Scalar):
    r"""$D(p \Vert q) \le \log(1 + \chi^2(p \Vert q)) \le \chi^2(p \Vert q)$."""
    p, q = _law(a), _law(b)
    chi = chi_square(p, q)
    return (kl(p, q), jnp.log(1 + chi)), (jnp.log(1 + chi), chi)


@divergence_is_at_most_the_logarithm_of_chi_square.mutant
def divergence_is_at_most_half_of_chi_square(a, b):
    p, q = _law(a), _law(b)
    return kl(p, q), chi_square(p, q) / 2
