r"""Clocks whose slowing-down was found by search, one factor a pair.

Source: Ding et al., *LongRoPE* (2024), arXiv:2402.13753, eq. (2); attention factor: the reference code of
Phi-3. Claims: `jaxmath.claims.rotary.scalings`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def longrope_frequencies(
    frequencies: Float[Array, " r"],
    short: Float[Array, " r"],
    long: Float[Array, " r"],
    length: Int[Array, ""] | int,
    original: int,
) -> Float[Array, " r"]:
    r"""$\omega_i / s_i$, with one set of factors for texts of at most $L$ positions and one for longer ones.

    Args:
      frequencies: $\omega$.
      short: $s$ for texts of at most `original` positions.
      long: $s$ for longer ones.
      length: positions of the text; the same for all of them, since keys in a cache are turned already.
      original: $L$, positions in training.

    >>> one = jnp.ones(2)
    >>> print(longrope_frequencies(one, one, 4 * one, 9, original=8))
    [0.25 0.25]
    """
    return frequencies / jnp.where(jnp.asarray(length) > original, long, short)


def longrope_attention_factor(factor: Scalar, original: Scalar) -> Float[Array, ""]:
    r"""By how much turned queries and keys are lengthened, $\sqrt{1 + \ln s / \ln L}$; 1 if $s \le 1$.

    Args:
      factor: $s$, positions of the model over those in training.
      original: $L$, positions in training.

    >>> print(longrope_attention_factor(8.0, 2.0))
    2.0
    """
    growth = jnp.log(jnp.maximum(jnp.asarray(factor, float), 1))
    return jnp.sqrt(1 + growth / jnp.log(jnp.asarray(original, float)))
