r"""Rotary positions of part of a vector.

Source: Wang & Komatsuzaki, *GPT-J-6B* (2021); Black et al., *GPT-NeoX-20B* (2022), arXiv:2204.06745.
Claims: `jaxmath.claims.rotary.places`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.rotary.turn import Layout, rotary
from jaxmath.notation import checked


@checked
def partial_rotary(
    x: Float[Array, "n d"],
    angles: Float[Array, "n r"],
    layout: Layout = "interleaved",
    scale: Scalar | None = None,
) -> Float[Array, "n d"]:
    r"""`rotary` of the first $2r$ entries; the others know no positions, and are not scaled.

    Args:
      x: queries or keys, one per row.
      angles: one row per position; $2r \le d$. The clocks are those of width $2r$, not $d$.
      layout: see `rotary`; halves are those of the turned entries.
      scale: see `rotary`.

    Raises:
      ValueError: if there are more angles than pairs.

    >>> quarter = jnp.full((1, 1), jnp.pi / 2)
    >>> print(partial_rotary(jnp.array([[1.0, 2.0, 3.0, 4.0]]), quarter).round())
    [[-2.  1.  3.  4.]]
    """
    (_, d), (_, r) = x.shape, angles.shape
    if 2 * r > d:
        raise ValueError(
            f"partial_rotary: the width of x must be at least twice the number of angles, but d={d} and "
            f"r={r}. Make angles with clock_angles(positions, rotary_frequencies(2 * r, base)), r smaller."
        )
    return jnp.concatenate([rotary(x[:, : 2 * r], angles, layout, scale), x[:, 2 * r :]], axis=-1)
