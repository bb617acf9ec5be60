"""Quantisers: floating-point numbers of eight bits and fewer."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, BFloat16, Int

from jaxmath.definitions import E2M1, E2M3, E3M2, E4M3, E5M2, MiniFloat, minifloat_values, round_to_minifloat
from jaxmath.verify.claim import accounting, distribution, enclosure

FP8 = "Micikevicius et al. 2022, arXiv:2209.05433, table 1"
OCP = "OCP microscaling formats (MX) specification 1.0, section 5.3"
ALL = (E5M2, E4M3, E3M2, E2M3, E2M1)
BITS = np.arange(2**16, dtype=np.int32)


@accounting(source=f"{FP8}; {OCP}, tables 2 to 5")
def formats_end_where_their_specification_says():
    r"""The greatest number of each, and the inverse of the smallest positive one."""
    return _ends(), (["57344", "448", "28", "7.5", "6"], [2**16, 2**9, 2**4, 2**3, 2])


@formats_end_where_their_specification_says.mutant
def formats_end_where_ieee_would():
    return _ends(), (["57344", "240", "14", "3.75", "3"], [2**16, 2**9, 2**4, 2**3, 2])


@accounting(source=f"{FP8}; {OCP}")
def formats_have_as_many_numbers_as_their_bits_say():
    r"""Finite numbers that are not negative: 124, 127, 32, 32 and 8.

    All codes of the small formats, one less for E4M3, four less for E5M2.
    """
    return [len(minifloat_values(f)) for f in ALL], [124, 127, 32, 32, 8]


@formats_have_as_many_numbers_as_their_bits_say.mutant
def formats_lose_no_codes():
    return [len(minifloat_values(f)) for f in ALL], [128, 128, 32, 32, 8]


@distribution(source=f"{OCP}; idempotence of rounding")
def numbers_of_a_format_are_their_own_rounding():
    r"""Every number of all five formats, and its negative, stays what it is."""
    values = [jnp.concatenate([v, -v]) for v in map(minifloat_values, ALL)]
    rounded = [round_to_minifloat(v, f) for v, f in zip(values, ALL, strict=True)]
    return [_exact(v) for v in rounded], [_exact(v) for v in values]


@numbers_of_a_format_are_their_own_rounding.mutant
def numbers_of_a_wider_format_are_their_own_rounding():
    values = minifloat_values(E2M3)
    return _exact(round_to_minifloat(values, E2M1)), _exact(values)


@distribution(source="IEEE 754: round to nearest, ties to even", given=dict(bits=BITS))
def every_half_precision_number_goes_to_the_nearest(bits: Int[Array, "65536"]):
    r"""No number of E4M3 is nearer to any of the finite float16 numbers than its rounding."""
    x = _finite(bits)
    errors = np.abs(np.asarray(round_to_minifloat(jnp.asarray(x), E4M3)) - x)
    return {"farther": int((errors > _distance(x, E4M3)).sum())}, {"farther": 0}


@every_half_precision_number_goes_to_the_nearest.mutant
def every_half_precision_number_goes_to_the_nearest_normal_number(bits):
    x = _finite(bits)
    normal = np.asarray(round_to_minifloat(jnp.asarray(x), E4M3._replace(exponent=3, top=448.0)))
    return {"farther": int((np.abs(normal - x) > _distance(x, E4M3)).sum())}, {"farther": 0}


@enclosure(source=f"{FP8}; IEEE 754", box=dict(x=(0.015625, 448)), ulps=8)
def eight_bits_keep_four_of_them(x: BFloat16[Array, ""]):
    r"""In E4M3's normal range every bfloat16 number keeps three places after its first one.

    The error is at most half a unit of the third place, or eight of the seventh, which is bfloat16's.
    """
    wide = x.astype(jnp.float32)
    return round_to_minifloat(wide, E4M3).astype(jnp.bfloat16), x


@eight_bits_keep_four_of_them.mutant
def eight_bits_keep_five_of_them(x):
    wide = x.astype(jnp.float32)
    return round_to_minifloat(wide, E5M2._replace(mantissa=1)).astype(jnp.bfloat16), x


def _finite(bits: Array) -> np.ndarray:
    """All finite float16 numbers, in float64."""
    halves = np.asarray(bits).astype(np.uint16).view(np.float16)
    return halves[np.isfinite(halves)].astype(np.float64)


def _ends() -> tuple[list[float], list[int]]:
    values = [minifloat_values(f) for f in ALL]
    return [float(v[-1]) for v in values], [int(1 / v[1]) for v in values]


def _exact(x: Array) -> np.ndarray:
    """Numbers of a format as multiples of the smallest number of all formats."""
    multiples = np.asarray(x, np.float64) * 2**16
    assert (multiples == np.trunc(multiples)).all()
    return multiples.astype(np.int64)


def _distance(x: np.ndarray, to: MiniFloat) -> np.ndarray:
    """How far the nearest number of a format is, by looking at both neighbours."""
    values = np.asarray(minifloat_values(to))
    grid = np.concatenate([-values[:0:-1], values])
    above = np.clip(np.searchsorted(grid, x), 1, len(grid) - 1)
    return np.minimum(np.abs(x - grid[above - 1]), np.abs(x - grid[above]))
