"""Quantisers: four bits for numbers that are normally distributed."""

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri
from jaxtyping import Array, Float32, Int

from jaxmath.definitions import dequantize, nearest_level, nf4_levels, quantize_absmax, quantize_nf4
from jaxmath.verify.claim import accounting, distribution, enclosure

QLORA = "Dettmers et al. 2023, QLoRA, arXiv:2305.14314, appendix E"
PUBLISHED = (
    *("-1.0", "-0.696193", "-0.525073", "-0.394917", "-0.284441", "-0.184773", "-0.091050", "0.0"),
    *("0.079580", "0.160930", "0.246112", "0.337915", "0.440710", "0.562617", "0.722957", "1.0"),
)
GRID = np.linspace(-1, 1, 2**10 + 1, dtype=np.float32)
CODES = np.arange(16)


@accounting(source=f"{QLORA}; six digits of the sixteen that are printed there")
def the_sixteen_levels_are_the_published_ones():
    r"""Quantiles of the normal law give the published table."""
    return [float(x) for x in nf4_levels()], list(PUBLISHED)


@the_sixteen_levels_are_the_published_ones.mutant
def sixteen_even_levels_are_the_published_ones():
    return [float(x) for x in jnp.linspace(-1.0, 1.0, 16)], list(PUBLISHED)


@distribution(source=QLORA, given=dict(codes=CODES))
def levels_are_their_own_nearest(codes: Int[Array, "16"]):
    r"""All sixteen codes come back from the numbers that they stand for."""
    return quantize_nf4(nf4_levels())[0], codes


@levels_are_their_own_nearest.mutant
def even_levels_are_their_own_nearest(codes):
    return nearest_level(jnp.linspace(-1.0, 1.0, 16), nf4_levels()), codes


@enclosure(source=f"{QLORA}; half the widest gap, computed here", given=dict(x=GRID), at_most=0.151905)
def four_bits_are_within_half_the_widest_gap(x: Float32[Array, "1025"]):
    r"""$|x - \ell_q| \le 0.1519 \max_j |x_j|$: half the gap between the first two levels."""
    codes, top = quantize_nf4(x)
    return top * nf4_levels()[codes], x


@four_bits_are_within_half_the_widest_gap.mutant
def four_bits_are_within_half_the_gap_of_even_levels(x):
    even = jnp.linspace(-1.0, 1.0, 16)
    return even[nearest_level(x, nf4_levels())], x


@distribution(source=f"{QLORA}, section 3: optimal for normal weights; computed here by numerical quadrature")
def four_normal_bits_beat_four_even_bits_on_normal_numbers():
    r"""On quantiles of a normal law NF4 has a smaller mean square error than int4.

    On 4,095 of them, scaled by the greatest.
    """
    x = _quantiles()
    codes, top = quantize_nf4(x)
    normal, even = top * nf4_levels()[codes], dequantize(*quantize_absmax(x, 4))
    return {"better": bool(((normal - x) ** 2).mean() < ((even - x) ** 2).mean())}, {"better": True}


@four_normal_bits_beat_four_even_bits_on_normal_numbers.mutant
def four_normal_bits_beat_four_even_bits_on_even_numbers():
    x = jnp.linspace(-1.0, 1.0, 4095)
    codes, top = quantize_nf4(x)
    normal, even = top * nf4_levels()[codes], dequantize(*quantize_absmax(x, 4))
    return {"better": bool(((normal - x) ** 2).mean() < ((even - x) ** 2).mean())}, {"better": True}


def _quantiles() -> Array:
    from_below = jnp.arange(1, 4096) / 4096
    return ndtri(from_below)
