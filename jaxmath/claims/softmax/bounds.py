"""Softmax: inequalities, and the error of its float32 run.

Softmax ignores shifts, so where three scores are meant, two of them vary and the last is zero.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, BFloat16, Float

from jaxmath.definitions import entropy, logsumexp, sigmoid, softmax, total_variation
from jaxmath.verify.claim import bound, enclosure

BOYD = "Boyd & Vandenberghe, Convex Optimization (2004), section 3.1.5"
NAIR = "Nair 2025, arXiv:2510.23012"
HILBERT = "Birkhoff 1957, Extensions of Jentzsch's theorem: contraction in Hilbert's metric"
Scalar = Float[Array, ""]


@bound(source=BOYD, at=dict(n=2), box=dict(x=(-8, 8)), sharp=dict(x=[8, -8]))
def logsumexp_is_at_least_the_maximum(x: Float[Array, " n"]):
    r"""$\max_i x_i \le \mathrm{LSE}(x)$, nearly attained where one score is far above the rest."""
    return jnp.max(x), logsumexp(x)


@logsumexp_is_at_least_the_maximum.mutant
def logsumexp_is_a_thousandth_above_the_maximum(x):
    return jnp.max(x) + 1e-3, logsumexp(x)


@bound(source=BOYD, at=dict(n=3), box=dict(x=(-8, 8)), slack=1e-6, sharp=dict(x=[0, 0, 0]))
def logsumexp_is_at_most_the_maximum_plus_log_n(x: Float[Array, " n"]):
    r"""$\mathrm{LSE}(x) \le \max_i x_i + \log n$, attained where all scores are equal."""
    return logsumexp(x), jnp.max(x) + jnp.log(jnp.full((), x.shape[0], x.dtype))


@logsumexp_is_at_most_the_maximum_plus_log_n.mutant
def logsumexp_is_at_most_the_maximum_plus_one(x):
    return logsumexp(x), jnp.max(x) + 1


@bound(source=NAIR, box=dict(a=(-3, 3), b=(-3, 3)), slack=0.02, sharp=dict(a=0.69314718, b=0.0))
def softmax_is_half_lipschitz(a: Scalar, b: Scalar):
    r"""A row of $|\operatorname{diag} p - p p^\top|$ adds up to at most $1/2$; here the first of three."""
    return _slopes(softmax(_three(a, b))), 0.5


@softmax_is_half_lipschitz.mutant
def softmax_is_two_fifths_lipschitz(a, b):
    return _slopes(softmax(_three(a, b))), 0.4


@bound(source=HILBERT, box=dict(a=(-4, 4), t=(0, 4)), slack=0.02, sharp=dict(a=-1.0, t=2.0))
def softmax_moves_by_a_quarter_of_the_spread(a: Scalar, t: Scalar):
    r"""$\mathrm{TV}(p_x, p_y) \le \tanh(\mathrm{osc}(x - y) / 4)$ for softmax $p$; here for two scores."""
    return total_variation(softmax(_two(a)), softmax(_two(a + t))), jnp.tanh(t / 4)


@softmax_moves_by_a_quarter_of_the_spread.mutant
def softmax_moves_by_a_fifth_of_the_spread(a, t):
    return total_variation(softmax(_two(a)), softmax(_two(a + t))), jnp.tanh(t / 5)


@bound(
    source="Cover & Thomas 2006, theorem 2.6.4",
    box=dict(a=(-4, 4), b=(-4, 4)),
    slack=1e-3,
    sharp=dict(a=0, b=0),
)
def entropy_is_at_most_log_n(a: Scalar, b: Scalar):
    r"""$H(\mathrm{softmax}\,x) \le \log n$, attained by the uniform law; here for three scores."""
    return entropy(softmax(_three(a, b))), jnp.log(jnp.full((), 3.0, a.dtype))


@entropy_is_at_most_log_n.mutant
def entropy_is_at_most_one(a, b):
    return entropy(softmax(_three(a, b))), jnp.ones(())


@bound(source="elementary", box=dict(a=(-3, 3), b=(-3, 3)), slack=0.01, sharp=dict(a=3, b=0))
def probabilities_are_bounded_by_the_spread(a: Scalar, b: Scalar):
    r"""$p_i \le 1 / (1 + (n - 1) e^{-R})$ with $R = \max x - \min x$; here for three scores."""
    x = _three(a, b)
    return softmax(x).max(), 1 / (1 + 2 * jnp.exp(x.min() - x.max()))


@probabilities_are_bounded_by_the_spread.mutant
def probabilities_are_bounded_by_half_the_spread(a, b):
    x = _three(a, b)
    return softmax(x).max(), 1 / (1 + 2 * jnp.exp((x.min() - x.max()) / 2))


@enclosure(
    source="Blanchard, Higham & Higham 2021, IMA J. Numer. Anal. 41(4)",
    at=dict(n=8, m=64),
    given=dict(x=np.random.default_rng(0).normal(0, 10, (8, 64)).astype(np.float32)),
    ulps=8,
)
def softmax_in_single_precision_keeps_its_digits(x: Float[Array, "n m"]):
    r"""Shifted by the maximum, nothing overflows and the error is a few ulps of the greatest probability."""
    return softmax(x), softmax(x)


@softmax_in_single_precision_keeps_its_digits.mutant
def softmax_of_rounded_scores_keeps_its_digits(x):
    return softmax(x.astype(jnp.bfloat16).astype(x.dtype)), softmax(x)


@enclosure(source="IEEE 754: round once", box=dict(x=(0.0625, 8)), ulps=0.51)
def sigmoid_in_half_precision_is_rounded_once(x: BFloat16[Array, ""]):
    r"""Computed in float32 and rounded at the end, every bfloat16 logistic is as near as can be."""
    return sigmoid(x.astype(jnp.float32)).astype(jnp.bfloat16), sigmoid(x)


@sigmoid_in_half_precision_is_rounded_once.mutant
def sigmoid_in_half_precision_may_round_at_every_step(x):
    return 1 / (1 + jnp.exp(-x)), sigmoid(x)


def _two(a: Array) -> Array:
    return jnp.stack([a, jnp.zeros_like(a)])


def _three(a: Array, b: Array) -> Array:
    return jnp.stack([a, b, jnp.zeros_like(a)])


def _slopes(p: Array) -> Array:
    """How far the first probability moves, at most, when every score moves by one."""
    return jnp.sum(jnp.abs(p[0] * (jnp.array([1.0, 0.0, 0.0], p.dtype) - p)))
