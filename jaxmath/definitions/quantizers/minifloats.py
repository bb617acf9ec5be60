r"""Floating-point numbers of eight bits and fewer.

Source: Micikevicius et al., *FP8 formats for deep learning* (2022), arXiv:2209.05433, table 1;
Open Compute Project, *OCP microscaling formats (MX) specification*, version 1.0 (2023), section 5.3.
Claims: `jaxmath.claims.quantizers`.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


class MiniFloat(NamedTuple):
    r"""A format with a sign, an exponent and a mantissa.

    Attributes:
      exponent: bits of the exponent.
      mantissa: bits of the mantissa.
      top: the greatest finite number.
    """

    exponent: int
    mantissa: int
    top: float

    @property
    def bias(self) -> int:
        r"""What is taken off the stored exponent, $2^{e - 1} - 1$."""
        return 2 ** (self.exponent - 1) - 1

    @property
    def smallest(self) -> float:
        r"""The smallest positive number, which is subnormal, $2^{1 - \mathrm{bias} - m}$."""
        return 2.0 ** (1 - self.bias - self.mantissa)


E4M3 = MiniFloat(4, 3, 448.0)
E5M2 = MiniFloat(5, 2, 57344.0)
E3M2 = MiniFloat(3, 2, 28.0)
E2M3 = MiniFloat(2, 3, 7.5)
E2M1 = MiniFloat(2, 1, 6.0)


@checked
def round_to_minifloat(x: Float[Array, "*shape"], to: MiniFloat) -> Float[Array, "*shape"]:
    r"""The nearest number of a format; halves go to even, and what is beyond the greatest number becomes it.

    $$ \Delta\, \mathrm{round}(x / \Delta), \qquad
       \Delta = 2^{\max(\lfloor \log_2 |x| \rfloor,\; 1 - \mathrm{bias}) - m} $$

    Args:
      x: numbers, in a type with at least as many bits.
      to: the format.

    >>> print(round_to_minifloat(jnp.array([0.3, 5.0, 100.0]), E2M1))
    [0.5 4.  6. ]
    """
    _, exponent = jnp.frexp(x)  # |x| is in [2^(exponent - 1), 2^exponent)
    place = jnp.maximum(exponent - 1, 1 - to.bias) - to.mantissa
    step = jnp.ldexp(jnp.ones_like(x), place)
    return jnp.clip(jnp.round(x / step) * step, -to.top, to.top)


def minifloat_values(of: MiniFloat) -> Float[Array, " n"]:
    r"""Every finite number that is not negative, in order.

    A stored exponent $e > 0$ and a mantissa $k$ stand for $2^{e - \mathrm{bias}} (1 + k / 2^m)$;
    $e = 0$ for $2^{1 - \mathrm{bias}}\, k / 2^m$.

    >>> print(minifloat_values(E2M1))
    [0.  0.5 1.  1.5 2.  3.  4.  6. ]
    """
    codes = jnp.arange(2 ** (of.exponent + of.mantissa))
    e, k = codes >> of.mantissa, codes % 2**of.mantissa
    fraction = jnp.where(e > 0, 1, 0) + k / 2**of.mantissa
    values = jnp.ldexp(fraction, jnp.maximum(e, 1) - of.bias)
    return values[: int((values <= of.top).sum())]
