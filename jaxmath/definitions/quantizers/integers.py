r"""Integers on a uniform grid: symmetric around zero, or with a zero point.

Source: Jacob et al., *Quantization and training of neural networks* (2017), arXiv:1712.05877, eq. (1);
Dettmers et al., *LLM.int8()* (2022), arXiv:2208.07339, section 2.1 (absmax, zero point).
Claims: `jaxmath.claims.quantizers`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Numbers = Float[Array, "*shape"]
Codes = Int[Array, "*shape"]
Number = Float[Array, ""]


@checked
def quantize(x: Numbers, scale: Scalar, zero: Int[Array, ""] | int, low: int, high: int) -> Codes:
    r"""The nearest code, $q = \mathrm{clip}(\mathrm{round}(x / \Delta) + z,\, l,\, h)$; halves go to even.

    Args:
      x: numbers.
      scale: $\Delta$, the step of the grid.
      zero: $z$, the code of zero.
      low: $l$, the least code.
      high: $h$, the greatest code.

    >>> print(quantize(jnp.array([-9.0, 0.3, 0.2]), 0.25, 0, -8, 7))
    [-8  1  1]
    """
    # Clipped before it becomes an integer, so that nothing is out of range.
    least, greatest = (jnp.asarray(end - zero).astype(x.dtype) for end in (low, high))
    return jnp.clip(jnp.round(x / scale), least, greatest).astype(jnp.int32) + zero


@checked
def dequantize(codes: Codes, scale: Number, zero: Int[Array, ""] | int = 0) -> Numbers:
    r"""The number that a code stands for, $\Delta (q - z)$.

    >>> print(dequantize(jnp.array([-8, 1]), jnp.array(0.25)))
    [-2.    0.25]
    """
    return scale * (codes - zero).astype(scale.dtype)


def absmax_scale(x: Numbers, bits: int = 8) -> Number:
    r"""The step that the greatest entry asks for, $\max_i |x_i| / (2^{b - 1} - 1)$; 1 if all are zero.

    >>> print(absmax_scale(jnp.array([-14.0, 3.0]), 4))
    2.0
    """
    scale = jnp.abs(x).max() / (2 ** (bits - 1) - 1)
    return jnp.where(scale == 0, 1, scale)


def quantize_absmax(x: Numbers, bits: int = 8) -> tuple[Codes, Number]:
    r"""Codes from $-(2^{b - 1} - 1)$ to $2^{b - 1} - 1$ on the grid of `absmax_scale`.

    Returns:
      The codes, and the step; see `dequantize`.

    >>> print(quantize_absmax(jnp.array([-14.0, 3.9]), 4)[0])
    [-7  2]
    """
    scale, top = absmax_scale(x, bits), 2 ** (bits - 1) - 1
    return quantize(x, scale, 0, -top, top), scale


def quantize_zero_point(x: Numbers, bits: int = 8) -> tuple[Codes, Number, Int[Array, ""]]:
    r"""Codes from 0 to $2^b - 1$ on a grid that spans the numbers and holds zero.

    $$ \Delta = \frac{\max(x, 0) - \min(x, 0)}{2^b - 1}, \qquad z = -\mathrm{round}(\min(x, 0) / \Delta) $$

    Returns:
      The codes, the step, and the code of zero; see `dequantize`.

    >>> codes, scale, zero = quantize_zero_point(jnp.array([-1.0, 0.0, 14.0]), 4)
    >>> print(codes, scale, zero)
    [ 0  1 15] 1.0 1
    """
    bottom, top = jnp.minimum(x.min(), 0), jnp.maximum(x.max(), 0)
    scale = (top - bottom) / (2**bits - 1)
    scale = jnp.where(scale == 0, 1, scale)
    zero = -jnp.round(bottom / scale).astype(jnp.int32)
    return quantize(x, scale, zero, 0, 2**bits - 1), scale, zero
