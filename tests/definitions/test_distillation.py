import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from jaxmath import definitions as d

X, Z = np.array([[1.0, -0.5, 0.25], [0.0, 2.0, 1.0]]), np.array([[0.5, 0.5, -1.0], [1.0, 0.0, 2.0]])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_distillation_loss(temperature, dtype, close, elementary):
    p, q = (scipy.special.softmax(a / temperature, -1) for a in (Z, X))
    expected = temperature**2 * (p * np.log(p / q)).sum(-1)
    # Differences of logarithms of size 4 / T at most, each with its own rounding.
    size = temperature**2 * (1 + 8 / temperature)
    loss = jax.jit(d.distillation_loss)(jnp.asarray(X, dtype), jnp.asarray(Z, dtype), temperature)
    close(loss, expected, 4 * elementary + 12, size=size)


@pytest.mark.parametrize("beta", [0.25, 0.5])
def test_generalised_js(beta, dtype, close, elementary):
    p, q = np.array([0.5, 0.25, 0.25, 0.0]), np.array([0.125, 0.625, 0.0, 0.25])
    m = beta * p + (1 - beta) * q
    expected = beta * scipy.special.rel_entr(p, m).sum() + (1 - beta) * scipy.special.rel_entr(q, m).sum()
    value = jax.jit(d.generalised_js)(jnp.asarray(p, dtype), jnp.asarray(q, dtype), beta)
    close(value, expected, 2 * elementary + 10, size=3)
