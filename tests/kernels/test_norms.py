"""Norms with hand-written derivatives, against the textbook."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions
from jaxmath.kernels.norms import layer_norm, rms_norm


def operands(rows, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(jnp.asarray(rng.uniform(-1, 1, shape)) for shape in ((rows, 5), (5,), (5,)))


PAIRS = {
    "layer": (layer_norm, definitions.layer_norm),
    "rms": (lambda x, w, b: rms_norm(x, w) * b[None], lambda x, w, b: definitions.rms_norm(x, w) * b[None]),
}


def loss(f):
    return lambda *a: (f(*a) ** 2).sum()


WAYS = {
    "value": lambda f, *a: f(*a),
    "grad": lambda f, *a: jax.grad(loss(f), (0, 1, 2))(*a),
    "jvp": lambda f, *a: jax.jvp(f, a, operands(a[0].shape[0], 1))[1],
    "forward over reverse": lambda f, *a: jax.jvp(
        jax.grad(loss(f), (0, 1, 2)), a, operands(a[0].shape[0], 1)
    )[1],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("rows", [3, 130])
def test_norms_are_those_of_the_textbook(way, name, rows, x64):
    """At most 500 roundings; a term of a sum over 130 rows is below 1000 where a row has a size above 0.3."""
    found, expected = (jax.jit(functools.partial(WAYS[way], f))(*operands(rows)) for f in PAIRS[name])
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=500 * 1000 * rows * 2.0**-53)


def test_sixteen_bits_are_computed_in_float32():
    x = jnp.asarray(np.random.default_rng(0).uniform(-1, 1, (2, 70, 8)), jnp.bfloat16)
    found = layer_norm(x)
    exact = definitions.layer_norm(x.astype(jnp.float32))
    assert found.dtype == jnp.bfloat16 and found.shape == x.shape
    # One rounding to eight bits, and a dozen in float32, of numbers below 4.
    np.testing.assert_allclose(found.astype(jnp.float32), exact, rtol=0, atol=4 * (2.0**-9 + 16 * 2.0**-24))
    gradient = jax.grad(lambda x: layer_norm(x).astype(jnp.float32).sum())(x)
    assert gradient.dtype == jnp.bfloat16
