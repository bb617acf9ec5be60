r"""Sampling by inversion of the distribution function.

Source: Devroye, *Non-uniform random variate generation* (1986), section III.2.
Claims: `jaxmath.claims.samplers`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def inverse_cdf(p: Float[Array, " v"], u: Scalar) -> Int[Array, ""]:
    r"""The token $\min \{ i : u < p_0 + \dots + p_i \}$, of law $p$ for uniform $u$ in $[0, 1)$.

    Where rounding leaves $u$ at or above the sum, the last token of positive probability.

    >>> print([int(inverse_cdf(jnp.array([0.25, 0.0, 0.75]), u)) for u in (0.0, 0.25, 0.9)])
    [0, 2, 2]
    """
    at = (jnp.cumsum(p) <= u).sum()
    return jnp.minimum(at, p.shape[0] - 1 - jnp.argmax(p[::-1] > 0))
