r"""Group norm: channels in groups, each brought to unit size over all positions.

Source: Wu & He, *Group normalization* (2018), arXiv:1803.08494, eq. (1), (2) and (7).
Claims: `jaxmath.claims.group_norm`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def group_norm(
    x: Float[Array, "*shape d"],
    groups: int,
    weight: Float[Array, " d"] | None = None,
    bias: Float[Array, " d"] | None = None,
    eps: Scalar = 1e-5,
) -> Float[Array, "*shape d"]:
    r"""Subtract the mean of a group, divide by its standard deviation, then scale and shift each channel.

    $$ y_{pc} = \gamma_c \frac{x_{pc} - \mu_g}{\sqrt{\sigma_g^2 + \epsilon}} + \beta_c, \qquad
       g = \lfloor c \, G / d \rfloor, $$

    where $\mu_g$ and $\sigma_g^2$ are taken over all positions $p$ and the $d / G$ channels of group $g$,
    which are next to each other. One group and one position make a layer norm, a group for each channel an
    instance norm.

    Args:
      x: one item: channels along the last axis, positions along all others.
      groups: how many, $G$.
      weight: $\gamma$; 1 if left out.
      bias: $\beta$; 0 if left out.
      eps: $\epsilon$.

    Raises:
      ValueError: if groups would not have equally many channels.

    >>> print(group_norm(jnp.array([1.0, 3.0, 10.0, 30.0]), 2, eps=0.0))
    [-1.  1. -1.  1.]
    """
    d = x.shape[-1]
    if groups < 1 or d % groups:
        raise ValueError(
            f"group_norm: groups must divide the {d} channels of x, but is {groups}; choose another number."
        )
    split = x.reshape(-1, groups, d // groups)
    centred = split - split.mean((0, 2), keepdims=True)
    y = (centred / jnp.sqrt((centred**2).mean((0, 2), keepdims=True) + eps)).reshape(x.shape)
    y = y if weight is None else y * jnp.broadcast_to(weight, y.shape)
    return y if bias is None else y + jnp.broadcast_to(bias, y.shape)
