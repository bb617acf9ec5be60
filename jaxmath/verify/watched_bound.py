"""What the Schwartz-Zippel lemma makes of watched degrees."""

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import primes
from jaxmath.verify.degree import Deg, NoBound
from jaxmath.verify.watched import Watch, Watched


@dataclasses.dataclass(frozen=True)
class Bound:
    """What Schwartz and Zippel say about one evaluation.

    Attributes:
      at_point: probability that a false identity holds, or two arguments collide, at one point.
      events: how many of these there are.
    """

    at_point: float
    events: float

    def after(self, points: int) -> float:
        """Probability of a false proof after so many independent points."""
        return self.events * self.at_point**points if self.at_point < 1.0 else 1.0

    def points(self, failure: float, least: int, most: int) -> int | None:
        """The fewest points that bring the probability below `failure`."""
        return next((n for n in range(least, most + 1) if self.after(n) <= failure), None)


def bound(watch: Watch, pairs: Sequence[tuple[Any, Any]]) -> Bound:
    """The bound for the sides that a watched evaluation gave.

    A false proof needs that the difference of two entries vanishes at every point, or that two
    different arguments of an arbitrary function agree at every point. A nonzero polynomial of degree
    D with integer coefficients of sum 2**h vanishes at a random point modulo a random prime with
    probability at most D / q + h / (n log2 p): the first part is the Schwartz-Zippel lemma (q values
    for each variable), the second counts the primes that divide all coefficients.
    """
    if watch.field.branches:
        raise NoBound("comparisons of unknowns")
    if watch.field.decided:
        # An equality that was itself found at random points: its chance of error is not in the sum below.
        raise NoBound("an order that rests on an equality of values")
    degrees, worst, entries = watch.degrees, (Fraction(0), 0.0), 0
    for left, right in pairs:
        x, y = (v if isinstance(v, Watched) else watch.lift(np.asarray(v, np.float64)) for v in (left, right))
        degree, height = _last_difference(watch, x.deg, y.deg)
        worst = max(worst[0], degree), max(worst[1], height)
        # Formal logarithms are compared in two ways.
        entries += 2 * int(np.prod(np.broadcast_shapes(x.shape, y.shape)))
    events = float(entries)
    for count, degree, height in degrees.families.values():
        worst = max(worst[0], degree), max(worst[1], height)
        events += count * count
    least = primes.TURN[2] if degrees.turns else 2 ** (30 - 1)
    pool = primes.POOL[2] * 30
    height = worst[1] * 2.0**degrees.roots
    return Bound(float(worst[0] * degrees.exponent_scale) / least + height / pool, events)


def _last_difference(watch: Watch, x: Deg, y: Deg) -> tuple[Fraction, float]:
    """Degree and height of what is compared in the end: values, or exponentials of formal logarithms."""
    degrees = watch.degrees
    values = [n if n.log is None else watch.valued(n) for n in (x, y)]
    out = degrees.add(values[0], degrees.neg(values[1]))
    if x.log is None and y.log is None:
        return out.degree, out.height
    bases = [dataclasses.replace(n, log=None) for n in (x, y)]
    grown = degrees.exp(degrees.add(bases[0], degrees.neg(bases[1])))
    for log in (x.log, y.log):
        if log is not None:
            grown = degrees.mul(grown, log)
    below = degrees.total(grown.den)
    return max(out.degree, grown.degree + below[0]), max(out.height, grown.height + below[1] + 1.0)
