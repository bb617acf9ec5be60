r"""One vector for a sequence: the mean over its tokens, of length one.

Source: Reimers & Gurevych, *Sentence-BERT* (2019), arXiv:1908.10084, section 3 (pooling by the mean).
Claims: `jaxmath.claims.pooling`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.notation import checked


@checked
def mean_pool(x: Float[Array, "n d"], mask: Bool[Array, " n"] | None = None) -> Float[Array, " d"]:
    r"""The mean of the vectors of the tokens that are there, $\frac{1}{|M|} \sum_{i \in M} x_i$.

    Zero, with zero gradient, where no token is there.

    Args:
      x: a vector for each position.
      mask: which positions hold a token; all if left out.

    >>> print(mean_pool(jnp.array([[2.0, 0.0], [4.0, 2.0], [9.0, 9.0]]), jnp.array([True, True, False])))
    [3. 1.]
    """
    mask = jnp.ones(x.shape[0], bool) if mask is None else mask
    count = jnp.maximum(mask.sum(), 1).astype(x.dtype)
    return jnp.where(mask[:, None], x, 0).sum(0) / count


@checked
def unit(x: Float[Array, " d"]) -> Float[Array, " d"]:
    r"""The vector of length one in the same direction, $x / \|x\|_2$; zero stays zero.

    >>> print(unit(jnp.array([3.0, 4.0])), unit(jnp.zeros(2)))
    [0.6 0.8] [0. 0.]
    """
    square = (x**2).sum()
    some = square > 0
    return jnp.where(some, x / jnp.sqrt(jnp.where(some, square, 1)), 0)
