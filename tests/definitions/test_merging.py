import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions as d


def test_averages(draw, close):
    (models, wide), (base, base_w) = draw(3, 5), draw(5)
    weights, fishers = np.array([1.0, 2.0, 0.5]), np.arange(1.0, 16).reshape(3, 5)
    size = np.abs(wide).sum(0) + 3 * np.abs(base_w)
    soup = jax.jit(d.soup)(models, jnp.asarray(weights, models.dtype))
    close(soup, weights @ wide / 3.5, 10, size=size)
    tasks = jax.jit(d.task_arithmetic)(base, models, 0.5)
    close(tasks, base_w + 0.5 * (wide - base_w).sum(0), 8, size=size)
    merged = jax.jit(d.fisher_merge)(models, jnp.asarray(fishers, models.dtype))
    close(merged, (fishers * wide).sum(0) / fishers.sum(0), 12, size=size)


def test_slerp(x64):
    a, b = np.array([3.0, 4.0, 0.0]) / 5, np.array([0.0, 0.6, -0.8])
    angle = np.arccos(a @ b)
    expected = (np.sin(0.75 * angle) * a + np.sin(0.25 * angle) * b) / np.sin(angle)
    found = d.angle_between(jnp.asarray(a), jnp.asarray(2 * b))
    np.testing.assert_allclose(found, angle, rtol=40 * 2.0**-53)
    point = d.slerp(jnp.asarray(a), jnp.asarray(b), found, 0.25)
    np.testing.assert_allclose(point, expected, atol=80 * 2.0**-53)


def test_ties():
    tasks = np.array([[4.0, 0.5, -2.0, 0.0], [-1.0, 3.0, -4.0, 0.25], [2.0, -2.0, 0.125, 0.0]])
    # Two largest of each: (4, ., -2, .), (., 3, -4, .), (2, -2, ., .).
    expected = [1 + 3.0, 1 + 3.0, 1 - 3.0, 1.0]
    merged = jax.jit(d.ties_merge, static_argnums=2)(jnp.ones(4), jnp.asarray(1 + tasks, jnp.float32), 2, 1.0)
    np.testing.assert_array_equal(merged, expected)
