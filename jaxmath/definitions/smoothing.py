r"""Outliers moved from activations to weights before both are quantised.

Source: Xiao et al., *SmoothQuant* (2022), arXiv:2211.10438, eqs. (3) and (4).
Claims: `jaxmath.claims.smoothing`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def smoothing_scales(
    x: Float[Array, "n d"], w: Float[Array, "d f"], strength: Scalar = 0.5
) -> Float[Array, " d"]:
    r"""A factor for each entry of the width, $s_j = \max_i |x_{ij}|^\alpha / \max_k |w_{jk}|^{1 - \alpha}$.

    Args:
      x: activations, one vector per row.
      w: weights, used as $x W$.
      strength: $\alpha$: 0 leaves all outliers to the activations, 1 moves them all to the weights.

    >>> print(smoothing_scales(jnp.array([[4.0], [-16.0]]), jnp.array([[1.0, -4.0]])))
    [2.]
    """
    return jnp.abs(x).max(0) ** strength / jnp.abs(w).max(1) ** (1 - strength)


@checked
def smooth(
    x: Float[Array, "n d"], w: Float[Array, "d f"], scales: Float[Array, " d"]
) -> tuple[Float[Array, "n d"], Float[Array, "d f"]]:
    r"""The same product with the factors moved, $x\, \mathrm{diag}(s)^{-1}$ and $\mathrm{diag}(s)\, W$.

    >>> x, w = smooth(jnp.array([[16.0]]), jnp.array([[4.0]]), jnp.array([2.0]))
    >>> print(x, w)
    [[8.]] [[8.]]
    """
    return x / scales[None, :], scales[:, None] * w
