"""What an array of unknown reals is while it is being evaluated: residues and what is known beside them."""

import dataclasses
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

Array = Any
Cells = dict[int, int]

# Components that hold residues of the value itself are keyed by level: 0, 1, ...
CORE = "core"  # the part of the value that is no linear form; absent beside E: zero; both absent: all of it
E = "e"  # the linear part as an exponent, modulo the prime below the top one
ANGLE = "angle"  # a linear value as an angle, modulo the order of the rotations
BAD = "bad"  # where the value is undefined
INF = "inf"  # -1 where the value is minus infinity, 1 where it is plus infinity
HUGE = "huge"  # which finite constant was read as that infinity, by number; 0 where it is unknown or none
LOG_VALUE = "log_value"  # what the formal logarithm contributes to the value, once it is needed
MAX_SET = "max_set"  # hash of the set of which the value is the maximum
MAX_SIZE = "max_size"  # how many finite members that set has


def weight_of(level: int) -> str:
    """The key of the sum of the weights of the members of a set of which the value is the maximum."""
    return f"max_weight/{level}"


def is_of_max(key: Hashable) -> bool:
    """Whether a component describes the set of which the value is the maximum."""
    return isinstance(key, str) and key.startswith("max_")


def log_of(level: int) -> tuple[str, int]:
    """The key of the residue of F at `level` in a value `base + k log F`."""
    return ("log", level)


@dataclasses.dataclass(frozen=True)
class Coefficient:
    """A known constant: a rational times integer powers of logarithms of integers."""

    rational: Fraction
    logs: tuple[tuple[int, int], ...] = ()

    def __mul__(self, other: "Coefficient") -> "Coefficient":
        logs = dict(self.logs)
        for base, n in other.logs:
            logs[base] = logs.get(base, 0) + n
        left = tuple(sorted((b, n) for b, n in logs.items() if n))
        return Coefficient(self.rational * other.rational, left)

    def inverse(self) -> "Coefficient":
        """One over the constant."""
        return Coefficient(1 / self.rational, tuple((b, -n) for b, n in self.logs))

    @property
    def integer(self) -> int | None:
        """The constant as an int, if it is one."""
        return int(self.rational) if not self.logs and self.rational.denominator == 1 else None


@dataclasses.dataclass
class Num:
    """An array of unknown reals.

    Attributes:
      c: components; the first axis of each counts sample points (or is 1), the rest is the array's shape.
      k: set where the value is `c + k log F`, with F in the components `log_of(level)`.
      sign: 2 where every entry is known to be positive, 1 for nonnegative, 0 otherwise.
      const: whether products with this value are linear in the other factor.
      atom: whether a constant is no rational number, but a symbol of its own in exponents and angles.
      coef: the constant itself, where all entries are one and the same known constant.
      values: the entries themselves, where they are known floats.
      cells: the comparisons behind an entry, and how many of each.
      zeros: where entries may be zero, if all others are known to be positive.
      made: how the value was made as exp(a) u**m v**n ...; see `Making`.
      tie: set on a choice by a share: the share and what there was to choose from.
    """

    c: dict[Any, Array]
    k: Coefficient | None = None
    sign: int = 0
    const: bool = False
    coef: Coefficient | None = None
    atom: bool = False
    values: Array | None = None
    cells: "Cells | None" = None
    zeros: Array | None = None
    made: "Callable[[], Making] | None" = None
    tie: "tuple[Share, Any, Any] | None" = None

    @property
    def levels(self) -> list[int]:
        """Levels at which the value has residues, ascending."""
        return sorted(key for key in self.c if isinstance(key, int))

    @property
    def log_levels(self) -> list[int]:
        """Levels at which the lazy logarithm's argument has residues."""
        return sorted(key[1] for key in self.c if isinstance(key, tuple))

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, without samples."""
        return tuple(self.c[self.levels[-1]].shape[1:])

    @property
    def ndim(self) -> int:
        """The array's rank, without samples."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))

    def with_c(self, **changes: Any) -> "Num":
        """The same array with other attributes; how it was made is forgotten."""
        return dataclasses.replace(self, **{"made": None, **changes})

    def moved(self, move: Callable[[Array], Array]) -> "Num":
        """The array with its entries moved, repeated or dropped; `move` keeps the first axis."""
        values = None if self.values is None else move(self.values[None])[0]
        zeros = None if self.zeros is None else move(self.zeros[None])[0]
        moved = {key: move(a) for key, a in self.c.items()}
        source = self.made
        made = None if source is None else lambda: source().each(lambda n: n.moved(move))
        return dataclasses.replace(self, c=moved, values=values, zeros=zeros, made=made)


@dataclasses.dataclass(frozen=True)
class Making:
    """A product `exp(exponent) * prod(factor ** power)`, from which a logarithm is read off.

    Attributes:
      exponent: a value, or None for zero.
      factors: values with integer powers.
    """

    exponent: Any = None
    factors: tuple[tuple[Any, int], ...] = ()

    def each(self, move: Callable[[Any], Any]) -> "Making":
        """The same product of moved arrays."""
        exponent = None if self.exponent is None else move(self.exponent)
        return Making(exponent, tuple((move(n), power) for n, power in self.factors))


@dataclasses.dataclass
class Sampled:
    """An array of booleans or integers that differ from sample point to sample point (first axis).

    Attributes:
      a: the entries.
      cells: the comparisons behind an entry, and how many of each; None if that was lost on the way.
    """

    a: Array
    cells: "Cells | None" = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, without samples."""
        return tuple(self.a.shape[1:])


@dataclasses.dataclass(frozen=True)
class Share:
    """What stands for `member == maximum`: the slope of the maximum along the member.

    Attributes:
      slope: the slope.
      member: names the member.
      whole: names the maximum.
    """

    slope: Num
    member: frozenset[int]
    whole: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.slope.shape


def slab(i: int, axis: int) -> Callable[[Array], Array]:
    """A move that takes entry i along an axis, which keeps length one."""
    return lambda a: a.take([i], axis=axis + 1)


class Stuck(Exception):
    """The engine cannot go on; the text says where and why. Other models may still succeed."""


def pooled(values: Iterable[Any]) -> Cells | None:
    """The comparisons behind entries made from one entry of each value; None if that is not known."""
    out: Cells = {}
    for value in values:
        if isinstance(value, Sampled):
            if value.cells is None:
                return None
            for name, n in value.cells.items():
                out[name] = max(n, out.get(name, 0))
    return out
