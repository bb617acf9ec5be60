r"""Positions along several axes: time, height and width.

Source: Wang et al., *Qwen2-VL* (2024), arXiv:2409.12191, section 2.1 (M-RoPE), and the interleaved one of
Qwen3-VL's reference code; two axes as in Heo et al., *Rotary position embedding for vision transformer*
(2024), arXiv:2403.13298, section 3.2 (axial). Claims: `jaxmath.claims.rotary.turns`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Real

from jaxmath.notation import checked


@checked
def axis_angles(
    positions: Real[Array, "axes n"],
    frequencies: Float[Array, " r"],
    axis: Int[Array, " r"],
) -> Float[Array, "n r"]:
    r"""Each pair counts along an axis of its own, $\theta_{ti} = t_{a_i}\, \omega_i$.

    Args:
      positions: where every entry of the sequence stands along each axis.
      frequencies: $\omega$, radians a position.
      axis: $a$, see `rotary_sections` and `rotary_interleaved_sections`.

    >>> place = jnp.array([[7, 7], [0, 1], [2, 3]])
    >>> print(axis_angles(place, jnp.ones(4), rotary_sections((1, 1, 2))))
    [[7. 0. 2. 2.]
     [7. 1. 3. 3.]]
    """
    return positions.astype(frequencies.dtype)[axis].T * frequencies[None, :]


def rotary_sections(sizes: tuple[int, ...]) -> Int[Array, " r"]:
    r"""The axis of each pair in M-RoPE: as many pairs in a row as `sizes` says.

    >>> print(rotary_sections((1, 2, 2)))
    [0 1 1 2 2]
    """
    return jnp.concatenate([jnp.full(size, axis) for axis, size in enumerate(sizes)])


def rotary_interleaved_sections(sizes: tuple[int, ...]) -> Int[Array, " r"]:
    r"""The axis of each pair in interleaved M-RoPE: axes take turns, axis 0 has what others leave.

    Of $A$ axes, axis $a > 0$ has pairs $a, a + A, a + 2A, \dots$, as many as `sizes` says.

    >>> print(rotary_interleaved_sections((3, 2, 1)))
    [0 1 2 0 1 0]
    """
    i = jnp.arange(sum(sizes))
    turn, axis = i // len(sizes), i % len(sizes)
    return jnp.where(turn < jnp.array(sizes)[axis], axis, 0)


@checked
def axial_angles(
    positions: Real[Array, "axes n"], frequencies: Float[Array, " r"]
) -> Float[Array, "n axes*r"]:
    r"""Every axis has the same clocks: those of width $d / A$, for each of $A$ axes in turn.

    >>> print(axial_angles(jnp.array([[0, 1], [2, 3]]), jnp.array([1.0, 0.5])))
    [[0.  0.  2.  1. ]
     [1.  0.5 3.  1.5]]
    """
    axes, r = positions.shape[0], frequencies.shape[0]
    return axis_angles(positions, jnp.tile(frequencies, axes), jnp.repeat(jnp.arange(axes), r))
