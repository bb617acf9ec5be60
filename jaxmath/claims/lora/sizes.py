"""Low-rank adaptation: what the scale is for, and what rounding does to a merge."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, BFloat16, Float, Float32

from jaxmath.definitions import column_norms, dora_weights, lora_scale, merge_lora, rslora_scale
from jaxmath.verify.claim import derivative, distribution, enclosure

HU = "Hu et al. 2021, arXiv:2106.09685"
KALAJDZIEVSKI = "Kalajdzievski 2023, arXiv:2312.03732"
LIU = "Liu et al. 2024, DoRA, arXiv:2402.09353"
_RNG = np.random.default_rng(0)
W16 = _RNG.normal(0, 1, (16, 16)).astype(jnp.bfloat16)
A16 = _RNG.normal(0, 0.1, (16, 2)).astype(np.float32)
B16 = _RNG.normal(0, 0.1, (2, 16)).astype(np.float32)
MERGE = dict(at=dict(d=16, f=16, rank=2), given=dict(w=W16, a=A16, b=B16))
# All bfloat16 numbers from 1 to 2, whose spacing is 2^-7.
ONES = np.arange(128) / 128 + 1


def _second_moment(rank: int, scale: float) -> Fraction:
    r"""The mean square of $s \sum_i a_i b_i$ over all signs of $a$ and $b$."""
    signs = list(itertools.product((-1, 1), repeat=rank))
    total = sum(np.dot(a, b) ** 2 for a in signs for b in signs)
    return Fraction(int(total), len(signs) ** 2) * Fraction(float(scale)) ** 2


@distribution(source=f"{KALAJDZIEVSKI}, theorem 3.2")
def the_root_of_the_rank_keeps_updates_of_one_size():
    r"""Over all signs the mean square of $\frac{\alpha}{\sqrt r} \sum_i a_i b_i$ is $\alpha^2$.

    At ranks one and four.
    """
    sizes = {rank: _second_moment(rank, float(rslora_scale(2.0, rank))) for rank in (1, 4)}
    return sizes, {1: Fraction(4), 4: Fraction(4)}


@the_root_of_the_rank_keeps_updates_of_one_size.mutant
def the_rank_keeps_updates_of_one_size():
    sizes = {rank: _second_moment(rank, lora_scale(2.0, rank)) for rank in (1, 4)}
    return sizes, {1: Fraction(4), 4: Fraction(4)}


@distribution(source=f"{KALAJDZIEVSKI}, section 3; {HU}, section 4.1")
def updates_shrink_with_the_root_of_the_rank_under_the_first_scale():
    r"""Under $\alpha / r$ the mean square is $\alpha^2 / r$: from rank one to four it falls by four."""
    sizes = {rank: _second_moment(rank, lora_scale(2.0, rank)) for rank in (1, 2, 4)}
    return sizes, {1: Fraction(4), 2: Fraction(2), 4: Fraction(1)}


@updates_shrink_with_the_root_of_the_rank_under_the_first_scale.mutant
def updates_shrink_with_the_rank_under_the_first_scale():
    sizes = {rank: _second_moment(rank, lora_scale(2.0, rank)) for rank in (1, 2, 4)}
    return sizes, {1: Fraction(4), 2: Fraction(1), 4: Fraction(1, 4)}


@enclosure(source="IEEE 754: round once; PEFT, pull request 1388", ulps=0.51, **MERGE)
def a_merge_into_half_precision_is_rounded_once(
    w: BFloat16[Array, "d f"], a: Float32[Array, "d rank"], b: Float32[Array, "rank f"]
):
    r"""Added in float32, merged bfloat16 weights are off by half a unit in the last place of their row."""
    exact = w.astype(jnp.float32) + 0.5 * a @ b
    return merge_lora(w.astype(jnp.float32), a, b, 0.5).astype(jnp.bfloat16), exact


@a_merge_into_half_precision_is_rounded_once.mutant
def two_merges_into_half_precision_are_rounded_once(w, a, b):
    half = merge_lora(w.astype(jnp.float32), a, b, 0.25).astype(jnp.bfloat16)
    twice = merge_lora(half.astype(jnp.float32), a, b, 0.25).astype(jnp.bfloat16)
    return twice, w.astype(jnp.float32) + 0.5 * a @ b


@distribution(source="IEEE 754: round to nearest, half to even", given=dict(w=ONES))
def small_updates_vanish_in_a_merge_into_half_precision(w: Float[Array, "128"]):
    r"""Merged into bfloat16 weights between 1 and 2, every update below $2^{-8}$ leaves no trace.

    For all 128 such weights and updates of 255 / 256 of $2^{-8}$ to either side (the one down from 1, where
    the spacing halves, apart).
    """
    near = 255 / 256 * 2.0**-8
    return _lost(w, near), {"lost": 2 * 128 - 1}


@small_updates_vanish_in_a_merge_into_half_precision.mutant
def updates_below_a_spacing_vanish_in_a_merge_into_half_precision(w):
    return _lost(w, 255 / 256 * 2.0**-7), {"lost": 2 * 128 - 1}


def _lost(w: Array, size: float) -> dict[str, int]:
    """How many merges of an update of a size leave the weights as they are."""
    merged = [jnp.asarray(w + sign * size).astype(jnp.bfloat16) == w.astype(jnp.bfloat16) for sign in (1, -1)]
    return {"lost": sum(int(same.sum()) for same in merged)}


@derivative(source=f"{LIU}, eq. (6)", at=dict(d=3, f=2, rank=1))
def dora_has_the_textbook_gradient(
    w: Float[Array, "d f"], a: Float[Array, "d rank"], b: Float[Array, "rank f"], m: Float[Array, " f"]
):
    r"""$\nabla_V = \frac{m}{\lVert V \rVert} (I - v v^\top)\, \delta$ for $v = V / \lVert V \rVert$.

    Here $s = 2$.
    """

    def vjp(w, a, b, m, dy):
        v = merge_lora(w, a, b, 2.0)
        size = column_norms(v)[None, :]
        unit = v / size
        dv = m[None, :] / size * (dy - unit * (unit * dy).sum(0)[None, :])
        return dv, 2 * dv @ b.T, 2 * a.T @ dv, (unit * dy).sum(0)

    return lambda w, a, b, m: dora_weights(w, a, b, 2.0, m), vjp


@dora_has_the_textbook_gradient.mutant
def dora_has_the_gradient_of_constant_lengths(w, a, b, m):
    def vjp(w, a, b, m, dy):
        v = merge_lora(w, a, b, 2.0)
        size = jax.lax.stop_gradient(column_norms(v))[None, :]
        dv = m[None, :] / size * dy
        return dv, 2 * dv @ b.T, 2 * a.T @ dv, (v / size * dy).sum(0)

    return lambda w, a, b, m: dora_weights(w, a, b, 2.0, m), vjp
