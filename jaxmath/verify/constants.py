"""Floating constants: exactly what they are, or read as the number that somebody rounded."""

import dataclasses
import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify.num import Coefficient

MASK_BELOW = -1e9
MASK_ABOVE = 1e30
_FEW_DIGITS = 12
_UNITS: tuple[tuple[float, tuple[tuple[int, int], ...], int], ...] = (
    (1.0, (), 0),
    (math.log(2.0), ((2, 1),), 0),
    (1.0 / math.log(2.0), ((2, -1),), 0),
    (math.log(10.0), ((10, 1),), 0),
    (math.pi, (), 2),
    (1.0 / math.pi, (), -2),
    (math.sqrt(math.pi), (), 1),
    (1.0 / math.sqrt(math.pi), (), -1),
)


@dataclasses.dataclass(frozen=True)
class Constant:
    """`factor * sqrt(square) * prod(log(b)**n) * pi**(half_pi / 2)`."""

    factor: Fraction
    square: Fraction = Fraction(1)
    logs: tuple[tuple[int, int], ...] = ()
    half_pi: int = 0

    @property
    def coefficient(self) -> Coefficient:
        """The factor and the logarithms."""
        return Coefficient(self.factor, self.logs)

    def __float__(self) -> float:
        logs = math.prod(math.log(base) ** n for base, n in self.logs)
        return float(self.factor) * math.sqrt(self.square) * logs * math.pi ** (self.half_pi / 2)

    def __str__(self) -> str:
        parts = [str(self.factor)] if self.factor != 1 or self.square == 1 else []
        parts += [f"sqrt({self.square})"] * (self.square != 1)
        parts += [f"log({b})^{n}" if n != 1 else f"log({b})" for b, n in self.logs]
        parts += [f"pi^({self.half_pi}/2)"] * (self.half_pi != 0)
        return " * ".join(parts)


def exact_or_read(field: Any, value: float) -> Constant | str:
    """The constant that a float stands for in the field's model; infinities and NaN as strings."""
    if math.isnan(value):
        return "nan"
    if value <= MASK_BELOW or value >= MASK_ABOVE:
        if math.isfinite(value):
            direction = "-inf" if value < 0 else "inf"
            field.notes[f"constant {value:.6g} read as {direction}{field.where}"] += 1
        return repr(value)
    if not field.model.read:
        return Constant(Fraction(value))
    constant = read(value)
    if constant != Constant(Fraction(value)):
        field.readings[f"{value!r} read as {constant}{field.where}"] += 1
    return constant


@functools.lru_cache(maxsize=4096)
def read(value: float) -> Constant:
    """The simplest constant that rounds to `value`, or its exact value if none is simple."""
    return next(_candidates(value), Constant(Fraction(value)))


def as_read(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """Floats, those that somebody rounded replaced by what they stand for; whether all are certain.

    A float of few digits is what it is; one of many digits that stands for nothing simple may be anything
    that rounds to it.
    """
    entries, places = np.unique(values, return_inverse=True)
    masks = ~((MASK_BELOW < entries) & (entries < MASK_ABOVE))
    kept = [v if mask else float(read(v)) for v, mask in zip(map(float, entries), masks, strict=True)]
    certain = all(mask or _is_certain(float(v)) for v, mask in zip(entries, masks, strict=True))
    return np.asarray(np.asarray(kept)[places]).reshape(np.shape(values)), certain


def _is_certain(value: float) -> bool:
    exact = Fraction(value)
    digits = abs(exact.numerator).bit_length() if exact.denominator > 1 else 0
    return digits <= _FEW_DIGITS or read(value) != Constant(exact)


def _candidates(value: float) -> Iterator[Constant]:
    exact = Fraction(value)
    if exact.denominator <= 4096 and abs(exact.numerator) < 2**24:
        yield Constant(exact)
    single = float(np.float32(value)) == value
    tolerance = 2.0**-23 if single else 2.0**-51
    text = str(np.float32(value)) if single else repr(value)
    if len(text.split("e")[0].replace(".", "").strip("-0")) <= (6 if single else 12):
        yield Constant(Fraction(text))
    for unit, logs, half_pi in _UNITS:
        ratio = value / unit
        simple = Fraction(ratio).limit_denominator(256 if single else 4096)
        if simple and abs(float(simple) / ratio - 1) <= tolerance:
            yield Constant(simple, logs=logs, half_pi=half_pi)
        square = Fraction(ratio * ratio).limit_denominator(128 if single else 4096)
        if square and abs(float(square) / (ratio * ratio) - 1) <= 2 * tolerance:
            sign = Fraction(1 if ratio > 0 else -1)
            yield Constant(sign, square=square, logs=logs, half_pi=half_pi)
