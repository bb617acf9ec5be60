"""Quantisers: small floats under a power of two that a block shares."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float32, Int

from jaxmath.definitions import E2M1, E4M3, mx_quantize, mx_scale, round_to_minifloat
from jaxmath.verify.claim import distribution, enclosure

OCP = "OCP microscaling formats (MX) specification 1.0, section 6.3"
ROUHANI = "Rouhani et al. 2023, arXiv:2310.10537, algorithm 1"
BITS = np.arange(2**16, dtype=np.int32)
_RNG = np.random.default_rng(0)
BLOCKS = _RNG.normal(size=(8, 32)).astype(np.float32)
# The greatest of every block is below 6 times a power of two, or between 6 and 8 times.
LOW, HIGH = (np.linspace(-top, top, 257, dtype=np.float32) for top in (5.5, 7.75))


@distribution(source=f"{OCP}; E8M0", given=dict(bits=BITS))
def scales_are_powers_of_two_that_fit(bits: Int[Array, "65536"]):
    r"""$X$ is a power of two and $4 \le \max |x| / X < 8$.

    For every 97th positive float16 number as the greatest one.
    """
    tops = np.asarray(bits).astype(np.uint16).view(np.float16).astype(np.float32)
    tops = tops[np.isfinite(tops) & (tops > 0)]
    scales = np.asarray(jnp.stack([mx_scale(jnp.asarray([top]), E2M1) for top in tops[::97]]))
    mantissas, _ = np.frexp(scales)
    ratios = tops[::97] / scales
    return [int((mantissas != 0.5).sum()), int(((ratios < 4) | (ratios >= 8)).sum())], [0, 0]


@scales_are_powers_of_two_that_fit.mutant
def scales_leave_nothing_above_the_greatest_number(bits):
    tops = np.asarray(bits).astype(np.uint16).view(np.float16).astype(np.float32)
    tops = tops[np.isfinite(tops) & (tops > 0)]
    scales = np.asarray(jnp.stack([mx_scale(jnp.asarray([top]), E2M1) for top in tops[::97]]))
    ratios = tops[::97] / scales
    return [0, int((ratios > 6).sum())], [0, 0]


@distribution(source=ROUHANI, given=dict(blocks=BLOCKS))
def powers_of_two_pass_through_a_block(blocks: Float32[Array, "8 32"]):
    r"""A block times a power of two has the same elements, and its scale times it.

    For powers from $2^{-20}$ to $2^{20}$.
    """
    moved = [_bits(*mx_quantize(block * 2.0**k, E4M3)) for block in blocks for k in (-20, -1, 1, 20)]
    plain = [mx_quantize(block, E4M3) for block in blocks]
    return moved, [_bits(p, scale * 2.0**k) for p, scale in plain for k in (-20, -1, 1, 20)]


@powers_of_two_pass_through_a_block.mutant
def powers_of_three_pass_through_a_block(blocks):
    moved = [_bits(*mx_quantize(block * 3.0, E4M3)) for block in blocks]
    return moved, [_bits(p, scale * 3.0) for p, scale in (mx_quantize(block, E4M3) for block in blocks)]


@enclosure(source=f"{OCP}; half the widest gap of E2M1", given=dict(x=LOW), at_most=1.0)
def small_blocks_are_within_half_a_gap(x: Float32[Array, "257"]):
    r"""Where no entry is above 6 scales, the error is at most half the widest gap, $X$."""
    elements, scale = mx_quantize(x, E2M1)
    return scale * elements, x


@small_blocks_are_within_half_a_gap.mutant
def small_blocks_are_within_half_a_gap_of_three_levels(x):
    return round_to_minifloat(x, E2M1._replace(mantissa=0, top=4.0)), x


@enclosure(source=f"{OCP}: what is beyond the greatest number is clamped", given=dict(x=HIGH), at_most=1.75)
def blocks_that_clamp_lose_what_is_beyond_six_scales(x: Float32[Array, "257"]):
    r"""Entries from 6 to 8 times the scale all become 6: up to 7.75 that is an error of $1.75 X$, not $X$."""
    elements, scale = mx_quantize(x, E2M1)
    return scale * elements, x


@blocks_that_clamp_lose_what_is_beyond_six_scales.mutant
def larger_blocks_lose_no_more(x):
    elements, scale = mx_quantize(x * 1.03125, E2M1)
    return scale * elements, x * 1.03125


def _bits(elements: Array, scale: Array) -> list[np.ndarray]:
    return [np.asarray(x, np.float32).view(np.int32) for x in (elements, scale)]
