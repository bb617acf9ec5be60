"""What a tape records: truths about earlier results, and steps from them to the next."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from jaxmath.verify.ball_dual import NAN, Dual, Symbol, maximum, value

Step = Callable[[list[Any]], Any]


class Truth(Symbol):
    """A statement about the results on a tape; `True`, `False` or, if balls overlap, `None`."""

    __slots__ = ("needs", "step", "tape")

    def __init__(self, tape: Any, step: Step, needs: tuple[int, ...]) -> None:
        self.tape = tape
        self.step = step
        self.needs = needs

    def __invert__(self) -> "Truth":
        return Truth(self.tape, lambda env: _not(self.step(env)), self.needs)

    def __and__(self, other: Any) -> "Truth":
        def step(env: list[Any]) -> bool | None:
            return _and(self.step(env), other.step(env) if isinstance(other, Truth) else bool(other))

        needs = (*self.needs, *other.needs) if isinstance(other, Truth) else self.needs
        return Truth(self.tape, step, needs)

    __rand__ = __and__

    def __or__(self, other: Any) -> "Truth":
        return ~(~self & (~other if isinstance(other, Truth) else not other))

    __ror__ = __or__

    def choose(self, yes: Any, no: Any) -> Any:
        """One of two forms."""
        return self.tape.select(self, yes, no)


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def linear(terms: Sequence[tuple[int, Fraction]], constant: Fraction) -> Step:
    """A linear form in earlier results."""
    pairs = [(place, int(k) if abs(k) == 1 else fmpq(k.numerator, k.denominator)) for place, k in terms]
    rest = fmpq(constant.numerator, constant.denominator)

    def step(env: list[Any]) -> Any:
        total = arb(rest) if constant else None
        for place, k in pairs:
            x = env[place]
            term = x if k == 1 else -x if k == -1 else x * arb(k)  # a product rounds, a sign does not
            total = term if total is None else term + total
        return arb(0) if total is None else total

    return step


def greatest(values: Sequence[Any]) -> Any:
    """The greatest of earlier results."""
    out = values[0]
    for x in values[1:]:
        out = maximum(out, x)
    return out


def chosen(truth: bool | None, yes: Any, no: Any, unknown: Sequence[Any]) -> Any:
    """What a truth about the unknowns selects: the hull where it is not known, of constants too."""
    if truth is not None:
        return yes if truth else no
    joint = value(yes).union(value(no))
    return Dual(joint, (NAN,) * len(unknown)) if isinstance(unknown[0], Dual) else joint
