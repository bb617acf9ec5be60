r"""Attention rollout: where the information at each position of the last layer came from.

Source: Abnar & Zuidema, *Quantifying attention flow in transformers* (2020), arXiv:2005.00928.
Claims: `jaxmath.claims.rollout`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def with_residual(weights: Float[Array, "*shape n n"], residual: Scalar = 0.5) -> Float[Array, "*shape n n"]:
    r"""Attention weights that share with the residual stream, $(1 - r) A + r I$.

    Args:
      weights: $A$, the mean over heads where there are several.
      residual: $r$, what passes a layer unchanged.
    """
    eye = jnp.broadcast_to(jnp.eye(weights.shape[-1], dtype=weights.dtype), weights.shape)
    return (1 - residual) * weights + residual * eye


@checked
def attention_rollout(weights: Float[Array, "l n n"], residual: Scalar = 0.5) -> Float[Array, "n n"]:
    r"""The product of all layers, the last to the left: $\prod_{l = L}^{1} ((1 - r) A_l + r I)$.

    Row $i$ is the law of where a walk ends that begins at position $i$ above the last layer and, layer by
    layer downwards, stays with probability $r$ and else goes where attention looks.

    Args:
      weights: $A$, layer by layer, the mean over heads.
      residual: $r$, what passes a layer unchanged.

    >>> print(attention_rollout(jnp.array([[[1.0, 0.0], [1.0, 0.0]]] * 2)))
    [[1.   0.  ]
     [0.75 0.25]]
    """
    n = weights.shape[-1]

    def above(below: Array, layer: Array) -> tuple[Array, None]:
        return layer @ below, None

    return jax.lax.scan(above, jnp.eye(n, dtype=weights.dtype), with_residual(weights, residual))[0]
