"""Units in the last place, and decimal figures that are rounded to the safe side."""

import decimal
import functools
import math
from typing import Any

import jax.numpy as jnp
from flint import arb


def ulp(x: Any, dtype: Any) -> Any:
    """The spacing of a floating type just above the least absolute value in a ball, as an exact ball.

    Args:
      x: a finite ball.
      dtype: a floating type.
    """
    exponent, least = _places(jnp.dtype(dtype).name)
    low = abs(float(x.abs_lower()))
    return arb(2) ** max(math.frexp(low)[1] - exponent, least) if low else arb(2) ** least


@functools.cache
def _places(dtype: str) -> tuple[int, int]:
    """How many bits a significand has, and the exponent of the smallest positive number."""
    info = jnp.finfo(dtype)
    return info.nmant + 1, info.minexp - info.nmant


def above(x: Any) -> float:
    """The nearest float that is not below the ball."""
    near = float(x.upper())
    return near if near >= x else math.nextafter(near, math.inf)


def below(x: Any) -> float:
    """The nearest float that is not above the ball."""
    near = float(x.lower())
    return near if near <= x else math.nextafter(near, -math.inf)


def at_most(x: float, digits: int = 2) -> str:
    """A number in few digits, none of them too small."""
    return _rounded(x, digits, decimal.ROUND_CEILING)


def at_least(x: float, digits: int = 2) -> str:
    """A number in few digits, none of them too large."""
    return _rounded(x, digits, decimal.ROUND_FLOOR)


def _rounded(x: float, digits: int, rounding: str) -> str:
    if not math.isfinite(x):
        return str(x)
    short = decimal.Context(prec=digits, rounding=rounding).create_decimal(decimal.Decimal(x))
    if not short or -4 <= short.adjusted() < 5:
        return format(short.normalize(), "f") if short else "0"
    return f"{short:.{digits - 1}e}".replace("e-", "e-0" if short.adjusted() > -10 else "e-")
