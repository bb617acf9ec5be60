"""Random real points in float64: where the sides differ by more than rounding, there is a witness."""

import dataclasses
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from jaxmath.verify import constants, ladder
from jaxmath.verify.confirm import is_spurious
from jaxmath.verify.num import Sampled, Stuck
from jaxmath.verify.problem import Leaf, Problem
from jaxmath.verify.real import Float, Reals
from jaxmath.verify.verdict import Witness

POINTS = 8
WIDE_TOLERANCE = 1e-9
NARROW_TOLERANCE = 2.0**-21
_FLOOR = 1e-12
# Rounding may move the sides by this share of their difference, or the difference is rounding itself.
_SHARE = 0.02
# Entries that differ in floats, of which one has to differ over balls too.
_CANDIDATES = 8
_DRAWS = ((1.0, False), (1.0, True), (1e-3, False), (0.1, True), (6.0, False))


class Sampler(Reals):
    """Reals whose unknowns are drawn at a scale; `positive` draws them above zero.

    With `read` set, constants are what they stand for: those of a trace in float32 were rounded there;
    `rounded` tells whether one was met of which that is not known.
    """

    def __init__(self, seed: int, scale: float, positive: bool, points: int, dtype: Any = np.float64) -> None:
        """Points for one seed, scale and sign; the same points in every floating type."""
        super().__init__(points, dtype)
        self.seed, self.scale, self.positive = seed, scale, positive
        self.drawn: dict[str, np.ndarray] = {}
        self.read = self.rounded = False

    def lift(self, value: Any) -> Float:
        """A constant."""
        if not self.read:
            return super().lift(value)
        value, certain = constants.as_read(np.asarray(value, np.float64))
        self.rounded |= not certain
        return super().lift(value)

    def widened(self) -> "Sampler":
        """The same points in the widest floating type of the machine."""
        wide = Sampler(self.seed, self.scale, self.positive, self.points, np.longdouble)
        wide.read = self.read
        return wide

    def unknown(self, name: str, shape: tuple[int, ...]) -> Float:
        """Random reals, the same for the same seed and name."""
        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        a = rng.normal(size=(self.points, *shape)) * self.scale
        self.drawn[name] = np.abs(a) + 0.1 * self.scale if self.positive else a
        return Float(self.drawn[name].astype(self.dtype))


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What floating point says.

    Attributes:
      witness: a point where the sides differ, if one was found.
      difference: the largest relative difference seen, where both sides were finite.
      compared: whether any entry had a value on both sides.
      evaluated: whether the sides could be evaluated in floating point at all.
    """

    witness: Witness | None
    difference: float
    compared: bool
    evaluated: bool = True


def glance(problem: Problem, seed: int) -> Outcome:
    """Looks at two points, and at others of other scales and signs while nothing was defined."""
    draws = [*((*draw, 2) for draw in _DRAWS), (1.0, False, 128)]
    return _search(problem, (Sampler(seed, *draw) for draw in draws), first=True)


def look(problem: Problem, seed: int) -> Outcome:
    """Evaluates both sides in float64 at points of several scales and looks for a difference."""
    return _search(problem, (Sampler(seed, s, p, POINTS) for s, p in _DRAWS), first=False)


def _search(problem: Problem, samplers: Iterator[Sampler], first: bool) -> Outcome:
    wide = traces_wide(problem)
    largest, compared, evaluated = 0.0, False, False
    for sampler in samplers:
        sampler.read = not wide
        try:
            leaves = _evaluated(problem, sampler, wide)
        except (Stuck, KeyError, FloatingPointError):
            continue
        evaluated = True
        witness, difference, seen = _held(problem, sampler, wide, leaves)
        largest, compared = max(largest, difference), compared or seen
        if witness is not None or (first and compared):
            break
    else:
        witness = None
    return Outcome(witness, largest, compared, evaluated)


def traces_wide(problem: Problem) -> bool:
    """Whether the functions can be traced in float64 and are the same there.

    Kernels that insist on a dtype cannot, and random bits differ.
    """
    try:
        problem.traced(True)
    except Exception:
        return False
    return not ladder.draws(problem.programs())


def _held(
    problem: Problem, sampler: Sampler, wide: bool, leaves: list[Leaf]
) -> tuple[Witness | None, float, bool]:
    """The sides held against each other: a witness, the largest difference, whether anything had a value."""
    tolerance = NARROW_TOLERANCE if sampler.rounded else WIDE_TOLERANCE
    largest, compared = 0.0, False
    for n, leaf in enumerate(leaves):
        a, b = np.broadcast_arrays(_array(leaf.left), _array(leaf.right))
        gap, relative, both = _gaps(a, b, tolerance if sampler.rounded else _FLOOR)
        compared |= bool((both | (a == b)).any())
        differs = relative > tolerance
        if differs.any():
            differs &= _persists(problem, sampler, wide, n, (a, b, gap))
        if sampler.scale <= 1.0:
            # An infinity against a number, where nothing is large enough to overflow.
            differs |= (np.isinf(a) | np.isinf(b)) & (a != b) & ~np.isnan(a) & ~np.isnan(b)
            compared |= bool(differs.any())
        largest = max(
            largest, float(np.where(differs | (relative <= tolerance), relative, 0.0).max(initial=0.0))
        )
        for at in np.argwhere(differs)[:_CANDIDATES]:
            if not (wide and _is_spurious(problem, sampler, n, at, a, b)):
                return _witness(sampler, leaf, at, a, b), largest, True
    return None, largest, compared


def _evaluated(problem: Problem, sampler: Sampler, wide: bool) -> list[Leaf]:
    with np.errstate(all="ignore"):
        return problem.evaluate(sampler, wide)[0]


def _gaps(a: np.ndarray, b: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Absolute and relative differences, and where both sides are finite.

    Differences below a share of the largest entry do not count: where constants were rounded, an
    entry is off by that much, however small it is itself.
    """
    both = np.isfinite(a) & np.isfinite(b)
    scale = np.maximum(np.abs(a), np.abs(b))
    axes = tuple(range(1, a.ndim))
    floor = share * np.max(np.where(both, scale, 0.0), axis=axes, keepdims=True, initial=0.0)
    with np.errstate(all="ignore"):
        gap = np.where(both, np.abs(a - b), 0.0)
        return gap, np.where(gap > floor, gap / scale, 0.0), both


