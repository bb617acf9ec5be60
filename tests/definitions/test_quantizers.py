import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from jaxmath import definitions as d

FORMATS = {
    ml_dtypes.float8_e4m3fn: d.E4M3,
    ml_dtypes.float8_e5m2: d.E5M2,
    ml_dtypes.float6_e3m2fn: d.E3M2,
    ml_dtypes.float6_e2m3fn: d.E2M3,
    ml_dtypes.float4_e2m1fn: d.E2M1,
}


@pytest.mark.parametrize("bits", [4, 8])
def test_absmax(bits, draw):
    x, wide = draw(33)
    codes, scale = jax.jit(d.quantize_absmax, static_argnums=1)(x, bits)
    top = 2 ** (bits - 1) - 1
    assert np.abs(codes).max() == top
    step = np.abs(wide).max() / top
    unit = float(jnp.finfo(x.dtype).eps)
    # Half a step, and the rounding of the step, of the quotient and of the product.
    error = np.abs(np.asarray(d.dequantize(codes, scale), np.float64) - wide)
    assert error.max() <= step * (0.5 + 3 * unit * top)


def test_zero_point(draw):
    x, wide = draw(33)
    codes, scale, zero = jax.jit(d.quantize_zero_point)(x)
    assert 0 <= codes.min() and codes.max() <= 255
    unit = float(jnp.finfo(x.dtype).eps)
    error = np.abs(np.asarray(d.dequantize(codes, scale, zero), np.float64) - wide)
    # The zero point is rounded too, so that an end may be cut by half a step more.
    assert error.max() <= float(scale) * (1 + 4 * unit * 255)


def test_blocks_of_zeros(dtype):
    zeros = jnp.zeros(4, dtype)
    assert not d.dequantize(*d.quantize_absmax(zeros)).any()
    assert not d.dequantize(*d.quantize_zero_point(zeros)).any()
    codes, top = d.quantize_nf4(zeros)
    assert top == 1 and (codes == 7).all()
    elements, scale = d.mx_quantize(jnp.zeros(4), d.E2M1)
    assert scale == 1 and not elements.any()


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.__name__)
def test_minifloats(kind):
    to, info = FORMATS[kind], ml_dtypes.finfo(kind)
    assert (to.top, to.smallest) == (float(info.max), float(info.smallest_subnormal))
    x = np.random.default_rng(0).normal(0, to.top / 4, 1000).astype(np.float32)
    x = np.clip(x, -to.top, to.top)
    np.testing.assert_array_equal(
        jax.jit(d.round_to_minifloat, static_argnums=1)(x, to), x.astype(kind).astype(np.float32)
    )


def test_beyond_the_greatest():
    assert d.round_to_minifloat(jnp.array([1e9, -jnp.inf]), d.E4M3).tolist() == [448, -448]


def test_nearest_level(draw):
    x, wide = draw(50)
    levels = np.array([-1.0, -0.25, 0.5, 2.0])
    found = jax.jit(d.nearest_level)(x, jnp.asarray(levels, x.dtype))
    distances = np.abs(wide[:, None] - levels).astype(float)
    chosen = np.take_along_axis(distances, np.asarray(found)[:, None], 1)[:, 0]
    # Each distance is rounded once, so that one of two nearly equal ones is taken.
    assert (chosen <= distances.min(1) + 4 * float(jnp.finfo(x.dtype).eps)).all()


def test_mx_scale():
    for top, scale in ((6.0, 1.0), (7.9, 1.0), (8.0, 2.0), (3.9, 0.5), (2.0**-140, 2.0**-127)):
        assert d.mx_scale(jnp.array([0.0, -top], jnp.float32), d.E2M1) == scale or top < 2.0**-126
