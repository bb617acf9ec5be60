r"""A linear map of vectors.

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238, section 2 (notation:
vectors are rows here). Claims: `jaxmath.claims.linear`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


@checked
def linear(
    x: Float[Array, "*shape d"], weight: Float[Array, "d f"], bias: Float[Array, " f"] | None = None
) -> Float[Array, "*shape f"]:
    r"""$y = x W + b$.

    >>> import jax.numpy as jnp
    >>> print(linear(jnp.array([1.0, 2.0]), jnp.array([[1.0, 0.0], [1.0, 1.0]]), jnp.array([0.0, 5.0])))
    [3. 7.]
    """
    y = x @ weight
    return y if bias is None else y + jnp.broadcast_to(bias, y.shape)
