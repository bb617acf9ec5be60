"""Chapter 2 beyond losses and optimizers: polar factors, averages, schedules, rounding."""

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from jaxmath import definitions as d
from jaxmath.definitions.newton_schulz import CUBIC

MATRIX = np.array([[1.0, 0.5, -0.25], [-2.0, 0.75, 1.5]])


def test_polar_factor():
    u, _ = scipy.linalg.polar(MATRIX, side="left")
    assert np.allclose(d.polar_factor(jnp.asarray(MATRIX, jnp.float32)), u, atol=1e-6)


def test_cubic_steps_reach_the_polar_factor():
    found = d.orthogonalised(jnp.asarray(MATRIX, jnp.float32), 30, CUBIC)
    assert np.allclose(found, scipy.linalg.polar(MATRIX, side="left")[0], atol=1e-5)


def test_steps_of_muon_act_on_singular_values():
    u, s, v = np.linalg.svd(MATRIX, full_matrices=False)
    s = s / np.linalg.norm(s)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    assert np.allclose(d.orthogonalised(jnp.asarray(MATRIX, jnp.float32)), (u * s) @ v, atol=1e-4)


def test_muon_scales_tall_outputs():
    zero = jnp.zeros((2, 8))
    theta, velocity = d.muon(zero, jnp.ones((2, 8)), zero, 1.0, steps=0)
    assert np.allclose(jnp.linalg.norm(theta), 2.0) and np.array_equal(velocity, np.ones((2, 8)))


def test_averages(dtype):
    m = d.ema(jnp.asarray(0.0, dtype), jnp.asarray(4.0, dtype), 0.5)
    assert float(m) == 2.0 and float(d.debiased(m, 0.5, 1)) == 4.0


def test_accumulated(dtype):
    sums, counts = jnp.asarray([[2.0, 4.0], [1.0, 2.0]], dtype), jnp.asarray([3.0, 1.0], dtype)
    assert np.asarray(d.accumulated(sums, counts), float).tolist() == [0.75, 1.5]


def test_nothing_that_counts_is_not_counted():
    losses = jnp.asarray([[1.0, jnp.nan]])
    assert float(d.token_mean(losses, jnp.asarray([[True, False]]))) == 1.0


@pytest.mark.parametrize("t", [0, 1, 5, 10, 50, 85, 200])
def test_schedules(t):
    stable = min(t / 10, 1) * (1 - 0.9 * min(max((t - 80) / 20, 0), 1))
    assert np.isclose(d.warmup_stable_decay(t, 10.0, 80.0, 20.0, 0.1), stable)
    assert np.isclose(d.cosine(t, 100.0, 0.1), 0.1 + 0.45 * (1 + np.cos(np.pi * min(t / 100, 1))))
    assert np.isclose(d.inverse_time(t, 10.0), 10 / (10 + t)) and np.isclose(
        d.warmup(t, 10.0), min(t / 10, 1)
    )
    if t:
        assert np.isclose(d.inverse_root(t, 4.0, 10.0), 0.5 * min(t**-0.5, t * 10**-1.5))


def test_stochastic_rounding():
    x = jnp.asarray([0.25, -0.25, 3.0])
    assert np.asarray(d.stochastic_round(x, jnp.full(3, 0.5), 1.0)).tolist() == [0.0, 0.0, 3.0]
    assert np.asarray(d.stochastic_round(x, jnp.full(3, 0.75), 1.0)).tolist() == [1.0, 0.0, 3.0]


def test_bfloat16_numbers_are_not_changed():
    x = jnp.asarray([1.0, -2.5, 0.0078125])
    out = d.stochastic_bfloat16(x, jnp.full(3, 0xFFFF, jnp.uint32))
    assert out.dtype == jnp.bfloat16 and np.array_equal(out.astype(jnp.float32), x)


def test_schedule_free():
    z, x = d.schedule_free(jnp.asarray(1.0), jnp.asarray(3.0), jnp.asarray(1.0), 2, 0.5)
    assert (float(z), float(x)) == (0.5, 1.75)
    assert float(d.schedule_free_point(z, x, 0.5)) == 1.125
