"""Whether one function stays below another on a whole box: branch and bound over balls.

On a box every value is enclosed twice: by evaluating it on the box, and by the mean value theorem
from the midpoint, with slopes over the box. A box on which the gap cannot be negative is
done; any other is halved. A midpoint at which the gap is certainly negative is a counterexample.
"""

import dataclasses
import heapq
import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from flint import arb

from jaxmath.verify.ball import Array, Balls, evaluate, objects
from jaxmath.verify.ball_dual import Dual, slopes, value
from jaxmath.verify.ball_tape import Tape
from jaxmath.verify.trace import Trace
from jaxmath.verify.verdict import Verdict

Point = tuple[float, ...]
POINT_BITS = 128
BOX_BITS = 64


@dataclasses.dataclass(frozen=True)
class Box:
    """A product of closed intervals with floating ends.

    Attributes:
      lows: the lower ends.
      highs: the upper ends.
    """

    lows: Point
    highs: Point

    @property
    def middle(self) -> Point:
        """A point near the midpoint, exact in floating point."""
        return tuple(low + (high - low) / 2 for low, high in zip(self.lows, self.highs, strict=True))

    @property
    def widths(self) -> Point:
        """The lengths of the intervals, rounded."""
        return tuple(high - low for low, high in zip(self.lows, self.highs, strict=True))

    def halves(self, axis: int) -> tuple["Box", "Box"]:
        """Both halves along an axis."""
        middle = self.middle[axis]
        return self._with(highs=_at(self.highs, axis, middle)), self._with(lows=_at(self.lows, axis, middle))

    def _with(self, **ends: Point) -> "Box":
        return dataclasses.replace(self, **ends)

    def balls(self) -> list[Any]:
        """One ball around each interval, a hair larger: a radius has thirty bits."""
        return [arb(low).union(arb(high)) for low, high in zip(self.lows, self.highs, strict=True)]


def _at(point: Point, axis: int, coordinate: float) -> Point:
    return (*point[:axis], coordinate, *point[axis + 1 :])


@dataclasses.dataclass(frozen=True)
class Found:
    """How a search ended.

    Attributes:
      verdict: `certified`, `refuted` or `unknown`.
      boxes: how many boxes were evaluated.
      point: a counterexample, if refuted.
      box: the narrowest box left over, if unknown.
      notes: what was taken for granted.
    """

    verdict: Verdict
    boxes: int
    point: Point | None = None
    box: Box | None = None
    notes: tuple[str, ...] = ()


