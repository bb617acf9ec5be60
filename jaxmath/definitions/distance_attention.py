r"""Attention by distances: a query looks at the keys that are near.

Source: Kim, Papamakarios & Mnih, *The Lipschitz constant of self-attention* (2020), arXiv:2006.04710,
section 3.2 (L2 attention). Claims: `jaxmath.claims.distance_attention`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import softmax
from jaxmath.notation import checked


@checked
def distance_attention(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m e"],
    mask: Bool[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
) -> Float[Array, "n e"]:
    r"""Means of values, weighted by $e^{-\lVert q_i - k_j \rVert^2 / \sqrt d}$.

    Departs from the source: values are the caller's; there they are $X A W_V$ with the matrix $A$
    that also makes queries and keys, which are tied.

    Args:
      q: queries.
      k: keys.
      v: values.
      mask: `mask[i, j]` says whether query `i` may see key `j`.
      scale: replaces $1 / \sqrt d$.

    >>> print(distance_attention(jnp.zeros((1, 1)), jnp.array([[1.0], [-1.0]]), jnp.array([[2.0], [4.0]])))
    [[3.]]
    """
    distances = ((q[:, None, :] - k[None, :, :]) ** 2).sum(-1)
    x = -distances / jnp.sqrt(q.shape[-1]) if scale is None else -distances * scale
    return softmax(x, mask) @ v