def _persists(
    problem: Problem, sampler: Sampler, wide: bool, n: int, seen: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> np.ndarray:
    """Where both sides keep their values in a wider floating type: their difference is no rounding."""
    leaf = _evaluated(problem, sampler.widened(), wide)[n]
    left, right, gap = seen
    a, b = np.broadcast_arrays(_array(leaf.left), _array(leaf.right))
    with np.errstate(all="ignore"):
        return np.abs(a - left) + np.abs(b - right) < _SHARE * gap


def _is_spurious(
    problem: Problem, sampler: Sampler, leaf: int, at: np.ndarray, a: np.ndarray, b: np.ndarray
) -> bool:
    """Whether a side that is zero or infinite is so in floats only."""
    pair = [float(side[tuple(at)]) for side in (a, b)]
    if all(np.isfinite(x) and x != 0 for x in pair):
        return False
    inputs = {name: np.asarray(v[at[0] % len(v)]) for name, v in sampler.drawn.items()}
    return is_spurious(problem, inputs, leaf, tuple(map(int, at[1:])))


def _array(value: Any) -> np.ndarray:
    if isinstance(value, Float):
        return value.a
    return np.asarray(value.a if isinstance(value, Sampled) else np.asarray(value)[None], np.float64)


def _witness(sampler: Sampler, leaf: Leaf, at: np.ndarray, a: np.ndarray, b: np.ndarray) -> Witness:
    inputs = tuple((name, v[at[0] % len(v)].tolist()) for name, v in sampler.drawn.items())
    left, right = (float(side[tuple(at)]) for side in (a, b))
    return Witness(inputs=inputs, output=leaf.place(list(at[1:])), left=left, right=right)
