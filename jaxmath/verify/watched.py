"""A domain that evaluates in a field and bounds degrees on the way."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify.degree import Deg, NoBound
from jaxmath.verify.maxima import folded
from jaxmath.verify.num import Num, Sampled, Share
from jaxmath.verify.watched_functions import SET_HEIGHT, Watched, WatchedFunctions


def plain(value: Any) -> Any:
    """A value without its bounds."""
    return value.num if isinstance(value, Watched) else value


class Watch(WatchedFunctions):
    """Field operations on watched values. Whatever no theorem covers raises `NoBound`."""

    # Order.

    def maximum(self, x: Watched, y: Watched) -> Watched:
        """The larger of x and y."""
        a, b = self.field.align(x.num, y.num)
        decided = self.field.larger_by_sign(a, b)
        if decided is not None:
            source = x if decided.c is a.c else y
            if decided is source.num:
                return source
            return Watched(decided, dataclasses.replace(source.deg, shape=decided.shape))
        num = self.field.maximum(x.num, y.num)
        joined = self.degrees.join([self._fresh_max(num.shape, x), x.deg, y.deg], num.shape)
        return Watched(num, dataclasses.replace(joined, shape=num.shape))

    def _fresh_max(self, shape: tuple[int, ...], x: Watched) -> Deg:
        self.degrees.argument("max", x.deg)
        return self.degrees.unknown(shape)

    def minimum(self, x: Watched, y: Watched) -> Watched:
        """The smaller of x and y."""
        return self.neg(self.maximum(self.neg(x), self.neg(y)))

    def reduce_max(self, x: Watched, axes: tuple[int, ...]) -> Watched:
        """The largest entry along axes."""
        num = self.field.reduce_max(x.num, axes)
        alone = x.deg.scattered(num.shape)
        return self._kept(num, self.degrees.join([self._fresh_max(num.shape, x), alone], num.shape))

    def reduce_min(self, x: Watched, axes: tuple[int, ...]) -> Watched:
        """The smallest entry along axes."""
        return self.neg(self.reduce_max(self.neg(x), axes))

    def max_weight(self, x: Watched) -> Watched:
        """The weights of a set, a sum of fresh variables."""
        self.degrees.argument("max weight", x.deg)
        return Watched(self.field.max_weight(x.num), Deg(x.shape, Fraction(1), SET_HEIGHT, core=True))

    def finite_part(self, x: Watched, where_finite: Watched) -> Watched:
        """x, and zero where another array is infinite."""
        return self._kept(self.field.finite_part(x.num, where_finite.num), x.deg)

    def nonnegative(self, x: Watched) -> Watched:
        """x, known from elsewhere to be zero or more."""
        return Watched(self.field.nonnegative(x.num), x.deg)

    def align(self, x: Watched, y: Watched) -> tuple[Watched, Watched]:
        """Both with the same rank."""
        a, b = self.field.align(x.num, y.num)
        return Watched(a, dataclasses.replace(x.deg, shape=a.shape)), Watched(
            b, dataclasses.replace(y.deg, shape=b.shape)
        )

    def takes_free_maximum(self, x: Watched, y: Watched) -> bool:
        """As the field has it."""
        return self.field.takes_free_maximum(x.num, y.num)

    def larger_by_sign(self, x: Watched, y: Watched) -> Watched | None:
        """The larger one where signs alone decide."""
        found = self.field.larger_by_sign(x.num, y.num)
        if found is None:
            return None
        return Watched(found, (x if found.c is x.num.c else y).deg)

    def compare(self, op: str, x: Watched, y: Watched) -> Any:
        """A comparison."""
        out = self.field.compare(op, x.num, x.num if x is y else y.num)
        if isinstance(out, Sampled):
            raise NoBound("a comparison of unknowns")
        return self._shared(out, x, y) if isinstance(out, Share) else out

    def _shared(self, out: Share, x: Watched, y: Watched) -> Share:
        """A share whose slope is bounded: a quotient of sums of fresh variables."""
        slope = self.div(self.max_weight(x), self.max_weight(y))
        return dataclasses.replace(out, slope=Watched(out.slope, slope.deg))  # type: ignore[arg-type]

    def is_finite(self, x: Watched) -> Any:
        """Whether entries are finite."""
        return self.field.is_finite(x.num)

    def absolute(self, x: Watched) -> Watched:
        """|x|, of what is known not to be negative."""
        num = self.field.absolute(x.num)
        return x if num is x.num else Watched(num, x.deg)

    def sign(self, x: Watched) -> Watched:
        """The sign, where it is known."""
        num = self.field.sign(x.num)
        return self._constant(num) if num.coef is not None else Watched(num, Deg(num.shape))

    def select(self, which: Any, when_false: Watched, when_true: Watched) -> Watched:
        """A choice."""
        if isinstance(which, Sampled):
            raise NoBound("a choice that depends on the order of unknowns")
        if isinstance(which, Share):
            return self._mixed(which, when_false, when_true)
        num = self.field.select(which, when_false.num, when_true.num)
        for case in (when_true, when_false):
            if num is case.num:
                return case
        return self._kept(num, self.degrees.join([when_true.deg, when_false.deg], num.shape))

    def moved_share(self, share: Any, move: Any) -> Any:
        """A share with its entries moved."""
        return dataclasses.replace(share, slope=self.moved(share.slope, move))

    def lift_share(self, share: Any) -> Watched:
        """A share as a real."""
        return share.slope

    def _mixed(self, share: Share, when_false: Watched, when_true: Watched) -> Watched:
        slope: Any = share.slope
        inner = dataclasses.replace(share, slope=slope.num)
        step = self.degrees.add(when_true.deg, self.degrees.neg(when_false.deg))
        deg = self.degrees.add(when_false.deg, self.degrees.mul(slope.deg, step))
        return self._kept(self.field.select(inner, when_false.num, when_true.num), deg)

    def constant_of(self, x: Watched) -> Watched:
        """x itself."""
        return x

    # Linear maps and moves.

    def reduce_sum(self, x: Watched, axes: tuple[int, ...]) -> Watched:
        """Sum over axes."""
        num = self.field.reduce_sum(x.num, axes)
        return self._kept(num, self.degrees.reduce_sum(x.deg, axes)) if axes else x

    def reduce_prod(self, x: Watched, axes: tuple[int, ...]) -> Watched:
        """Product over axes."""
        return folded(self, x, axes, self.mul)

    def cumsum(self, x: Watched, axis: int, reverse: bool) -> Watched:
        """Running sums, each bounded by the whole."""
        x = self.materialise(x)
        whole = self.degrees.reduce_sum(x.deg, [axis])
        return self._kept(self.field.cumsum(x.num, axis, reverse), whole.scattered(x.shape))

    def running(self, x: Watched, axis: int, reverse: bool, join: Any) -> Watched:
        """Running joins."""
        raise NoBound("running maxima or products")

    def dot(self, x: Watched, y: Watched, dims: Any) -> Watched:
        """A contraction."""
        x, y = self.materialise(x), self.materialise(y)
        linear = (self._values(x), self._values(y))
        return self._kept(self.field.dot(x.num, y.num, dims), self.degrees.dot(x.deg, y.deg, dims, linear))

    def moved(self, x: Watched, move: Callable[[Any], Any]) -> Watched:
        """Entries moved; axes are followed by moving an array whose entries tell their places."""
        num = self.field.moved(x.num, move)
        source = x.made
        made = None if source is None else lambda: source().each(lambda n: self.moved(n, move))
        return Watched(num, x.deg.aligned(num.shape, _followed(x.shape, num.shape, move)), made)

    def _joined(self, num: Num, xs: Sequence[Watched]) -> Watched:
        return self._kept(num, self.degrees.join([x.deg.scattered(num.shape) for x in xs], num.shape))

    def concatenate(self, xs: Sequence[Watched], axis: int) -> Watched:
        """Arrays one after another."""
        num = self.field.concatenate([x.num for x in xs], axis)
        kept = [x.deg.aligned(num.shape, lambda a: None if a == axis else a) for x in xs]
        return self._kept(num, self.degrees.join(kept, num.shape))

    def assemble(self, xs: Sequence[Watched], places: Any) -> Watched:
        """Entries named by their places."""
        return self._joined(self.field.assemble([x.num for x in xs], places), xs)

    def scatter_add(self, x: Watched, updates: Watched, places: Any) -> Watched:
        """x with updates added; a place may receive all of them."""
        num = self.field.scatter_add(x.num, updates.num, places)
        flat = dataclasses.replace(updates.deg.scattered((places.size,)), shape=(places.size,))
        added = dataclasses.replace(self.degrees.reduce_sum(flat, [0]).scattered(num.shape), shape=num.shape)
        return self._kept(num, self.degrees.add(x.deg.scattered(num.shape), added))


def _followed(
    before: tuple[int, ...], after: tuple[int, ...], move: Callable[[Any], Any]
) -> Callable[[int], int | None]:
    """Where each axis goes: found by moving the index along it and looking along which axis it varies."""

    @functools.cache
    def place(axis: int) -> int | None:
        line = np.arange(before[axis]).reshape([-1 if i == axis else 1 for i in range(len(before))])
        moved = move(np.broadcast_to(line, (1, *before)))[0]
        varying = [i for i in range(moved.ndim) if np.any(moved != moved.take([0], axis=i))]
        if len(varying) != 1:
            return None
        # Only an axis that keeps its order still names the same factors.
        order = np.arange(moved.shape[varying[0]]).reshape(
            [-1 if i == varying[0] else 1 for i in range(moved.ndim)]
        )
        return varying[0] if np.array_equal(np.broadcast_to(order, moved.shape), moved) else None

    return place
