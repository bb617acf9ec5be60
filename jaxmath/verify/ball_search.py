"""Whether one function stays below another on a whole box: branch and bound over balls.

On a box the gap between both is enclosed twice: by evaluating it on the box, and by the mean value
theorem from its midpoint, with slopes over the box. A box on which the gap cannot be negative is
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
from flint import arb, ctx

from jaxmath.verify.ball import Array, Balls, Undecided, evaluate, objects
from jaxmath.verify.ball_dual import Dual, slopes, value
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
        """One ball around each interval."""
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
      stuck: the last reason for which a box could not be evaluated.
      notes: what was taken for granted.
    """

    verdict: Verdict
    boxes: int
    point: Point | None = None
    box: Box | None = None
    stuck: str = ""
    notes: tuple[str, ...] = ()


class Inequality:
    """The question whether left <= right + slack, for a traced function that returns (left, right)."""

    def __init__(self, program: Trace, slack: float = 0.0) -> None:
        """Keeps the traced function."""
        self.program = program
        self.slack = slack
        self.walk = Balls()
        self.stuck = ""
        self._shapes = [
            a.shape for a, given in zip(program.avals, program.given, strict=True) if given is None
        ]
        self._lefts = len(jax.tree.leaves(program.out[0]))

    def sides(self, entries: Sequence[Any], prec: int) -> tuple[Array, Array]:
        """Both sides, flattened, for balls or dual balls in place of all unknowns."""
        outs = evaluate(self.program, self._arranged(entries), prec, self.walk)
        pairs = zip(outs[: self._lefts], outs[self._lefts :], strict=True)
        spread = [np.broadcast_arrays(left, right) for left, right in pairs]
        left, right = (np.concatenate([pair[side].ravel() for pair in spread]) for side in (0, 1))
        return left, right

    def _arranged(self, entries: Sequence[Any]) -> list[Array]:
        sizes = [math.prod(shape) for shape in self._shapes]
        ends = list(itertools.accumulate(sizes))
        flat = np.empty(len(entries), object)
        flat[:] = list(entries)
        return [
            objects(flat[e - n : e].reshape(s)) for e, n, s in zip(ends, sizes, self._shapes, strict=True)
        ]

    def at(self, point: Point) -> tuple[Array, Array]:
        """Both sides at a point."""
        return self.sides([arb(x) for x in point], POINT_BITS)

    def gap(self, point: Point) -> list[Any] | None:
        """How far right is above left at a point, or None where that is undecided."""
        try:
            left, right = self.at(point)
        except Undecided as error:
            self.stuck = str(error)
            return None
        with ctx.workprec(POINT_BITS):
            return [r - ll + arb(self.slack) for ll, r in zip(left, right, strict=True)]

    def fails_at(self, point: Point) -> bool:
        """Whether the inequality is certainly false at a point."""
        gap = self.gap(point)
        return gap is not None and any(g < 0 for g in gap)

    def examine(self, box: Box) -> "Examined":
        """What is known of the gap on a box."""
        count = len(box.lows)
        zero, one = arb(0), arb(1)
        duals = [Dual(b, (zero,) * i + (one,) + (zero,) * (count - 1 - i)) for i, b in enumerate(box.balls())]
        try:
            left, right = self.sides(duals, BOX_BITS)
        except Undecided as error:
            self.stuck = str(error)
            return Examined(box, -math.inf, _widest(box), self.fails_at(box.middle))
        with ctx.workprec(BOX_BITS):
            gaps = [r - ll + arb(self.slack) for ll, r in zip(left, right, strict=True)]
        if all(value(g) >= 0 for g in gaps):
            return Examined(box, 0.0, 0, False)
        middle = self.gap(box.middle)
        fails = middle is not None and any(g < 0 for g in middle)
        with ctx.workprec(BOX_BITS):
            return Examined(box, *_bounded(box, gaps, middle), fails)

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
        return Found(verdict, boxes, notes=tuple(self.walk.notes), stuck=self.stuck, **more)


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


def _bounded(box: Box, gaps: Sequence[Any], middle: Sequence[Any] | None) -> tuple[float, int]:
    steps = [b - arb(m) for b, m in zip(box.balls(), box.middle, strict=True)]
    least, axis = math.inf, 0
    for i, gap in enumerate(gaps):
        moves = [k * step for k, step in zip(slopes(gap, len(steps)), steps, strict=True)]
        bound = _floor(value(gap))
        if middle is not None:
            bound = max(bound, _floor(sum(moves, middle[i])))
        if bound < least:
            least, axis = bound, _steepest(box, moves)
    return least, axis


def _floor(x: Any) -> float:
    """A float that is not above the ball."""
    if not x.is_finite():
        return -math.inf
    return math.nextafter(float(x.lower()), -math.inf) if not x >= 0 else max(0.0, float(x.lower()))


def _steepest(box: Box, moves: Sequence[Any]) -> int:
    if not all(m.is_finite() for m in moves):
        return _widest(box)
    return max(range(len(moves)), key=lambda i: float(moves[i].abs_upper()))


def _widest(box: Box) -> int:
    return int(np.argmax(box.widths))


def _narrowest(heap: Sequence[Any]) -> Box:
    return min((entry[-1].box for entry in heap), key=lambda box: (max(box.widths), box.lows))
