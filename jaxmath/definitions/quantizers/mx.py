r"""Microscaling formats: small floats under a power of two that a block shares.

Source: Open Compute Project, *OCP microscaling formats (MX) specification*, version 1.0 (2023), section 6.3;
Rouhani et al., *Microscaling data formats for deep learning* (2023), arXiv:2310.10537, algorithm 1.
Claims: `jaxmath.claims.quantizers`.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.quantizers.minifloats import MiniFloat, round_to_minifloat
from jaxmath.notation import checked


@checked
def mx_scale(x: Float[Array, " n"], to: MiniFloat) -> Float[Array, ""]:
    r"""The scale of a block, $2^{\lfloor \log_2 \max_i |x_i| \rfloor - \lfloor \log_2 \mathrm{top} \rfloor}$.

    Kept from $2^{-127}$ to $2^{127}$, as eight bits of exponent do; 1 for a block of zeros.

    Args:
      x: the block, 32 numbers in the source.
      to: the format of an element.

    >>> from jaxmath.definitions.quantizers.minifloats import E2M1
    >>> print(mx_scale(jnp.array([1.0, -13.0]), E2M1))
    2.0
    """
    top = jnp.abs(x).max()
    _, exponent = jnp.frexp(top)
    place = jnp.clip(exponent - 1 - math.floor(math.log2(to.top)), -127, 127)
    return jnp.where(top == 0, 1, jnp.ldexp(jnp.ones_like(top), place))


@checked
def mx_quantize(x: Float[Array, " n"], to: MiniFloat) -> tuple[Float[Array, " n"], Float[Array, ""]]:
    r"""The elements and the scale of a block: $x_i \approx X p_i$.

    Args:
      x: the block.
      to: the format of an element.

    Returns:
      $p$, numbers of the format, and $X$.

    >>> from jaxmath.definitions.quantizers.minifloats import E2M1
    >>> elements, scale = mx_quantize(jnp.array([1.0, -13.0, 3.2]), E2M1)
    >>> print(elements, scale)
    [ 0.5 -6.   1.5] 2.0
    """
    scale = mx_scale(x, to)
    return round_to_minifloat(x / scale, to), scale
