r"""Linear maps, $y = x W + b$, also where a few vectors meet a matrix of half precision.

Definition: `jaxmath.definitions.linear`. Claims: `jaxmath.claims.linear`. How: `_few_vectors`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.kernels._few_vectors import product
from jaxmath.notation import checked


@checked
def linear(
    x: Float[Array, "*shape d"],
    weight: Float[Array, "d f"],
    bias: Float[Array, " f"] | None = None,
    *,
    few: bool | None = None,
) -> Float[Array, "*shape f"]:
    r"""The image of every vector.

    Args:
      x: vectors.
      weight: $W$.
      bias: $b$, if there is one.
      few: whether to go the way that is made for few vectors and half precision; on CPUs, where it pays, if
        left out.

    Raises:
      NotationError: if the arguments do not fit together.
    """
    y = product(x, weight, False, few)
    return y if bias is None else y + jnp.broadcast_to(bias, y.shape)
