r"""Rounding up or down by chance, so that the mean is what was to be rounded.

Source: Gupta et al., *Deep learning with limited numerical precision* (2015), arXiv:1502.02551, section 3.
Claims: `jaxmath.claims.stochastic_rounding`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, BFloat16, Float, UInt

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def stochastic_round(
    x: Float[Array, "*shape"], uniform: Float[Array, "*shape"], step: Scalar
) -> Float[Array, "*shape"]:
    r"""To the grid of multiples of a step, $\Delta \lfloor x / \Delta + u \rfloor$.

    Args:
      x: what is rounded.
      uniform: $u$, uniform in $[0, 1)$, for each entry.
      step: $\Delta$.

    >>> print(stochastic_round(jnp.array([1.25, 1.25]), jnp.array([0.5, 0.75]), 1.0))
    [1. 2.]
    """
    return step * jnp.floor(x / step + uniform)


def stochastic_bfloat16(x: Float[Array, "*shape"], bits: UInt[Array, "*shape"]) -> BFloat16[Array, "*shape"]:
    r"""Single precision to bfloat16: sixteen random bits are added below the last bit that is kept.

    The bits that carry over decide; the others are cut off. Away from zero or towards it, alike for both
    signs; finite numbers only.

    Args:
      x: float32 numbers.
      bits: uint32 numbers below $2^{16}$, uniform.

    >>> x = jnp.array([1.00390625, 1.00390625])
    >>> print(stochastic_bfloat16(x, jnp.array([0x7FFF, 0x8000], jnp.uint32)))
    [1 1.00781]
    """
    raised = jax.lax.bitcast_convert_type(x, jnp.uint32) + bits
    kept = raised & jnp.asarray(0xFFFF0000, jnp.uint32)
    return jax.lax.bitcast_convert_type(kept, jnp.float32).astype(jnp.bfloat16)
