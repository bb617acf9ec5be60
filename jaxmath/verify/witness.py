"""Random real points in float64: where the sides differ by more than rounding, there is a witness."""

import dataclasses
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from jaxmath.verify.num import Sampled, Stuck
from jaxmath.verify.problem import Leaf, Problem
from jaxmath.verify.real import Float, Reals
from jaxmath.verify.verdict import Witness

POINTS = 8
WIDE_TOLERANCE = 1e-9
NARROW_TOLERANCE = 2.0**-21
_FLOOR = 1e-12


class Sampler(Reals):
    """Reals whose unknowns are drawn at a scale; `positive` draws them above zero."""

    def __init__(self, seed: int, scale: float, positive: bool) -> None:
        """Points for one seed, scale and sign."""
        super().__init__(POINTS)
        self.seed, self.scale, self.positive = seed, scale, positive
        self.drawn: dict[str, np.ndarray] = {}

    def unknown(self, name: str, shape: tuple[int, ...]) -> Float:
        """Random reals, the same for the same seed and name."""
        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        a = rng.normal(size=(self.points, *shape)) * self.scale
        self.drawn[name] = np.abs(a) + 0.1 * self.scale if self.positive else a
        return Float(self.drawn[name])


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What floating point says.

    Attributes:
      witness: a point where the sides differ, if one was found.
      difference: the largest relative difference seen, where both sides were finite.
      compared: whether any entry was finite on both sides.
    """

    witness: Witness | None
    difference: float
    compared: bool


def look(problem: Problem, seed: int) -> Outcome:
    """Evaluates both sides in float64 at points of several scales and looks for a difference."""
    largest, compared = 0.0, False
    for wide in (True, False):
        try:
            problem.traced(wide)
        except Exception:  # noqa: BLE001 -- whatever tracing in float64 raises, the narrow trace is the fallback
            if not wide:
                raise
            continue
        tolerance = WIDE_TOLERANCE if wide else NARROW_TOLERANCE
        for sampler in _samplers(seed):
            witness, difference, seen = _at(problem, sampler, wide, tolerance)
            largest, compared = max(largest, difference), compared or seen
            if witness is not None:
                return Outcome(witness, largest, True)
        if compared:
            break
    return Outcome(None, largest, compared)


def _samplers(seed: int) -> Iterator[Sampler]:
    for scale, positive in ((1.0, False), (1.0, True), (1e-3, False), (0.1, True), (6.0, False)):
        yield Sampler(seed, scale, positive)


def _at(problem: Problem, sampler: Sampler, wide: bool, tolerance: float) -> tuple[Witness | None, float, bool]:
    try:
        with np.errstate(all="ignore"):
            leaves, _ = problem.evaluate(sampler, wide)
    except (Stuck, KeyError, FloatingPointError):
        return None, 0.0, False
    largest, compared = 0.0, False
    for leaf in leaves:
        a, b = (_array(v) for v in (leaf.left, leaf.right))
        a, b = np.broadcast_arrays(a, b)
        both = np.isfinite(a) & np.isfinite(b)
        compared |= bool(both.any())
        scale = np.maximum(np.abs(a), np.abs(b))
        floor = _FLOOR * np.max(np.where(both, scale, 0.0), axis=tuple(range(1, a.ndim)), keepdims=True, initial=0.0)
        with np.errstate(all="ignore"):
            gap = np.where(both, np.abs(a - b), 0.0)
            relative = np.where(gap > floor, gap / scale, 0.0)
        largest = max(largest, float(relative.max(initial=0.0)))
        if (relative > tolerance).any():
            return _witness(sampler, leaf, a, b, relative > tolerance), largest, True
    return None, largest, compared


def _array(value: Any) -> np.ndarray:
    if isinstance(value, Float):
        return value.a
    return np.asarray(value.a if isinstance(value, Sampled) else np.asarray(value)[None], np.float64)


def _witness(sampler: Sampler, leaf: Leaf, a: np.ndarray, b: np.ndarray, differs: np.ndarray) -> Witness:
    point, *index = np.argwhere(differs)[0]
    inputs = tuple((name, v[point % len(v)].tolist()) for name, v in sampler.drawn.items())
    place = leaf.path + (str([int(i) for i in index]) if index else "")
    at = (point, *index)
    return Witness(inputs=inputs, output=place, left=float(a[at]), right=float(b[at]))
