import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from jaxmath import definitions as d
from jaxmath.definitions import quadrature

UNIT = 2.0**-53


@pytest.mark.parametrize("nodes", [1, 2, 7, 64])
def test_gauss_legendre(x64, nodes):
    """Against the eigenvalues of the Jacobi matrix (Golub & Welsch 1969), good to some units a row."""
    k = np.arange(1, nodes)
    off = k / np.sqrt(4.0 * k**2 - 1)
    t, vectors = np.linalg.eigh(np.diag(off, 1) + np.diag(off, -1))
    rule = quadrature.gauss_legendre(nodes)
    np.testing.assert_allclose(rule.nodes, (1 + t) / 2, rtol=0, atol=8 * nodes * UNIT)
    np.testing.assert_allclose(rule.weights, vectors[0] ** 2, rtol=0, atol=8 * nodes * UNIT)


@pytest.mark.parametrize("nodes", [2, 5, 32])
def test_rules_of_equal_parts(nodes):
    ends = np.arange(nodes) / nodes
    for rule, expected in (
        (quadrature.left_riemann, ends),
        (quadrature.midpoint, ends + 1 / (2 * nodes)),
        (quadrature.right_riemann, ends + 1 / nodes),
        (quadrature.trapezoid, np.arange(nodes) / (nodes - 1)),
    ):
        found = rule(nodes)
        np.testing.assert_allclose(found.nodes, expected, rtol=0, atol=2.0**-23)
        np.testing.assert_allclose(found.weights.sum(), 1, rtol=0, atol=nodes * 2.0**-24)


def test_integrated_gradients(x64):
    """Against adaptive quadrature of the same gradients by SciPy."""
    rng = np.random.default_rng(0)
    x, base, w = rng.standard_normal((3, 2, 3))

    def f(x):
        return jnp.tanh((x * w).sum()) ** 2

    def slope(t, i):
        s = np.tanh(((base + t * (x - base)) * w).sum())
        return (2 * s * (1 - s**2) * w).flat[i]

    expected = [scipy.integrate.quad(slope, 0, 1, (i,), epsabs=1e-13, epsrel=1e-13)[0] for i in range(6)]
    explain = jax.jit(d.integrated_gradients, static_argnums=0)
    found = explain(f, jnp.asarray(x), jnp.asarray(base), quadrature.gauss_legendre(64))
    way = x - base  # what adaptive quadrature was asked for, and as much for 64 roundings of 64 nodes
    np.testing.assert_allclose(found, way * np.reshape(expected, (2, 3)), rtol=0, atol=2e-13 * abs(way).max())


def test_integrated_gradients_keep_the_type_of_their_input():
    x = jnp.array([1.0, 2.0], jnp.bfloat16)
    assert d.integrated_gradients(jnp.sum, x, 0 * x, quadrature.midpoint(4)).dtype == jnp.bfloat16


@pytest.mark.parametrize("players", [1, 2, 5])
def test_shapley_values(x64, players):
    """Against the mean over all orders."""
    worths = np.random.default_rng(players).standard_normal(2**players)
    expected = np.zeros(players)
    for order in itertools.permutations(range(players)):
        members = 0
        for i in order:
            joined = members | 1 << (players - 1 - i)
            expected[i] += (worths[joined] - worths[members]) / math.factorial(players)
            members = joined
    found = jax.jit(d.shapley_values)(jnp.asarray(worths))
    np.testing.assert_allclose(found, expected, rtol=0, atol=2**players * 4 * 8 * UNIT)


def test_worths_of_all_coalitions_are_needed():
    message = (
        r"worths must have 2\*\*n entries for n players, n >= 1; got 6\.\n  Give one for each row of coal"
    )
    with pytest.raises(ValueError, match=message):
        d.shapley_values(jnp.ones(6))
    with pytest.raises(ValueError, match="got 1"):
        d.shapley_values(jnp.ones(1))


def test_baseline_shapley_asks_about_mixtures():
    asked = []

    def f(x):
        jax.debug.callback(lambda x: asked.append(tuple(x.tolist())), x)
        return x.sum()

    d.baseline_shapley(f, jnp.array([1.0, 2.0]), jnp.array([-1.0, -2.0])).block_until_ready()
    jax.effects_barrier()
    assert set(asked) == set(itertools.product((1.0, -1.0), (2.0, -2.0)))
