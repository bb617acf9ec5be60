import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d


@pytest.mark.parametrize("scale", [1.0, 256.0])
def test_scaled_grad_is_the_gradient(x64, scale):
    """Of every leaf, in float32 or wider; powers of two change no digit."""
    params = {"a": jnp.array([1.0, 2.0]), "b": jnp.array(3.0, jnp.float16)}

    def loss(params):
        return (params["a"] ** 2).sum() + params["b"].astype(jnp.float64) * 4

    found = d.scaled_grad(loss, params, scale)
    np.testing.assert_array_equal(found["a"], [2.0, 4.0])
    assert found["a"].dtype == jnp.float64 and found["b"].dtype == jnp.float32 and found["b"] == 4


def test_scale_waits_and_forgets():
    state = d.LossScale(jnp.array(8.0), jnp.array(0))
    adjust = jax.jit(d.adjusted_scale, static_argnums=2)
    seen = []
    for finite in (True, True, False, True, True, True, True):
        state = adjust(state, jnp.array(finite), 3)
        seen.append((float(state.scale), int(state.steps)))
    assert seen == [(8, 1), (8, 2), (4, 0), (4, 1), (4, 2), (8, 0), (8, 1)]


@pytest.mark.parametrize("segment", [1, 2, 5, 7])
def test_rematerialized(x64, segment):
    weights = jnp.asarray(np.random.default_rng(0).standard_normal((5, 4, 4)) / 2)
    x = jnp.arange(4.0)

    def run(how, weights):
        layers = [lambda x, w=w: jnp.tanh(w @ x) for w in weights]
        return how(layers, x).sum()

    def anew(layers, x):
        return d.rematerialized(layers, x, segment)

    for f in (lambda how: run(how, weights), lambda how: jax.grad(lambda w: run(how, w))(weights)):
        np.testing.assert_array_equal(f(anew), f(d.chain))
    program = str(jax.make_jaxpr(lambda w: run(anew, w))(weights))
    assert program.count("remat2[") + program.count("checkpoint[") == -(-5 // segment)


def test_initial_standard_deviations_are_those_of_jax(x64):
    """Of uniform laws, whose bounds are the square root of three times as wide."""
    for make, std in (
        (jax.nn.initializers.he_uniform(), d.he_std(64)),
        (jax.nn.initializers.lecun_uniform(), d.lecun_std(64)),
        (jax.nn.initializers.glorot_uniform(), d.glorot_std(64, 512)),
    ):
        widest = jnp.abs(make(jax.random.key(0), (64, 512))).max()
        np.testing.assert_allclose(widest, 3**0.5 * std, rtol=1e-3)
        assert widest <= 3**0.5 * std
