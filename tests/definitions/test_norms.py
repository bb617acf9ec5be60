import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions

layer_norm, rms_norm = jax.jit(definitions.layer_norm), jax.jit(definitions.rms_norm)

D = 5
# Roundings: mean (6), difference, square, mean (6), epsilon, root, division, weight, bias.
COST = 20


def test_layer_norm(draw, close):
    (x, wx), (w, ww), (b, wb) = draw(3, D), draw(D), draw(D)
    expected = [(row - row.mean()) / np.sqrt(row.var() + 0.5) * ww + wb for row in wx]
    spread = 1 + np.abs(wx).max() / np.sqrt(0.5)
    close(
        layer_norm(x, w, b, eps=0.5),
        np.array(expected),
        COST,
        size=spread * np.abs(ww).max() + np.abs(wb).max(),
    )


def test_rms_norm(draw, close):
    (x, wx), (w, ww) = draw(3, D), draw(D)
    expected = [row / np.sqrt(row @ row / D + 0.5) * ww for row in wx]
    close(rms_norm(x, w, eps=0.5), np.array(expected), COST, size=np.abs(expected))


@pytest.mark.parametrize("norm", [layer_norm, rms_norm])
def test_weight_and_bias_may_be_left_out(norm, draw):
    x, one = draw(3, D)[0], jnp.ones(D, draw(1)[0].dtype)
    assert (norm(x) == norm(x, one)).all()
    assert (layer_norm(x) == layer_norm(x, one, 0 * one)).all()


@pytest.mark.parametrize("norm", [layer_norm, rms_norm])
def test_zero_has_a_finite_derivative(norm, dtype):
    x = jnp.zeros((2, D), dtype)
    assert not norm(x).any()
    assert np.isfinite(np.asarray(jax.jit(jax.jacobian(norm))(x), float)).all()


def test_epsilon_is_inside_the_root(dtype):
    x = jnp.array([2.0, -2.0], dtype)
    assert layer_norm(x, eps=12.0).tolist() == [0.5, -0.5]
    assert rms_norm(x, eps=jnp.array(12.0, dtype)).tolist() == [0.5, -0.5]
