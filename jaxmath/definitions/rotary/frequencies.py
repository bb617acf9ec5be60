r"""The clocks of rotary positions, and how they are slowed down for longer texts.

Source: Su et al., *RoFormer* (2021), arXiv:2104.09864, eq. (15); Chen et al., *Extending context window of
large language models via positional interpolation* (2023), arXiv:2306.15595, eq. (3); Peng et al., *YaRN*
(2023), arXiv:2309.00071, sections 3.1 and 3.3 (NTK-aware, dynamic).
Claims: `jaxmath.claims.rotary.scalings`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Real

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


def rotary_frequencies(d: int, base: Scalar = 10000.0) -> Float[Array, "{d}//2"]:
    r"""How far each pair turns from one position to the next, $\omega_i = b^{-2i/d}$, in radians.

    >>> print(rotary_frequencies(4, base=4.0))
    [1.  0.5]
    """
    return base ** (-2 * jnp.arange(d // 2, dtype=float) / d)


@checked
def clock_angles(
    positions: Real[Array, " n"],
    frequencies: Float[Array, " r"],
    offset: Int[Array, ""] | int = 0,
) -> Float[Array, "n r"]:
    r"""The angle of each pair at each position, $\theta_{ti} = (t + t_0)\, \omega_i$.

    Args:
      positions: $t$.
      frequencies: $\omega$, radians a position.
      offset: $t_0$, such as the number of positions in a cache.

    >>> print(clock_angles(jnp.arange(2), jnp.array([1.0, 0.5]), offset=3))
    [[3.  1.5]
     [4.  2. ]]
    """
    return (positions + offset).astype(frequencies.dtype)[:, None] * frequencies[None, :]


def interpolated_frequencies(frequencies: Float[Array, " r"], factor: Scalar) -> Float[Array, " r"]:
    r"""Positional interpolation ("linear"): all clocks are slowed down alike, $\omega_i / s$."""
    return frequencies / factor


def ntk_base(base: Scalar, factor: Scalar, d: int) -> Scalar:
    r"""The base that leaves the fastest clock and slows the slowest one by $s$, $b\, s^{d/(d-2)}$.

    >>> print(ntk_base(10000.0, 3.0, 4))
    90000.0
    """
    return base * factor ** (d / (d - 2))


def dynamic_ntk_base(
    base: Scalar, factor: Scalar, d: int, length: Int[Array, ""] | Scalar, original: int
) -> Float[Array, ""]:
    r"""`ntk_base` for a factor that grows with the text, $b\,(s\,T / L - (s - 1))^{d/(d-2)}$ for $T > L$.

    A text of at most $L$ positions is left as it is. Departs from the source (factor $T / L$) as
    transformers does: $s T / L - (s - 1)$ is 1 at $T = L$ for every $s$.

    Args:
      base: $b$.
      factor: $s$.
      d: the width that is turned.
      length: $T$, positions of the text.
      original: $L$, positions in training.
    """
    beyond = jnp.maximum(jnp.asarray(length, float), original)
    return jnp.asarray(ntk_base(base, factor * beyond / original - (factor - 1), d))


def proportional_frequencies(d: int, r: int, base: Scalar = 10000.0) -> Float[Array, "{d}//2"]:
    r"""The $r$ fastest clocks of width $d$; the other pairs stand still.

    Unlike `partial_rotary`, whose clocks are those of width $2r$, and which pairs entries of the turned
    part only. Source: transformers, `ROPE_INIT_FUNCTIONS["proportional"]`.

    >>> print(proportional_frequencies(4, 1, base=4.0))
    [1. 0.]
    """
    return jnp.where(jnp.arange(d // 2) < r, rotary_frequencies(d, base), 0)
