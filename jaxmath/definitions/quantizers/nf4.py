r"""Four bits for numbers that are normally distributed.

Source: Dettmers et al., *QLoRA* (2023), arXiv:2305.14314, section 3 and appendix E.
Claims: `jaxmath.claims.quantizers`.
"""

import jax.numpy as jnp
from jax.scipy.special import ndtri
from jaxtyping import Array, Float, Int

from jaxmath.notation import checked


def nf4_levels() -> Float[Array, " 16"]:
    r"""Sixteen levels from -1 to 1: quantiles of the normal law, eight on either side, of which one is zero.

    $$ \Phi^{-1}(u) / \Phi^{-1}(1 - \delta), \qquad \delta = \tfrac12 (\tfrac1{32} + \tfrac1{30}), $$

    for nine $u$ evenly from $\tfrac12$ to $1 - \delta$, and minus this for eight such $u$.

    Departs from the source: $\delta$ is read from its published code.

    >>> print(nf4_levels()[jnp.array([0, 7, 15])])
    [-1.  0.  1.]
    """
    edge = 1 - (1 / 32 + 1 / 30) / 2
    nine, eight = (ndtri(jnp.linspace(0.5, edge, count)) for count in (9, 8))
    return jnp.concatenate([-eight[:0:-1], nine]) / nine[-1]


@checked
def nearest_level(x: Float[Array, "*shape"], levels: Float[Array, " n"]) -> Int[Array, "*shape"]:
    r"""The place of the nearest level, the first of two that are equally near.

    Args:
      x: numbers.
      levels: any levels.

    >>> print(nearest_level(jnp.array([0.2, 0.9]), jnp.array([0.0, 1.0])))
    [0 1]
    """
    return jnp.abs(x[..., None] - levels.reshape((1,) * x.ndim + levels.shape)).argmin(-1)


@checked
def quantize_nf4(x: Float[Array, " n"]) -> tuple[Int[Array, " n"], Float[Array, ""]]:
    r"""The codes of a block and its greatest absolute value: $x_i \approx \max_j |x_j|\, \ell_{q_i}$.

    Args:
      x: the block, 64 numbers in the source.

    Returns:
      The places of the nearest levels, and the greatest absolute value; 1 if all are zero.

    >>> print(quantize_nf4(jnp.array([-2.0, 0.01, 2.0]))[0])
    [ 0  7 15]
    """
    top = jnp.abs(x).max()
    top = jnp.where(top == 0, 1, top)
    return nearest_level(x / top, nf4_levels().astype(x.dtype)), top
