"""Quantisers: integers on a uniform grid."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int

from jaxmath.definitions import absmax_scale, dequantize, quantize, quantize_absmax, quantize_zero_point
from jaxmath.verify.claim import accounting, distribution, enclosure, identity

JACOB = "Jacob et al. 2017, arXiv:1712.05877"
DETTMERS = "Dettmers et al. 2022, LLM.int8(), arXiv:2208.07339, section 2.1"
# Every 64th of the numbers on a fine grid from -1 to 1, the ends included.
GRID = np.linspace(-1, 1, 2**11 + 1, dtype=np.float32)
SIDED = np.linspace(-0.25, 1, 2**11 + 1, dtype=np.float32)
CODES = np.arange(-128, 128)
X = Float32[Array, " n"]


@enclosure(source=DETTMERS, given=dict(x=GRID), at=dict(n=2049), at_most=(1 + 2.0**-20) / 254)
def symmetric_codes_are_within_half_a_step(x: X):
    r"""$|x - \Delta q| \le \Delta / 2$ with $\Delta = 1 / 127$, from one end of the range to the other."""
    codes, scale = quantize_absmax(x)
    return dequantize(codes, scale), x


@symmetric_codes_are_within_half_a_step.mutant
def codes_cut_off_are_within_half_a_step(x):
    scale = absmax_scale(x)
    return dequantize(jnp.trunc(x / scale).astype(jnp.int32), scale), x


@enclosure(source=JACOB, given=dict(x=SIDED), at=dict(n=2049), at_most=1.25 * (1 + 2.0**-16) / 510)
def zero_point_codes_are_within_half_a_step(x: X):
    r"""$|x - \Delta (q - z)| \le \Delta / 2$ with $\Delta = (\max x - \min x) / 255$.

    For numbers that are one-sided too.
    On a range that is a multiple of the step away from zero, so that the zero point is not rounded.
    """
    codes, scale, zero = quantize_zero_point(x)
    return dequantize(codes, scale, zero), x


@zero_point_codes_are_within_half_a_step.mutant
def symmetric_codes_of_one_sided_numbers_are_as_near(x):
    codes, scale = quantize_absmax(x, 8)
    return dequantize(codes, scale), x


@distribution(source=f"{DETTMERS}; idempotence of rounding", given=dict(codes=CODES))
def quantising_again_changes_nothing(codes: Int[Array, "256"]):
    r"""All 256 codes come back from the numbers that they stand for, at steps from $2^{-8}$ to $3^5$."""
    steps = [np.float32(s) for s in (2.0**-8, 0.1, 1 / 3, 1.0, 3.0**5)]
    again = [quantize(dequantize(codes, jnp.asarray(s)), jnp.asarray(s), 0, -128, 127) for s in steps]
    return again, [codes] * len(steps)


@quantising_again_changes_nothing.mutant
def quantising_again_with_another_zero_changes_nothing(codes):
    steps = [np.float32(s) for s in (2.0**-8, 0.1, 1 / 3, 1.0, 3.0**5)]
    again = [quantize(dequantize(codes, jnp.asarray(s)), jnp.asarray(s), 1, -128, 127) for s in steps]
    return again, [codes] * len(steps)


@distribution(source=f"{JACOB}, section 2.1: zero is exactly represented")
def zero_is_a_code_of_its_own():
    r"""Zero is stored without error, for 25 ranges on either and on both sides of it."""
    ends = itertools.product((-3.0, -1.0, 0.0, 0.7, 2.0), (-2.0, -0.5, 0.0, 1.0, 5.5))
    stored = []
    for a, b in ends:
        codes, _, zero = quantize_zero_point(jnp.array([a, 0.0, b], jnp.float32))
        stored.append(int(codes[1] - zero))
    return stored, [0] * 25


@zero_is_a_code_of_its_own.mutant
def zero_is_a_code_of_a_range_that_excludes_it():
    stored = []
    for a, b in itertools.product((0.7, 2.0), (1.0, 5.5)):
        scale = jnp.asarray(abs(b - a) / 255, jnp.float32)
        zero = -jnp.round(min(a, b) / scale).astype(jnp.int32)
        stored.append(int(quantize(jnp.zeros((), jnp.float32), scale, 0, 0, 255) + 0 * zero - zero))
    return stored, [0] * 4


@identity(source=f"{JACOB}, eq. (7)", at=dict(n=2, d=3, f=2))
def products_of_shifted_codes_expand_into_sums(
    x: Float[Array, "n d"], w: Float[Array, "d f"], zx: Float[Array, ""], zw: Float[Array, ""]
):
    r"""$(X - z)(W - z') = X W - z' X \mathbf 1 - z \mathbf 1^\top W + d\, z z'$.

    The product itself is of codes.
    """
    rows, columns = x.sum(1)[:, None], w.sum(0)[None, :]
    return (x - zx) @ (w - zw), x @ w - zw * rows - zx * columns + 3 * zx * zw


@products_of_shifted_codes_expand_into_sums.mutant
def products_of_shifted_codes_expand_into_sums_without_the_constant(x, w, zx, zw):
    rows, columns = x.sum(1)[:, None], w.sum(0)[None, :]
    return (x - zx) @ (w - zw), x @ w - zw * rows - zx * columns


@accounting(source="two's complement: the greatest 32-bit integer; computed here")
def sums_of_products_of_codes_fit_up_to_a_length():
    r"""32 bits hold any sum of 133,144 products of codes up to 127, or 131,071 of codes down to -128."""
    return [_longest(127), _longest(128)], [133_144, 131_071]


@sums_of_products_of_codes_fit_up_to_a_length.mutant
def sums_of_products_fit_up_to_a_power_of_two():
    return [_longest(127), _longest(128)], [2**17, 2**17]


@distribution(source="two's complement: addition wraps around")
def one_product_more_overflows():
    r"""At these lengths the sum in 32 bits is the true one, and one product more turns it negative."""
    sums = [_wrapped(top, _longest(top) + more) for top in (127, 128) for more in (0, 1)]
    true = [127**2 * 133_144, 127**2 * 133_145 - 2**32, 128**2 * 131_071, 128**2 * 131_072 - 2**32]
    return sums, true


@one_product_more_overflows.mutant
def one_product_more_does_not_overflow():
    sums = [_wrapped(top, _longest(top) + more) for top in (127, 128) for more in (0, 1)]
    return sums, [127**2 * 133_144, 127**2 * 133_145, 128**2 * 131_071, 128**2 * 131_072]


def _longest(top: int) -> int:
    return (2**31 - 1) // top**2


def _wrapped(top: int, length: int) -> int:
    code = jnp.full((length,), top, jnp.int32)
    return int(jnp.dot(code, code, preferred_element_type=jnp.int32))
