import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions as d


def test_law(dtype, close, elementary):
    p = np.array([0.25, 0.5, 0.125, 0.125])
    upper = np.cumsum(p)
    expected = upper**3 - (upper - p) ** 3
    close(jax.jit(d.best_of_n)(jnp.asarray(p, dtype), 3.0), expected, elementary + 4)


def test_divergence(dtype, close, elementary):
    n = jnp.asarray(8.0, dtype)
    close(d.best_of_n_divergence(n), np.log(np.longdouble(8)) - 7 / 8, elementary + 3, size=3)
