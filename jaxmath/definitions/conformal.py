r"""Split conformal prediction: sets that hold the right answer with a probability that is chosen.

Source: Vovk, Gammerman & Shafer, *Algorithmic learning in a random world* (2005); Angelopoulos & Bates,
*A gentle introduction to conformal prediction* (2021), arXiv:2107.07511, section 1 and appendix D.
Claims: `jaxmath.claims.conformal`.
"""

import math
from fractions import Fraction

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def conformal_quantile(scores: Float[Array, " b"], miscoverage: float | Fraction) -> Float[Array, ""]:
    r"""The $k$-th smallest of $n$ scores, $k = \lceil (n + 1)(1 - \alpha) \rceil$; infinite where $k > n$.

    A new score, exchangeable with them and without ties, is at most that with probability $k / (n + 1)$.

    Args:
      scores: how badly the right answers of $n$ cases conform.
      miscoverage: $\alpha$.

    >>> print(conformal_quantile(jnp.array([3.0, 1.0, 2.0]), 0.25))
    3.0
    """
    n = scores.shape[0]
    k = math.ceil((n + 1) * (1 - Fraction(miscoverage)))
    return jnp.sort(scores)[k - 1] if 1 <= k <= n else jnp.full((), jnp.inf if k else -jnp.inf, scores.dtype)


@checked
def prediction_set(p: Float[Array, " v"], quantile: Scalar) -> Bool[Array, " v"]:
    r"""The answers whose score $1 - p_i$ is at most the quantile.

    >>> print(prediction_set(jnp.array([0.5, 0.125, 0.375]), 0.625))
    [ True False  True]
    """
    return 1 - p <= quantile
