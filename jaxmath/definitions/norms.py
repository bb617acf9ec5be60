r"""Layer norm and RMS norm: each vector is brought to unit size.

Source: Ba, Kiros & Hinton, *Layer normalization* (2016), arXiv:1607.06450, eq. (3) and (4);
Zhang & Sennrich, *Root mean square layer normalization* (2019), arXiv:1910.07467, eq. (4).
Claims: `jaxmath.claims.norms`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def layer_norm(
    x: Float[Array, "*shape d"],
    weight: Float[Array, " d"] | None = None,
    bias: Float[Array, " d"] | None = None,
    eps: Scalar = 1e-5,
) -> Float[Array, "*shape d"]:
    r"""Subtract the mean, divide by the standard deviation, then scale and shift.

    $$ y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta, \qquad
       \mu = \frac1d \sum_i x_i, \quad \sigma^2 = \frac1d \sum_i (x_i - \mu)^2 $$

    Departs from the source: $\epsilon$ inside the root.

    Args:
      x: vectors along the last axis.
      weight: $\gamma$; 1 if left out.
      bias: $\beta$; 0 if left out.
      eps: $\epsilon$.

    >>> print(layer_norm(jnp.array([1.0, 3.0]), eps=0.0))
    [-1.  1.]
    """
    centred = x - x.mean(-1, keepdims=True)
    return _affine(centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + eps), weight, bias)


@checked
def rms_norm(
    x: Float[Array, "*shape d"],
    weight: Float[Array, " d"] | None = None,
    eps: Scalar = 1e-6,
) -> Float[Array, "*shape d"]:
    r"""Divide by the root of the mean square, then scale.

    $$ y = \gamma \odot \frac{x}{\sqrt{\tfrac1d \sum_i x_i^2 + \epsilon}} $$

    Departs from the source: $\epsilon$ inside the root.

    Args:
      x: vectors along the last axis.
      weight: $\gamma$; 1 if left out.
      eps: $\epsilon$.

    >>> print(rms_norm(jnp.array([1.0, 7.0]), eps=0.0))
    [0.2 1.4]
    """
    return _affine(x / jnp.sqrt((x**2).mean(-1, keepdims=True) + eps), weight, None)


def _affine(x: Array, weight: Array | None, bias: Array | None) -> Array:
    x = x if weight is None else x * jnp.broadcast_to(weight, x.shape)
    return x if bias is None else x + jnp.broadcast_to(bias, x.shape)
