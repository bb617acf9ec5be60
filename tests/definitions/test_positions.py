"""Sinusoidal, rotary, ALiBi and T5 positions."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.definitions import (
    alibi_bias,
    alibi_slopes,
    relative_position_bucket,
    rotary,
    rotary_angles,
    sinusoidal,
    sinusoidal_angles,
    t5_bias,
)

POSITIONS = np.array([0, 1, 2, 5])


@pytest.mark.parametrize("angles", [sinusoidal_angles, rotary_angles])
def test_angles(angles, elementary, close):
    expected = [[t * 100.0 ** (-2 * i / 6) for i in range(3)] for t in POSITIONS]
    # The exponent has one rounding and is at most log(100); then a power and a product.
    got = angles(jnp.array(POSITIONS), 6, base=100.0)
    close(got, expected, 5 + elementary + 1, size=np.abs(expected))
    assert (got == angles(jnp.array(POSITIONS, float), 6, base=jnp.array(100.0))).all()


def test_sinusoidal(draw, close, elementary):
    angles, wide = draw(4, 3)
    expected = np.zeros((4, 6), np.longdouble)
    expected[:, 0::2], expected[:, 1::2] = np.sin(wide), np.cos(wide)
    close(jax.jit(sinusoidal)(angles), expected, elementary)


@pytest.mark.parametrize("layout", ["interleaved", "half-split"])
def test_rotary(layout, draw, close, elementary):
    (x, wx), (angles, wide) = draw(4, 6), draw(4, 3)
    pairs = [(2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + 3) for i in range(3)]
    expected = np.zeros_like(wx)
    for i, (a, b) in enumerate(pairs):
        turned = (wx[:, a] + 1j * wx[:, b]) * np.exp(1j * wide[:, i])
        expected[:, a], expected[:, b] = turned.real, turned.imag
    # Sine or cosine, product, sum; each of the two terms is at most |x|.
    close(
        jax.jit(rotary, static_argnums=2)(x, angles, layout),
        expected,
        elementary + 2,
        size=2 * np.abs(wx).max(),
    )


def test_angles_may_be_finer_than_vectors():
    x = jnp.ones((2, 4), jnp.bfloat16)
    assert rotary(x, rotary_angles(jnp.arange(2), 4)).dtype == jnp.bfloat16


def slopes_of_the_paper(h):
    """Geometric for powers of two, otherwise completed from the next power of two."""

    def geometric(h):
        return [(2 ** (-8 / h)) ** i for i in range(1, h + 1)]

    below = 2 ** math.floor(math.log2(h))
    return geometric(below) + geometric(2 * below)[0::2][: h - below]


@pytest.mark.parametrize("h", [1, 2, 3, 6, 8, 12, 16])
def test_alibi_slopes(h, close, elementary):
    expected = np.array(slopes_of_the_paper(h))
    close(alibi_slopes(h), expected, elementary, size=expected)


def test_alibi_bias():
    bias = alibi_bias(jnp.array([0.5, 0.25]), 2, 3, "bottom-right")
    assert bias.tolist() == [[[-0.5, 0, 0.5], [-1, -0.5, 0]], [[-0.25, 0, 0.25], [-0.5, -0.25, 0]]]


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("buckets", "max_distance"), [(32, 128), (16, 64), (8, 20)])
def test_t5_buckets(bidirectional, buckets, max_distance):
    def bucket(relative):
        """Raffel et al. in words: half of the buckets one by one, the other half at logarithmic distances."""
        one_way = buckets // 2 if bidirectional else buckets
        base = one_way if bidirectional and relative > 0 else 0
        r = abs(relative) if bidirectional else max(-relative, 0)
        exact = one_way // 2
        if r < exact:
            return base + r
        step = math.log(r / exact) / math.log(max_distance / exact) * (one_way - exact)
        return base + min(exact + math.floor(step + 1e-9), one_way - 1)

    relative = range(-150, 151)
    bucketed = jax.jit(relative_position_bucket, static_argnums=(1, 2, 3))
    got = bucketed(jnp.array(relative), bidirectional, buckets, max_distance)
    assert got.tolist() == [bucket(r) for r in relative]


def test_t5_bias():
    table = jnp.arange(16.0).reshape(8, 2)
    got = t5_bias(table, 2, 3, bidirectional=False, max_distance=8, align="bottom-right")
    # Query 0 stands at key 1: distances 1, 0 and (after the query) 0.
    assert got.tolist() == [[[2, 0, 0], [4, 2, 0]], [[3, 1, 1], [5, 3, 1]]]
