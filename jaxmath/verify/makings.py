"""How values were made, as far as their logarithms want to know."""

import functools
from typing import Any

import numpy as np

from jaxmath.verify.num import Making

# How large an array may be whose making is remembered for the sake of its logarithm.
MOST_REMEMBERED = 1 << 14


def making(n: Any) -> Making:
    """How a value was made; if that is not known, of itself."""
    return Making(None, ((n, 1),)) if n.made is None else n.made()


def product_of_makings(domain: Any, x: Any, y: Any) -> Making:
    """How a product was made."""
    a, b = making(x), making(y)
    exponents = [m.exponent for m in (a, b) if m.exponent is not None]
    exponent = functools.reduce(domain.add, exponents) if exponents else None
    return Making(exponent, (*a.factors, *b.factors))


def inverse_making(domain: Any, x: Any) -> Making:
    """How one over a value was made."""
    made = making(x)
    exponent = None if made.exponent is None else domain.neg(made.exponent)
    return Making(exponent, tuple((n, -power) for n, power in made.factors))


def log_of_making(domain: Any, made: Making, like: Any) -> Any:
    """The logarithm of a product, in the shape of `like`."""
    out = domain.lift(np.zeros(like.shape)) if made.exponent is None else made.exponent
    for n, power in made.factors:
        term = domain.formal_log(n)
        out = domain.add(out, term if power == 1 else domain.mul(domain.lift(np.float64(power)), term))
    if out.shape != like.shape:
        out = domain.add(out, domain.lift(np.zeros(like.shape)))
    return out


def spread(domain: Any, n: Any, shape: tuple[int, ...]) -> Any:
    """A value in a larger shape."""
    if n.shape == shape:
        return n
    lift = (1,) * (len(shape) - n.ndim)
    return domain.moved(
        n, lambda a: domain.xp.broadcast_to(a.reshape(len(a), *lift, *a.shape[1:]), (len(a), *shape))
    )
