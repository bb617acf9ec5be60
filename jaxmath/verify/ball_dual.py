"""Balls with slopes: forward differentiation in ball arithmetic, for the mean value theorem."""

from collections.abc import Callable, Sequence
from typing import Any

from flint import arb

Ball = Any
NAN = arb("nan")
LEAST = arb("-inf")
_WORTH = arb(0.99)


class Symbol:
    """What stands for a number that is not known yet.

    Attributes:
      apply: a function of it.
      maximum: the greater of it and another.
    """

    __slots__ = ()

    apply: Callable[..., Any]
    maximum: Callable[..., Any]


class Dual:
    """A ball together with balls around its derivatives in each of a few unknowns.

    Where a function has a corner, its derivative is the ball around all slopes there, so that the mean
    value theorem holds; where it jumps, the derivative is NaN, which encloses nothing.

    Attributes:
      value: a ball around the value.
      slopes: one ball for each unknown.
    """

    __slots__ = ("slopes", "value")

    def __init__(self, value: Ball, slopes: tuple[Ball, ...]) -> None:
        """Pairs a value with its slopes."""
        self.value = value
        self.slopes = slopes

    def __add__(self, other: Any) -> "Dual":
        if isinstance(other, Dual):
            slopes = tuple(s + t for s, t in zip(self.slopes, other.slopes, strict=True))
            return Dual(self.value + other.value, slopes)
        return Dual(self.value + other, self.slopes)

    __radd__ = __add__

    def __neg__(self) -> "Dual":
        return Dual(-self.value, tuple(-s for s in self.slopes))

    def __sub__(self, other: Any) -> "Dual":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Dual":
        return (-self) + other

    def __mul__(self, other: Any) -> "Dual":
        a = self.value
        if isinstance(other, Dual):
            b = other.value
            return Dual(a * b, tuple(s * b + a * t for s, t in zip(self.slopes, other.slopes, strict=True)))
        return Dual(a * other, tuple(s * other for s in self.slopes))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        if not isinstance(other, Dual):
            return Dual(self.value / other, tuple(s / other for s in self.slopes))
        b = other.value
        q = self.value / b
        return Dual(q, tuple((s - q * t) / b for s, t in zip(self.slopes, other.slopes, strict=True)))

    def __rtruediv__(self, other: Any) -> "Dual":
        q = other / self.value
        return Dual(q, tuple(-q * t / self.value for t in self.slopes))


def value(x: Any) -> Ball:
    """The ball around the value alone."""
    return x.value if isinstance(x, Dual) else x


def slopes(x: Any, count: int) -> tuple[Ball, ...]:
    """The balls around the derivatives; zeros for a constant."""
    return x.slopes if isinstance(x, Dual) else (arb(0),) * count


def tightened(x: Dual, centre: Any, moves: Sequence[Ball]) -> Dual:
    """A dual ball narrowed by the mean value theorem.

    Args:
      x: the values and slopes on a box.
      centre: the value at a point of the box.
      moves: for each unknown a ball around the differences from that point.
    """
    reach = centre
    for k, move in zip(x.slopes, moves, strict=True):
        reach += k * move
    if not reach.rad() < _WORTH * x.value.rad():  # an intersection rounds: only where it gains
        return x
    return Dual(x.value.intersection(reach), x.slopes)


def maximum(x: Any, y: Any) -> Any:
    """The greater of two; at a tie its slopes lie between those of both."""
    for a, b in ((x, y), (y, x)):
        if isinstance(a, arb) and a == LEAST:
            return b
        if isinstance(a, Symbol):
            return a.maximum(b)
    if not isinstance(x, Dual) and not isinstance(y, Dual):
        return x.max(y)
    if value(x) >= value(y):
        return x
    if value(x) <= value(y):
        return y
    count = len((x if isinstance(x, Dual) else y).slopes)
    between = tuple(s.union(t) for s, t in zip(slopes(x, count), slopes(y, count), strict=True))
    return Dual(value(x).max(value(y)), between)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of two."""
    return -maximum(-x, -y)
