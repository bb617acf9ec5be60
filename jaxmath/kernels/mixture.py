r"""Mixtures of experts: tokens are sorted by expert, and no token is dropped.

Definition: `jaxmath.definitions.mixture`.  Claims: `jaxmath.claims.mixture`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.kernels.grouped_product import grouped_product, permuted
from jaxmath.notation import checked


@checked
def mixture_of_experts(
    x: Float[Array, "n d"],
    picked: Int[Array, "n picks"],
    weights: Float[Array, "n picks"],
    w: Float[Array, "experts d f"],
    v: Float[Array, "experts d f"],
    u: Float[Array, "experts f d"],
    *,
    block: int | None = None,
    ragged: bool | None = None,
) -> Float[Array, "n d"]:
    r"""`jaxmath.definitions.mixture_of_experts`, where an expert reads its own tokens only.

    Args:
      x: a vector per token.
      picked: the numbers of $k$ different experts per token.
      weights: one for each of them.
      w: weights of the gates, one matrix an expert.
      v: weights of the values.
      u: weights of the read-out.
      block: see `grouped_product`.
      ragged: see `grouped_product`.

    Raises:
      NotationError: if the arguments do not fit together.
    """
    n, k = picked.shape
    order = jnp.argsort(picked.ravel(), stable=True)
    inverse = jnp.argsort(order)
    sizes = jnp.bincount(picked.ravel(), length=w.shape[0])
    rows = permuted(jnp.repeat(x, k, axis=0), order, inverse)

    def times(rows: Array, matrices: Array) -> Array:
        return grouped_product(rows, matrices, sizes, block=block, ragged=ragged)

    answers = times(jax.nn.silu(times(rows, w)) * times(rows, v), u)
    mine = permuted(answers, inverse, order).reshape(n, k, -1)
    return (mine * weights[:, :, None].astype(mine.dtype)).sum(1)
