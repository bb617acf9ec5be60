"""Degrees and heights: what a theorem needs to know about a value in order to bound a false proof.

In the model with `exp` free every value is a fraction of polynomials with
integer coefficients in independent variables: the inputs, one variable for
each exponential of a linear unknown, and one for each distinct argument of an
arbitrary function. A `Deg` bounds the numerator of one entry over a common
denominator of known factors.
"""

import dataclasses
import math
from collections.abc import Callable
from fractions import Fraction

from jaxmath.verify.num import Stuck

# For each axis of the array that a factor came from, the value's axis along which it varies; None if unknown.
Alignment = tuple[int | None, ...]
Key = tuple[int, Alignment]


class NoBound(Stuck):
    """No theorem covers what was met; the text says what."""


@dataclasses.dataclass(frozen=True)
class Factor:
    """A family of polynomials that stand in denominators, one for each entry of an array.

    Attributes:
      shape: the shape of that array.
      degree: bound on their degrees.
      height: bound on log2 of the sum of their absolute coefficients.
    """

    shape: tuple[int, ...]
    degree: Fraction
    height: float


@dataclasses.dataclass(frozen=True)
class Deg:
    """Bounds that hold for every entry of an array.

    Attributes:
      shape: the array's shape.
      degree: of the numerator.
      height: log2 of the sum of the numerator's absolute coefficients.
      den: powers of factors in the denominator.
      scale: an integer in the denominator.
      lin: for each linear unknown in the exponent of exp(value), least and greatest coefficient.
      core: whether a part of the value is no linear form.
      log: the bounds of F in `value + k log F`.
      unit: names the irrational number of which `lin` are multiples; 0 if there is none, -1 if several.
    """

    shape: tuple[int, ...]
    degree: Fraction = Fraction(0)
    height: float = 0.0
    den: tuple[tuple[Key, Fraction | int], ...] = ()
    scale: int = 1
    lin: tuple[tuple[Key, tuple[Fraction, Fraction]], ...] = ()
    core: bool = False
    log: "Deg | None" = None
    unit: int = 0

    def aligned(self, shape: tuple[int, ...], axes: Callable[[int], int | None]) -> "Deg":
        """The bounds after a move that takes axis i to `axes(i)`, or anywhere at all where that is None."""

        def turned(key: Key) -> Key:
            return key[0], tuple(None if a is None else axes(a) for a in key[1])

        den: dict[Key, Fraction | int] = {}
        for key, n in self.den:
            den[turned(key)] = max(n, den.get(turned(key), 0))
        lin: dict[Key, tuple[Fraction, Fraction]] = {}
        for key, span in self.lin:
            lin[turned(key)] = hull(span, lin.get(turned(key), span))
        log = None if self.log is None else self.log.aligned(shape, axes)
        return dataclasses.replace(self, shape=shape, den=tuple(den.items()), lin=tuple(lin.items()), log=log)

    def scattered(self, shape: tuple[int, ...]) -> "Deg":
        """The bounds after a move that takes entries anywhere."""
        return self.aligned(shape, lambda axis: None)


def hull(a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """The smallest interval around two."""
    return min(a[0], b[0]), max(a[1], b[1])


def log2_sum(*heights: float) -> float:
    """log2 of a sum of powers of two."""
    top = max(heights)
    return top if math.isinf(top) else top + math.log2(sum(2.0 ** (h - top) for h in heights))


def common_unit(x: Deg, y: Deg) -> int:
    """The unit of a sum of two linear parts."""
    if not x.lin or not y.lin or x.unit == y.unit:
        return x.unit if x.lin else y.unit
    return -1
