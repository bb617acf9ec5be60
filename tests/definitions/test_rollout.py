"""Rollout, flow and null spaces against SciPy and NumPy."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from jaxmath.definitions import (
    attention_flow,
    attention_rollout,
    effective_attention,
    maximum_flow,
    null_directions,
)
from jaxmath.definitions.rollout import with_residual


def _weights(layers, n, seed=0):
    """Rows that add up to one, in multiples of 2^-10: sums and products of two are exact in float32."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(1024, rng.dirichlet(np.ones(n) / 2, (layers, n))) / 1024


def _flow(edges, i, j):
    """SciPy's maximum flow, which wants integers."""
    layers, n, _ = edges.shape
    capacity = np.zeros(((layers + 1) * n,) * 2, np.int32)
    for layer, matrix in enumerate(edges):
        capacity[(layer + 1) * n : (layer + 2) * n, layer * n : (layer + 1) * n] = matrix * 2048
    found = sparse.csgraph.maximum_flow(sparse.csr_matrix(capacity), layers * n + i, j)
    return found.flow_value / 2048


@pytest.mark.parametrize("layers,n", [(1, 3), (3, 4)])
def test_flow_is_that_of_scipy(layers, n):
    weights = _weights(layers, n)
    edges = np.asarray(with_residual(jnp.asarray(weights, jnp.float32)))
    expected = [[_flow(edges, i, j) for j in range(n)] for i in range(n)]
    np.testing.assert_array_equal(jax.jit(attention_flow)(jnp.asarray(weights, jnp.float32)), expected)


def test_flow_of_a_network_with_a_detour(x64):
    """The first shortest path has to be taken back in part."""
    capacity = np.array(
        [[0, 10, 10, 0, 0], [0, 0, 1, 4, 0], [0, 0, 0, 9, 0], [0, 0, 0, 0, 11], [0, 0, 0, 0, 0]], np.int32
    )
    expected = sparse.csgraph.maximum_flow(sparse.csr_matrix(capacity), 0, 4).flow_value
    assert maximum_flow(jnp.asarray(capacity, jnp.float64), 0, 4) == float(expected)
    assert maximum_flow(jnp.asarray(capacity, jnp.float64), 4, 0) == 0


@pytest.mark.parametrize("residual", [0.5, 0.25])
def test_rollout_is_a_product(x64, residual):
    weights = _weights(4, 5)
    edges = (1 - residual) * weights + residual * np.eye(5)
    expected = np.linalg.multi_dot(edges[::-1])
    # Four products with sums of five.
    found = jax.jit(attention_rollout)(jnp.asarray(weights), residual)
    np.testing.assert_allclose(found, expected, atol=40 * 2.0**-53)


def test_effective_attention_is_a_projection(x64):
    rng = np.random.default_rng(0)
    p, v = rng.dirichlet(np.ones(6), 4), rng.standard_normal((6, 2))
    basis = np.linalg.qr(v)[0]
    # The condition number is below ten.
    assert np.linalg.cond(v) < 10
    found = jax.jit(effective_attention)(jnp.asarray(p), jnp.asarray(v))
    np.testing.assert_allclose(found, p @ basis @ basis.T, atol=1000 * 2.0**-53)


def test_effective_attention_bears_values_that_repeat(x64):
    v = jnp.array([[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]])
    found = effective_attention(jnp.array([[0.2, 0.3, 0.5]]), v)
    np.testing.assert_allclose(found @ v, [[0.8, 0.8]], rtol=100 * 2.0**-53)


def test_null_directions_of_values(x64):
    rng = np.random.default_rng(0)
    v = rng.standard_normal((6, 2))
    u = jax.jit(null_directions)(jnp.asarray(v))
    assert u.shape == (3, 6)
    whole = np.concatenate([v, np.ones((6, 1))], 1)
    np.testing.assert_allclose(u @ whole, np.zeros((3, 3)), atol=1000 * 2.0**-53)


def test_too_few_keys_have_no_null_directions():
    message = r"null_directions: v must have more than e \+ 1 keys, but it has m=3 and e=2\. Weights"
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(null_directions)(jnp.ones((3, 2)))
