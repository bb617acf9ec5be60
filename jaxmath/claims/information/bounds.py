"""Information: inequalities between divergences, for laws of two outcomes given by their log-odds."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import js, kl, sigmoid, total_variation
from jaxmath.verify.claim import bound

Scalar = Float[Array, ""]


@bound(
    source="Pinsker 1964; Cover & Thomas 2006, lemma 11.6.1",
    box=dict(a=(-2, 2), b=(-2, 2)),
    slack=0.02,
    sharp=dict(a=0.0, b=0.1),
)
def total_variation_is_bounded_by_the_divergence(a: Scalar, b: Scalar):
    r"""$2 \, \mathrm{TV}(p, q)^2 \le \mathrm{KL}(p \| q)$."""
    p, q = _law(a), _law(b)
    return 2 * total_variation(p, q) ** 2, kl(p, q)


@total_variation_is_bounded_by_the_divergence.mutant
def total_variation_is_bounded_by_four_fifths_of_the_divergence(a, b):
    p, q = _law(a), _law(b)
    return 2 * total_variation(p, q) ** 2, 0.8 * kl(p, q)


@bound(
    source="Bretagnolle & Huber 1979",
    box=dict(a=(-6, 6), b=(-6, 6)),
    slack=0.05,
    sharp=dict(a=-6.0, b=6.0),
)
def total_variation_stays_below_one(a: Scalar, b: Scalar):
    r"""$\mathrm{TV}(p, q)^2 \le 1 - e^{-\mathrm{KL}(p \| q)}$, which says something however large KL is."""
    p, q = _law(a), _law(b)
    return total_variation(p, q) ** 2, 1 - jnp.exp(-kl(p, q))


@total_variation_stays_below_one.mutant
def total_variation_stays_below_nine_tenths(a, b):
    p, q = _law(a), _law(b)
    return total_variation(p, q) ** 2, 0.9 * (1 - jnp.exp(-kl(p, q)))


@bound(source="Lin 1991, theorem 4", box=dict(a=(-8, 8), b=(-8, 8)), slack=0.01, sharp=dict(a=-8.0, b=8.0))
def js_is_at_most_log_two(a: Scalar, b: Scalar):
    r"""$\mathrm{JS}(p, q) \le \log 2$, nearly attained by laws that hardly overlap."""
    return js(_law(a), _law(b)), jnp.log(jnp.full((), 2.0, a.dtype))


@js_is_at_most_log_two.mutant
def js_is_at_most_two_thirds(a, b):
    return js(_law(a), _law(b)), jnp.full((), 2 / 3)


def _law(a: Array) -> Array:
    return jnp.stack([sigmoid(a), sigmoid(-a)])