class Inequality:
    """The question whether left <= right + slack, for a traced function that returns (left, right)."""

    def __init__(self, program: Trace, slack: float = 0.0) -> None:
        """Records the function on a tape.

        Raises:
          NoEnclosure: if it has a primitive without a rule, or a branch that depends on its arguments.
        """
        self.slack = arb(slack)
        self.tape = Tape()
        walk = Balls()
        outs = evaluate(program, _unknowns(program, self.tape), BOX_BITS, walk)
        self.notes = tuple(walk.notes)
        paths = [
            jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(program.out[0])
        ]
        sides = zip(outs[: len(paths)], outs[len(paths) :], strict=True)
        pairs = [np.broadcast_arrays(*pair) for pair in sides]
        named = zip(paths, pairs, strict=True)
        self.labels = [_label(path, n) for path, pair in named for n in np.ndindex(*pair[0].shape)]
        entries = [entry for pair in pairs for entry in zip(pair[0].flat, pair[1].flat, strict=True)]
        self._sides = [tuple(self.tape.place(self.tape.form(x)) for x in entry) for entry in entries]
        self._all = self.tape.needed(place for pair in self._sides for place in pair)
        self._gaps = [self.tape.place(self.tape.form(r) - ll + self.slack) for ll, r in entries]

        self._path = self.tape.needed(self._gaps)

    def at(self, point: Point) -> list[tuple[Any, Any]]:
        """Both sides at a point, entry by entry."""
        env = self.tape.run([arb(x) for x in point], POINT_BITS, self._all)
        return [(env[p], env[q]) for p, q in self._sides]

    def gaps(self, point: Point) -> list[Any]:
        """How far right + slack is above left at a point."""
        env = self.tape.run([arb(x) for x in point], POINT_BITS, self._path)
        return [env[p] for p in self._gaps]

    def fails_at(self, point: Point) -> bool:
        """Whether the inequality is certainly false at a point."""
        return any(gap < 0 for gap in self.gaps(point))

    def examine(self, box: Box) -> "Examined":
        """What is known of the gap on a box."""
        count = len(box.lows)
        zero, one = arb(0), arb(1)
        duals = [Dual(b, (zero,) * i + (one,) + (zero,) * (count - 1 - i)) for i, b in enumerate(box.balls())]
        middle = self.tape.run([arb(x) for x in box.middle], BOX_BITS, self._path)
        env = self.tape.run(duals, BOX_BITS, self._path, around=middle)
        least, worst = min((_floor(value(env[p])), p) for p in self._gaps)
        fails = least < 0 and any(middle[p] < 0 for p in self._gaps) and self.fails_at(box.middle)
        return Examined(box, least, _steepest(box, slopes(env[worst], count)), fails)

    def search(self, box: Box, points: Sequence[Point], budget: int) -> Found:
        """Looks at the points, then at the box and at ever smaller parts of it."""
        failed = next((p for p in points if self.fails_at(p)), None)
        if failed is not None:
            return self._found("refuted", 0, point=failed)
        heap: list[tuple[float, int, Examined]] = []
        count, waiting = 0, itertools.count()
        fresh: Sequence[Box] = (box,)
        while True:
            for part in fresh:
                count += 1
                seen = self.examine(part)
                if seen.fails:
                    return self._found("refuted", count, point=part.middle)
                if not seen.low >= 0:
                    heapq.heappush(heap, (seen.low, next(waiting), seen))
            if not heap:
                return self._found("certified", count)
            worst = heap[0][-1]
            if count + 2 > budget or not worst.splits:
                return self._found("unknown", count, box=_narrowest(heap))
            fresh = heapq.heappop(heap)[-1].box.halves(worst.axis)

    def _found(self, verdict: Verdict, boxes: int, **more: Any) -> Found:
        return Found(verdict, boxes, notes=self.notes, **more)


@dataclasses.dataclass(frozen=True)
class Examined:
    """What is known of the gap on a box.

    Attributes:
      box: the box.
      low: a lower bound.
      axis: along which axis to halve it.
      fails: whether the inequality is certainly false at the midpoint.
    """

    box: Box
    low: float
    axis: int
    fails: bool

    @property
    def splits(self) -> bool:
        """Whether there is a floating number between both ends."""
        return self.box.lows[self.axis] < self.box.middle[self.axis] < self.box.highs[self.axis]


def _label(path: str, place: tuple[int, ...]) -> str:
    return path + (str(list(place)) if place else "")


def _unknowns(program: Trace, tape: Tape) -> list[Array]:
    pairs = zip(program.avals, program.given, strict=True)
    return [objects(_inputs(tape, spec.shape)) for spec, given in pairs if given is None]


def _inputs(tape: Tape, shape: tuple[int, ...]) -> Array:
    out = np.empty(shape, object)
    for place in np.ndindex(*shape):
        out[place] = tape.input()
    return out


def _floor(x: Any) -> float:
    """A float that is not above the ball."""
    if not x.is_finite():
        return -math.inf
    return math.nextafter(float(x.lower()), -math.inf) if not x >= 0 else max(0.0, float(x.lower()))


def _steepest(box: Box, slopes: Sequence[Any]) -> int:
    """The axis along which the gap varies most."""
    if not all(k.is_finite() for k in slopes):
        return _widest(box)
    return max(range(len(slopes)), key=lambda i: float(slopes[i].abs_upper()) * box.widths[i])


def _widest(box: Box) -> int:
    return int(np.argmax(box.widths))


def _narrowest(heap: Sequence[Any]) -> Box:
    return min((entry[-1].box for entry in heap), key=lambda box: (max(box.widths), box.lows))
