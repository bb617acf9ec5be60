r"""Hadamard matrices, which spread an outlier over all entries.

Source: Sylvester, *Thoughts on inverse orthogonal matrices* (1867);
Ashkboos et al., *QuaRot: outlier-free 4-bit inference in rotated LLMs* (2024), arXiv:2404.00456, section 3.
Claims: `jaxmath.claims.hadamard`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


def hadamard(order: int) -> Float[Array, "n n"]:
    r"""The matrix of signs of order $n = 2^k$.

    $$ H_1 = 1, \qquad H_{2n} = \begin{pmatrix} H_n & H_n \\ H_n & -H_n \end{pmatrix} $$

    Args:
      order: $n$, a power of two.

    Raises:
      ValueError: for another number.

    >>> print(hadamard(2))
    [[ 1.  1.]
     [ 1. -1.]]
    """
    if order < 1 or order & (order - 1):
        raise ValueError(
            f"hadamard: order must be a power of two, but it is {order}.\n"
            "  Cut the vectors into blocks whose length is one."
        )
    h = jnp.ones((1, 1))
    while h.shape[0] < order:
        h = jnp.block([[h, h], [h, -h]])
    return h


@checked
def hadamard_rotate(x: Float[Array, "*shape d"]) -> Float[Array, "*shape d"]:
    r"""Vectors rotated by an orthogonal matrix of equal entries, $x H / \sqrt d$; its own inverse.

    Args:
      x: vectors whose width is a power of two.

    >>> print(hadamard_rotate(jnp.array([8.0, 0.0, 0.0, 0.0])))
    [4. 4. 4. 4.]
    """
    d = x.shape[-1]
    return x @ hadamard(d).astype(x.dtype) / jnp.sqrt(d).astype(x.dtype)
