import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

P, REF = np.array([-1.0, -2.5, -0.5]), np.array([-1.5, -1.0, -0.5])
LOG_RATIO = REF - P
EXPECTED = {
    d.kl_k1: -LOG_RATIO,
    d.kl_k2: LOG_RATIO**2 / 2,
    d.kl_k3: np.exp(LOG_RATIO) - 1 - LOG_RATIO,
    d.kl_k3_weighted: np.exp(LOG_RATIO) - 1 - LOG_RATIO,
}


@pytest.mark.parametrize("estimator", EXPECTED, ids=lambda f: f.__name__)
def test_values(estimator, dtype, close, elementary):
    value = jax.jit(estimator)(jnp.asarray(P, dtype), jnp.asarray(REF, dtype))
    close(value, EXPECTED[estimator], 2 * elementary + 4, size=np.exp(np.abs(LOG_RATIO)))


def test_k3_keeps_small_divergences(dtype):
    """With expm1 a divergence of 2^-11 keeps its size where 1 + x - 1 has few digits left."""
    x = jnp.asarray(2.0**-5, dtype)
    assert abs(float(d.kl_k3(jnp.zeros_like(x), x)) / 2.0**-11 - 1) < 0.2


def test_the_weight_has_a_gradient():
    x, y = jnp.array(-1.0), jnp.array(-2.0)
    plain, weighted = (jax.grad(f)(x, y) for f in (d.kl_k3, d.kl_k3_weighted))
    np.testing.assert_allclose(weighted - plain, d.kl_k3(x, y), rtol=1e-6)
