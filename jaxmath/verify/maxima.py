"""Maxima of unknown reals (mixed into `Field`).

In the model with free maxima, the maximum of a set is an arbitrary value M
that belongs to the set, and its slope along each member a is c(a) / C, where
c(a) is an arbitrary weight and C the sum of the weights. The real maximum is
the limit in which one weight outgrows the others, so what holds for arbitrary
M and c holds for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.base import Base
from jaxmath.verify.num import BAD, CORE, HUGE, INF, MAX_SET, MAX_SIZE, Array, E, Num, Share, weight_of


class Maxima(Base):
    """The larger of two values, and the largest of many."""

    def maximum(self, x: Num, y: Num) -> Num:
        """The larger of x and y."""
        x, y = self.align(x, y)
        decided = self.larger_by_sign(x, y)
        if decided is not None:
            return decided
        if self.takes_free_maximum(x, y):
            return self._free_maximum(self.materialise(x), self.materialise(y))
        return self._numbered(self.select(self.compare("ge", x, y), y, x), x, y)

    def takes_free_maximum(self, x: Num, y: Num) -> bool:
        """Whether the maximum of these two is an arbitrary function in the model."""
        return self.model.maxima == "free" or (self.model.maxima == "mixed" and not (x.const or y.const))

    def minimum(self, x: Num, y: Num) -> Num:
        """The smaller of x and y."""
        return self.neg(self.maximum(self.neg(x), self.neg(y)))

    def larger_by_sign(self, x: Num, y: Num) -> Num | None:
        """The larger one where the signs alone, or infinities alone, decide."""
        if x is y:
            return x
        for a, b in ((x, y), (y, x)):
            if _is_all_infinite(self, a, -1):
                return self._numbered(self._spread_to(b, a.shape), a, b)
            below = b.coef is not None and b.coef.rational <= 0 and not b.coef.logs
            if below and INF not in a.c and (a.sign or self.is_spread(a)):
                return self.nonnegative(a)
        return None

    def _spread_to(self, x: Num, shape: tuple[int, ...]) -> Num:
        shape = np.broadcast_shapes(x.shape, shape)
        return x if x.shape == shape else x.moved(lambda a: self.xp.broadcast_to(a, (len(a), *shape)))

    def _numbered(self, out: Num, x: Num, y: Num) -> Num:
        """The larger of x and y; which finite constant it is stays known only where both are the same one."""
        if HUGE not in out.c or any(n.values is not None and (n.values == -np.inf).all() for n in (x, y)):
            return out
        a, b = (self.component(n, HUGE) for n in (x, y))
        unknown = (self.component(x, INF) != 0) & (self.component(y, INF) != 0) & (a != b)
        return out.with_c(c={**out.c, HUGE: self.xp.where(unknown, 0, out.c[HUGE])})

    def _free_maximum(self, x: Num, y: Num) -> Num:
        (word, size), (other, count) = self._members(x), self._members(y)
        same = (word == other) & (size == count)
        total = self.xp.where(same, word, word + other)
        joined = self.xp.where(same, size, size + count)
        out = self.fresh(total, "max")
        for n, members in ((x, size), (y, count)):
            out = self._where((joined == 1) & (members == 1), self._only_value(n), out)
        weights = {}
        for level in out.levels:
            a, b = self._weight(x, level), self._weight(y, level)
            both = ring.add(self.xp, self.modulus(level, max(a.ndim, b.ndim) - 1), a, b)
            weights[weight_of(level)] = self.xp.where(same, a, both)
        bad = {key: self.some(a) for key, a in self.either(x, y, BAD, self.xp.logical_or).items()}
        if HUGE in x.c and HUGE in y.c:
            bad[HUGE] = self.xp.where(x.c[HUGE] == y.c[HUGE], x.c[HUGE], 0)
        infinite = self.either(x, y, INF, self.xp.maximum).get(INF)
        return self._maximum(out, total, joined, weights, bad, infinite)

    def _maximum(
        self,
        out: Num,
        word: Array,
        size: Array,
        weights: dict[Any, Array],
        bad: dict[Any, Array],
        infinite: Array | None,
    ) -> Num:
        """The maximum of a set: `infinite` is the greatest of its members' signs of infinity."""
        masks = {**bad, MAX_SET: word, MAX_SIZE: size, **weights}
        if infinite is not None:
            low = self.xp.where(size == 0, np.int8(-1), np.int8(0))
            masks[INF] = self.xp.where(self.some(infinite > 0), np.int8(1), low)
        if HUGE in masks:
            masks[HUGE] = self.xp.where(size == 0, masks[HUGE], 0)
        return self.tidy(out.with_c(c={**out.c, **masks}))

    def _members(self, x: Num) -> tuple[Array, Array]:
        word, size = self.component(x, MAX_SET), self.component(x, MAX_SIZE)
        if INF not in x.c:
            return word, size
        finite = self.every(x.c[INF] == 0)
        return self.xp.where(finite, word, np.uint64(0)), self.xp.where(finite, size, 0).astype(np.int32)

    def _weight(self, x: Num, level: int) -> Array:
        weight = self.component(x, weight_of(level))
        if INF not in x.c:
            return weight
        return self.xp.where(self.every(x.c[INF] == 0), weight, np.uint64(0))

    def max_weight(self, x: Num) -> Num:
        """The sum of the weights of the members of the set of which x is the maximum."""
        return Num({level: self._weight(x, level) for level in x.levels}, sign=1 if INF in x.c else 2)

    def own_weight(self, x: Num, level: int) -> Array:
        """The weight of x as a member of sets."""
        return self._random(self.identity(x), "max weight", level)

    def _only_value(self, x: Num) -> Num:
        return Num({k: a for k, a in x.c.items() if k in (*x.levels, CORE, E)})

    def reduce_max(self, x: Num, axes: tuple[int, ...]) -> Num:
        """The largest entry along axes."""
        if not self.model.free_maxima:
            return self._folded(x, axes, self.maximum)
        x = self.materialise(x)
        word, size = self._members(x)
        over = tuple(a + 1 for a in axes)
        total = self.xp.sum(word, axis=over, dtype=np.uint64)
        count = self.xp.sum(size, axis=over, dtype=np.int32)
        out = self._where(count == 1, self._first_finite(x, over, size), self.fresh(total, "max"))
        ndim = x.ndim - len(axes)
        weights = {
            weight_of(i): ring.total(self.xp, self.modulus(i, ndim), self._weight(x, i), over)
            for i in out.levels
        }
        bad = {BAD: self.some(x.c[BAD].any(axis=over))} if BAD in x.c else {}
        if HUGE in x.c:
            least, most = x.c[HUGE].min(axis=over), x.c[HUGE].max(axis=over)
            bad[HUGE] = self.xp.where(least == most, most, 0)
        return self._maximum(out, total, count, weights, bad, x.c[INF].max(axis=over) if INF in x.c else None)

    def _first_finite(self, x: Num, over: tuple[int, ...], size: Array) -> Num:
        """The sum of the finite entries' components: the entry itself where there is only one."""
        ndim = x.ndim - len(over)
        masked = {k: self.xp.where(size == 1, a, np.uint64(0)) for k, a in self._only_value(x).c.items()}
        return Num({k: ring.total(self.xp, self.modulus_of(k, ndim), a, over) for k, a in masked.items()})

    def reduce_min(self, x: Num, axes: tuple[int, ...]) -> Num:
        """The smallest entry along axes."""
        return self.neg(self.reduce_max(self.neg(x), axes))

    def _folded(self, x: Num, axes: tuple[int, ...], join: Callable[[Num, Num], Num]) -> Num:
        return folded(self, x, axes, join)

    # Shares: `x == max(...)` is the slope of the maximum along x.

    def share(self, x: Num, y: Num) -> Share:
        """The slope along one side of the maximum that the other side is."""
        member, whole = (x, y) if weight_of(y.levels[-1]) in y.c else (y, x)
        slope = self.div(self.max_weight(member), self.max_weight(whole))
        return Share(slope, frozenset({_names(self, member)}), _names(self, whole))

    def moved_share(self, share: Share, move: Any) -> Share:
        """A share with its entries moved."""
        return dataclasses.replace(share, slope=self.moved(share.slope, move))

    def lift_share(self, share: Share) -> Num:
        """A share as a real."""
        return share.slope

    def mixed(self, share: Share, when_false: Num, when_true: Num) -> Num:
        """when_false + slope (when_true - when_false)."""
        out = self.add(when_false, self.mul(share.slope, self.sub(when_true, when_false)))
        return out.with_c(tie=(share, when_false.coef, when_true.coef))

    def untied(self, x: Num, y: Num) -> Num | None:
        """x where x / y is JAX's slope of a maximum of two: y is 2 in a tie of theirs, and 1 otherwise."""
        if x.tie is None or y.tie is None or x.tie[0].whole != y.tie[0].whole:
            return None
        if x.tie[0].member == y.tie[0].member:
            return None
        ends = [None if c is None else c.integer for c in (*x.tie[1:], *y.tie[1:])]
        return x if ends == [0, 1, 1, 2] else None


def _names(field: Any, x: Num) -> int:
    return int(np.bitwise_xor.reduce(ring.mix(np, field.component(x, MAX_SET)), axis=None))


def folded(domain: Any, x: Any, axes: tuple[int, ...], join: Callable[[Any, Any], Any]) -> Any:
    """Entries along axes joined one after another."""
    for axis in sorted(axes, reverse=True):
        cut = [
            domain.moved(x, lambda a, i=i, axis=axis: a.take(i, axis=axis + 1)) for i in range(x.shape[axis])
        ]
        x = cut[0]
        for part in cut[1:]:
            x = join(x, part)
    return x


def _is_all_infinite(field: Any, x: Num, direction: int) -> bool:
    return INF in x.c and field.xp is np and bool((x.c[INF] == direction).all())
