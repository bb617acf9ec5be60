r"""Products of groups of rows with matrices of their own.

Source: Gale et al., *MegaBlocks: efficient sparse training with mixture-of-experts* (2022), arXiv:2211.15841.
Kernel: `jaxmath.kernels.grouped_product`.  Claims: `jaxmath.claims.mixture`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.notation import checked


@checked
def grouped_product(
    x: Float[Array, "n d"], matrices: Float[Array, "experts d f"], sizes: Int[Array, " experts"]
) -> Float[Array, "n f"]:
    r"""Every row times the matrix of its group, $y_i = x_i W_{e(i)}$.

    Args:
      x: rows, sorted by group.
      matrices: $W$, one a group.
      sizes: rows of each group; rows that are left over give zeros.

    >>> x, doubled = jnp.ones((3, 1)), jnp.array([[[1.0]], [[2.0]]])
    >>> print(grouped_product(x, doubled, jnp.array([1, 2])).ravel())
    [1. 2. 2.]
    """
    ends = jnp.cumsum(sizes)
    row = jnp.arange(x.shape[0])[:, None]
    mine = (row < ends[None]) & (row >= (ends - sizes)[None])
    return jnp.einsum("ne,nd,edf->nf", mine.astype(x.dtype), x, matrices)
