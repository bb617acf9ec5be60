"""Clocks of rotary positions, and rotations of part of a vector."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.definitions import (
    axis_angles,
    clock_angles,
    dynamic_ntk_base,
    interpolated_frequencies,
    llama3_frequencies,
    longrope_attention_factor,
    longrope_frequencies,
    partial_rotary,
    proportional_frequencies,
    rotary,
    rotary_frequencies,
    rotary_interleaved_sections,
    rotary_sections,
    yarn_attention_factor,
    yarn_frequencies,
)
from jaxmath.notation import NotationError


def plain(base=10_000.0):
    return rotary_frequencies(16, base)


def longrope(length):
    short, long = (jnp.array([1 + step * i for i in range(8)]) for step in (0.1, 2.0))
    return longrope_frequencies(plain(), short, long, length, 4096)


# What the functions of transformers 5.24.0, modeling_rope_utils.py, return with torch 2.13 for a head of
# width 16 and 4,096 positions in training (Llama 3: 8,192). They compute in float32.
GOLDEN = {
    "linear": (
        lambda: interpolated_frequencies(plain(), 4.0),
        "0.25 0.079056941 0.0250000004 0.00790569466 0.00249999994 7.90569466e-4 2.50000012e-4 7.90569466e-5",
    ),
    "dynamic, 4096 positions": (
        lambda: rotary_frequencies(16, dynamic_ntk_base(10_000.0, 4.0, 16, 4096, 4096)),
        "1.0 0.316227764 0.100000001 0.0316227786 0.00999999978 0.00316227786 0.00100000005 3.16227786e-4",
    ),
    "dynamic, 10000 positions": (
        lambda: rotary_frequencies(16, dynamic_ntk_base(10_000.0, 4.0, 16, 10_000, 4096)),
        "1.0 0.240649298 0.0579120778 0.013936501 0.00335380924 8.07091768e-4 1.94226057e-4 4.67403661e-5",
    ),
    "yarn": (
        lambda: yarn_frequencies(16, 16.0, 4096),
        "1.0 0.316227764 0.100000001 0.0242111888 0.00531250006 9.38801211e-4 6.2500003e-5 1.97642366e-5",
    ),
    "yarn, not rounded": (
        lambda: yarn_frequencies(16, 32.0, 4096, 150_000.0, rounded=False),
        "1.0 0.225418001 0.0508132726 0.00679495931 4.56483918e-4 1.8188337e-5 4.09997847e-6 9.24208962e-7",
    ),
    "longrope, 4096 positions": (
        lambda: longrope(4096),
        "1.0 0.287479758 0.0833333358 0.0243252143 0.00714285718 0.00210818532 6.24999986e-4 1.86016332e-4",
    ),
    "longrope, 4097 positions": (
        lambda: longrope(4097),
        "1.0 0.10540925 0.0199999996 0.0045175394 0.00111111114 2.87479779e-4 7.69230755e-5 2.10818507e-5",
    ),
    "llama3": (
        lambda: llama3_frequencies(plain(500_000.0), 8.0, 1.0, 4.0, 8192),
        "1.0 0.193922758 0.0376060307 0.00729266508 5.24846022e-4 3.42810235e-5 6.64786967e-6 1.28917316e-6",
    ),
    "proportional": (
        lambda: proportional_frequencies(16, 2, 1_000_000.0),
        "1.0 0.177827939 0.0 0.0 0.0 0.0 0.0 0.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_clocks_are_those_of_transformers(name, x64, elementary):
    """A power, and at most six roundings of terms that are no larger than the clock as it was, in float32."""
    compute, golden = GOLDEN[name]
    base = {"yarn, not rounded": 150_000.0, "llama3": 500_000.0, "proportional": 1e6}.get(name, 10_000.0)
    unit = 2.0**-24
    assert np.all(
        np.abs(np.asarray(compute()) - np.array(golden.split(), float))
        <= (elementary + 6) * unit * np.asarray(plain(base))
    )


def test_attention_factors_are_those_of_transformers(x64):
    """They are computed in float64, by a logarithm, a square root and four other operations."""
    found = (
        yarn_attention_factor(16.0),
        yarn_attention_factor(40.0, 1.0) / yarn_attention_factor(40.0, 0.5),
        longrope_attention_factor(32.0, 4096.0),
        yarn_attention_factor(0.5),
        longrope_attention_factor(0.5, 4096.0),
    )
    golden = [1.2772588722239782, 1.1557219901962608, 1.1902380714238083, 1.0, 1.0]
    np.testing.assert_allclose(np.array(found), golden, rtol=8 * 2.0**-53)


def test_dynamic_base_takes_a_traced_length():
    assert dynamic_ntk_base(10_000.0, 4.0, 16, jnp.array(100), 4096) == 10_000.0


def test_partial_rotary(draw, close, elementary):
    (x, wide), (angles, _) = draw(3, 8), draw(3, 2)
    for layout in ("interleaved", "half-split"):
        got = partial_rotary(x, angles, layout)
        assert (got[:, 4:] == x[:, 4:]).all()
        assert (got[:, :4] == rotary(x[:, :4], angles, layout)).all()
    twice = partial_rotary(x, angles, "interleaved", 2.0)
    bound = 2 * (elementary + 4)
    close(
        twice[:, :4], 2 * np.asarray(rotary(x[:, :4], angles), np.longdouble), bound, 4 * np.abs(wide).max()
    )


def test_partial_rotary_of_too_many_pairs_raises():
    with pytest.raises(ValueError, match="twice the number of angles, but d=4 and r=3"):
        partial_rotary(jnp.ones((2, 4)), jnp.ones((2, 3)))


@pytest.mark.parametrize(
    ("cut", "sizes", "expected"),
    [
        # Qwen2-VL has (16, 24, 24), Qwen3-VL (24, 20, 20): the same rules at an eighth and a quarter.
        (rotary_sections, (2, 3, 3), [0, 0, 1, 1, 1, 2, 2, 2]),
        (rotary_interleaved_sections, (6, 5, 5), [0, 1, 2] * 5 + [0]),
        (rotary_interleaved_sections, (5, 2, 1), [0, 1, 2, 0, 1, 0, 0, 0]),
    ],
)
def test_sections(cut, sizes, expected):
    assert cut(sizes).tolist() == expected


def test_offsets_and_fractions_of_positions(x64):
    clocks = jnp.array([1.0, 0.25])
    angles = clock_angles(jnp.array([0, 2]), clocks, offset=jnp.array(3))
    np.testing.assert_array_equal(angles, [[3.0, 0.75], [5.0, 1.25]])
    np.testing.assert_array_equal(clock_angles(jnp.array([0.5]), clocks), [[0.5, 0.125]])
    places = jnp.array([[0.5], [4.0]])
    np.testing.assert_array_equal(axis_angles(places, clocks, jnp.array([1, 0])), [[4.0, 0.125]])


def test_axes_are_checked():
    with pytest.raises(NotationError, match="r is 2 in frequencies"):
        axis_angles(jnp.ones((3, 2)), jnp.ones(2), jnp.zeros(3, int))
