import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

LOG_PROBS = np.array([-3.0, -2.5, -3.25, -2.0])  # exact in every precision; the margin is 3/4
BETA = 0.5


@pytest.fixture
def given(dtype):
    return [jnp.asarray(x, dtype) for x in LOG_PROBS]


@pytest.fixture
def cost(elementary):
    """Two elementary functions, and some sums and products of terms of size 1."""
    return 2 * elementary + 12


def log_sigmoid(x):
    return -np.log1p(np.exp(np.longdouble(-x)))


def test_margin(given):
    assert float(d.preference_margin(*given)) == 0.75


@pytest.mark.parametrize("eps", [0.0, 0.25])
def test_dpo(eps, given, close, cost):
    h = BETA * 0.75
    expected = -(1 - eps) * log_sigmoid(h) - eps * log_sigmoid(-h)
    close(jax.jit(d.dpo)(*given, BETA, eps), expected, cost)
    expected = (-(1 - eps) * log_sigmoid(h) + eps * log_sigmoid(-h)) / (1 - 2 * eps)
    close(jax.jit(d.robust_dpo)(*given, BETA, eps), expected, cost, size=4)


def test_ipo(given):
    assert float(jax.jit(d.ipo)(*given, 0.5)) == (0.75 - 1) ** 2


@pytest.mark.parametrize("desirable", [True, False])
def test_kto(desirable, given, close, cost):
    answer, ref, *_ = given
    h = 0.5 * (-0.5 - 0.25)
    good, bad = 2 / (1 + np.exp(h)), 3 / (1 + np.exp(-h))
    loss = jax.jit(d.kto)(answer, ref, jnp.asarray(0.25, answer.dtype), desirable, 0.5, 2.0, 3.0)
    close(loss, good if desirable else bad, cost, size=3)


def test_simpo(given, close, cost):
    h = 2 * (-3.0 / 4 + 2.5 / 2) - 1.0
    close(jax.jit(d.simpo)(*given[:2], 4.0, 2.0), -log_sigmoid(h), cost, size=4)


def test_orpo(given, close, cost):
    p, q = np.exp(np.longdouble(-3.0 / 4)), np.exp(np.longdouble(-2.5 / 2))
    ratio = np.log(p / (1 - p)) - np.log(q / (1 - q))
    expected = 0.75 - 0.25 * log_sigmoid(ratio)
    close(jax.jit(d.orpo)(*given[:2], 4.0, 2.0, 0.25), expected, 3 * cost, size=2)


def test_log_odds(close, cost, dtype):
    p = np.array([0.25, 0.5, 0.75])
    expected = np.log(p / (1 - p))
    # The logarithm of p, rounded, moves 1 - p by at most 3 of its own units at p = 3/4.
    close(d.log_odds(jnp.log(jnp.asarray(p, dtype))), expected, 4 * cost, size=1.5)


def test_bradley_terry(given):
    assert float(d.bradley_terry(given[0], given[0])) == 0.5


def test_tilted_policy(dtype, close, cost):
    reference, reward = np.array([0.5, 0.25, 0.25]), np.array([1.0, 2.0, -1.0])
    expected = reference * np.exp(2 * reward)
    tilted = jax.jit(d.tilted_policy)(jnp.asarray(reference, dtype), jnp.asarray(reward, dtype), 0.5)
    # A logit of size 6 is rounded before its exponential is taken.
    close(tilted, expected / expected.sum(), 6 * cost)
