import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

UNIT = 2.0**-53
CONDITION = 100  # of the matrices here, looked at where they are made
CLOSE = 100 * CONDITION * UNIT


@pytest.fixture
def regression(x64):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 4)), rng.standard_normal(9)
    hessian = x.T @ x + 0.5 * np.eye(4)
    assert np.linalg.cond(hessian) < CONDITION
    return x, y, hessian


def test_leave_one_out(regression):
    x, y, hessian = regression
    theta = np.linalg.solve(hessian, x.T @ y)
    found = jax.jit(d.leave_one_out)(*map(jnp.asarray, (np.linalg.inv(hessian), x, y, theta)))
    for i in range(9):
        rest, answers = np.delete(x, i, 0), np.delete(y, i)
        expected = np.linalg.solve(rest.T @ rest + 0.5 * np.eye(4), rest.T @ answers)
        np.testing.assert_allclose(found[i], expected, rtol=0, atol=CLOSE)


def test_influence_is_the_slope_of_a_solution(regression):
    """By central differences in the weight of each example."""
    x, y, hessian = regression
    theta, step = np.linalg.solve(hessian, x.T @ y), 1e-5
    gradients = (x @ theta - y)[:, None] * x
    inverse = jnp.asarray(np.linalg.inv(hessian))
    found = d.parameter_influence(inverse, jnp.asarray(gradients))
    for i in range(9):
        ends = [
            np.linalg.solve(hessian + e * np.outer(x[i], x[i]), x.T @ y + e * y[i] * x[i])
            for e in (-step, step)
        ]
        np.testing.assert_allclose(found[i], (ends[1] - ends[0]) / (2 * step), rtol=0, atol=1e-7)
    other = np.arange(4.0)
    on_loss = d.loss_influence(inverse, jnp.asarray(gradients), jnp.asarray(other))
    np.testing.assert_allclose(on_loss, found @ other, rtol=0, atol=CLOSE)


def test_ranks_of_a_matrix(x64):
    a = np.random.default_rng(1).standard_normal((6, 4)) @ np.diag([3.0, 2.0, 1.0, 0.0])
    singular = jnp.linalg.svd(jnp.asarray(a), compute_uv=False)
    gram = a.T @ a
    stable = (a**2).sum() / np.linalg.norm(a, 2) ** 2
    np.testing.assert_allclose(d.stable_rank(singular), stable, rtol=CLOSE)
    np.testing.assert_allclose(
        d.participation_ratio(singular), np.trace(gram) ** 2 / np.trace(gram @ gram), rtol=CLOSE
    )
    assert 1 <= d.stable_rank(singular) <= d.participation_ratio(singular) <= 3
    assert 1 <= d.effective_rank(singular) <= 3 + CLOSE
    np.testing.assert_allclose(d.effective_rank(jnp.array([1.0, 0.0])), 1, rtol=4 * UNIT)
