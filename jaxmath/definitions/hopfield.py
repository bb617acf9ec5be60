r"""Modern Hopfield networks: attention as the retrieval of a stored pattern.

Source: Ramsauer et al., *Hopfield networks is all you need* (2020), arXiv:2008.02217, eq. (2) and (3).
Claims: `jaxmath.claims.hopfield`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import logsumexp, softmax
from jaxmath.notation import checked


@checked
def hopfield_energy(
    patterns: Float[Array, "m d"], state: Float[Array, " d"], beta: Scalar = 1.0
) -> Float[Array, ""]:
    r"""How far a state is from what is stored.

    $$ E(\xi) = -\beta^{-1} \log \sum_j e^{\beta x_j \cdot \xi} + \tfrac12 \lVert \xi \rVert^2
       + \beta^{-1} \log m + \tfrac12 \max_j \lVert x_j \rVert^2. $$

    Args:
      patterns: $x_j$, one per row.
      state: $\xi$.
      beta: $\beta > 0$, the inverse temperature.

    >>> print(hopfield_energy(jnp.array([[2.0, 0.0]]), jnp.array([2.0, 0.0])))
    0.0
    """
    count = jnp.log(jnp.asarray(patterns.shape[0], state.dtype))
    largest = (patterns**2).sum(-1).max()
    return (count - logsumexp(beta * (patterns @ state))) / beta + (state @ state + largest) / 2


@checked
def hopfield_step(
    patterns: Float[Array, "m d"], state: Float[Array, " d"], beta: Scalar = 1.0
) -> Float[Array, " d"]:
    r"""The next state, a mean of patterns: $\xi' = \sum_j x_j \operatorname{softmax}_j(\beta x_j \cdot \xi)$.

    >>> patterns = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    >>> print(hopfield_step(patterns, jnp.array([0.9, 0.1]), 1000.0))
    [1. 0.]
    """
    return softmax(beta * (patterns @ state)) @ patterns
