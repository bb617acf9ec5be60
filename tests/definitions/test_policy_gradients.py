import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

REWARDS = np.array([1.0, 0.0, 0.5, 2.0])


def test_groups(dtype, close):
    r = jnp.asarray(REWARDS, dtype)
    centred = REWARDS - REWARDS.mean()
    close(jax.jit(d.centred_rewards)(r), centred, 6, size=2)
    close(jax.jit(d.grpo_advantages)(r, 0.5), centred / (REWARDS.std() + 0.5), 24, size=2)
    leave_one_out = [x - np.delete(REWARDS, i).mean() for i, x in enumerate(REWARDS)]
    close(jax.jit(d.rloo_advantages)(r), leave_one_out, 8, size=4)


def test_equal_rewards_have_finite_gradients(dtype):
    r = jnp.full(3, 0.5, dtype)
    value, gradient = jax.value_and_grad(lambda r: d.grpo_advantages(r, 0.0)[0])(r)
    assert value == 0 and np.isfinite(np.asarray(gradient, float)).all()


@pytest.mark.parametrize("trace", [0.0, 0.5, 1.0])
def test_gae(trace, draw, close):
    (r, rw), (v, vw) = draw(5), draw(6)
    discounts = np.array([0.5, 1.0, 0.0, 1.0, 0.5])
    expected, advantage = np.zeros(5, np.longdouble), 0
    for s in reversed(range(5)):
        advantage = rw[s] + discounts[s] * vw[s + 1] - vw[s] + discounts[s] * trace * advantage
        expected[s] = advantage
    size = 5 * (np.abs(rw).max() + 2 * np.abs(vw).max())
    close(jax.jit(d.gae)(r, v, jnp.asarray(discounts, r.dtype), trace), expected, 25, size=size)


def test_ppo_clip():
    ratio, advantage = np.meshgrid([0.5, 0.8, 1.0, 1.2, 1.5], [-1.0, 1.0])
    expected = np.minimum(ratio * advantage, np.clip(ratio, 0.8, 1.3) * advantage)
    given = jnp.asarray(ratio, jnp.float32), jnp.asarray(advantage, jnp.float32)
    np.testing.assert_allclose(d.ppo_clip(*given, 0.2, 0.3), expected, rtol=2.0**-22)


def test_weights():
    tokens = jnp.array([[True, True, False], [True, False, False], [False, False, False]])
    answer, token, constant = (
        d.answer_mean_weights(tokens),
        d.token_mean_weights(tokens),
        d.constant_weights(tokens, 4.0),
    )
    third = np.float32(1) / 3
    np.testing.assert_allclose(answer, [[third / 2, third / 2, 0], [third, 0, 0], [0, 0, 0]], rtol=2.0**-22)
    np.testing.assert_allclose(token, np.asarray(tokens) / 3, rtol=2.0**-22)
    np.testing.assert_allclose(constant, np.asarray(tokens) / 12, rtol=2.0**-22)
    assert not d.token_mean_weights(jnp.zeros((1, 2), bool)).any()
