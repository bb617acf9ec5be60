r"""The rotation of rotary positions.

Source: Su et al., *RoFormer* (2021), arXiv:2104.09864, eq. (15) (pairs of neighbours);
Wang & Komatsuzaki, *GPT-J-6B* (2021), and Black et al., *GPT-NeoX-20B* (2022), arXiv:2204.06745 (halves).
Claims: `jaxmath.claims.rotary.turns`.
"""

from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.sinusoidal import sinusoidal_angles
from jaxmath.notation import checked

Layout = Literal["interleaved", "half-split"]


def rotary_angles(
    positions: Int[Array, " n"] | Float[Array, " n"], d: int, base: Scalar = 10000.0
) -> Float[Array, "n {d}//2"]:
    r"""The angle of each pair at each position, $\theta_{ti} = t\, b^{-2i/d}$ for $0 \le i < d/2$."""
    return sinusoidal_angles(positions, d, base)


@checked
def rotary(
    x: Float[Array, "n d"],
    angles: Float[Array, "n d//2"],
    layout: Layout = "interleaved",
    scale: Scalar | None = None,
) -> Float[Array, "n d"]:
    r"""Turn pair $i$ of row $t$ by $\theta_{ti}$.

    $$ \begin{pmatrix} y_a \\ y_b \end{pmatrix} = c
       \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}
       \begin{pmatrix} x_a \\ x_b \end{pmatrix} $$

    with $(a, b) = (2i, 2i + 1)$ for the layout "interleaved" and $(i, i + d/2)$ for "half-split".
    With $-\theta$ it turns back.

    Args:
      x: queries or keys, one per row.
      angles: one row per position, see `rotary_angles` and `clock_angles`; sines and cosines are rounded
        to the dtype of `x`.
      layout: which entries form a pair; a checkpoint knows one of them only.
      scale: $c$, 1 if left out; see `yarn_attention_factor` and `longrope_attention_factor`.

    Raises:
      ValueError: if there is no such layout.

    >>> quarter = jnp.full((1, 2), jnp.pi / 2)
    >>> print(rotary(jnp.array([[1.0, 2.0, 3.0, 4.0]]), quarter).round())
    [[-2.  1. -4.  3.]]
    >>> print(rotary(jnp.array([[1.0, 2.0, 3.0, 4.0]]), quarter, "half-split").round())
    [[-3. -4.  1.  2.]]
    """
    cos, sin = jnp.cos(angles), jnp.sin(angles)
    if scale is not None:
        cos, sin = cos * scale, sin * scale
    cos, sin = cos.astype(x.dtype), sin.astype(x.dtype)
    if layout == "interleaved":
        a, b = x[:, 0::2], x[:, 1::2]
        return jnp.stack([a * cos - b * sin, a * sin + b * cos], axis=-1).reshape(x.shape)
    if layout == "half-split":
        a, b = jnp.split(x, 2, axis=-1)
        return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)
    raise ValueError(
        f'rotary: layout must be "interleaved" (pairs of neighbours) or "half-split" '
        f"(pairs across the two halves), but it is {layout!r}."
    )
