r"""Sinusoidal positions: a position is the hands of many clocks.

Source: Vaswani et al., *Attention is all you need* (2017), arXiv:1706.03762, section 3.5.
Claims: `jaxmath.claims.sinusoidal`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar


def sinusoidal_angles(
    positions: Int[Array, " n"] | Float[Array, " n"], d: int, base: Scalar = 10000.0
) -> Float[Array, "n {d}//2"]:
    r"""The angle of clock $i$ at each position, $\theta_{ti} = t\, b^{-2i/d}$ for $0 \le i < d/2$.

    >>> print(sinusoidal_angles(jnp.arange(3), 4, base=4.0))
    [[0.  0. ]
     [1.  0.5]
     [2.  1. ]]
    """
    i = jnp.arange(d // 2, dtype=float)
    frequency = base ** (-2 * i / d)
    return positions.astype(frequency.dtype)[:, None] * frequency[None, :]


def sinusoidal(angles: Float[Array, "n r"]) -> Float[Array, "n 2*r"]:
    r"""The encoding of positions with these angles.

    $$ y_{t, 2i} = \sin \theta_{ti}, \qquad y_{t, 2i+1} = \cos \theta_{ti} $$

    Args:
      angles: one row per position, see `sinusoidal_angles`.

    >>> print(sinusoidal(jnp.zeros((1, 2))))
    [[0. 1. 0. 1.]]
    """
    return jnp.stack([jnp.sin(angles), jnp.cos(angles)], axis=-1).reshape(angles.shape[0], -1)
