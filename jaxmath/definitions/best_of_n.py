r"""Best-of-n: sample several answers and keep the one with the greatest reward.

Source: Beirami et al., *Theoretical guarantees on the best-of-n alignment policy* (2024), arXiv:2401.01879.
Claims: `jaxmath.claims.best_of_n`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def best_of_n(p: Float[Array, " v"], samples: Scalar) -> Float[Array, " v"]:
    r"""The law of the best of $n$ independent samples.

    $$ q_i = F_i^n - F_{i-1}^n, \qquad F_i = \sum_{j \le i} p_j $$

    Args:
      p: the law of one sample, over answers ordered from the least reward to the greatest.
      samples: $n$.

    >>> print(best_of_n(jnp.array([0.5, 0.5]), 2))
    [0.25 0.75]
    """
    cumulative = jnp.cumsum(p)
    below = jnp.concatenate([jnp.zeros(1, p.dtype), cumulative[:-1]])
    return cumulative**samples - below**samples


def best_of_n_divergence(samples: Scalar) -> Float[Array, ""]:
    r"""The divergence from the law of one sample where no two answers tie, $\log n - \frac{n - 1}{n}$.

    >>> print(best_of_n_divergence(1.0))
    0.0
    """
    n = jnp.asarray(samples)
    return jnp.log(n) - (n - 1) / n
