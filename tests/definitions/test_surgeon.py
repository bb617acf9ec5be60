import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d


@pytest.fixture
def layer(x64):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((12, 5))
    return rng.standard_normal(5), x.T @ x


def test_update_is_the_constrained_least_squares(layer):
    """Against the linear system of the Lagrangian; matrices here have a condition number below 100."""
    w, h = layer
    for q in range(5):
        system = np.block([[h, np.eye(5)[:, [q]]], [np.eye(5)[[q]], np.zeros((1, 1))]])
        change = np.linalg.solve(system, np.append(np.zeros(5), 0.5 - w[q]))[:5]
        inverse = jnp.asarray(np.linalg.inv(h))
        after = jax.jit(d.surgeon_update, static_argnums=2)(jnp.asarray(w), inverse, q, jnp.asarray(0.5))
        np.testing.assert_allclose(after, w + change, rtol=0, atol=1e4 * 2.0**-53 * 10)
        cost = d.surgeon_saliency(jnp.asarray(w - 0.5), inverse)[q]
        np.testing.assert_allclose(cost, change @ h @ change / 2, rtol=1e4 * 2.0**-53 * 10)


def test_elimination(layer):
    _, h = layer
    left = np.asarray(d.without_weight(jnp.asarray(np.linalg.inv(h)), 2))
    rest = [0, 1, 3, 4]
    expected = np.linalg.inv(h[np.ix_(rest, rest)])
    np.testing.assert_allclose(left[np.ix_(rest, rest)], expected, rtol=0, atol=1e4 * 2.0**-53 * 10)


def test_brain_damage(layer):
    w, h = layer
    saliency = d.brain_damage_saliency(jnp.asarray(w), jnp.asarray(h))
    np.testing.assert_allclose(saliency, np.diag(h) * w**2 / 2, rtol=4 * 2.0**-53)
