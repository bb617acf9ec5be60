"""Comparisons and choices between unknown reals (mixed into `Field`)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.base import Base
from jaxmath.verify.num import (
    BAD,
    CORE,
    INF,
    Array,
    Coefficient,
    E,
    Num,
    Sampled,
    Share,
    Stuck,
    is_of_max,
)

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
}


class Order(Base):
    """What the engine knows of the order of the reals."""

    def nonnegative(self, x: Num) -> Num:
        """x, known from elsewhere to be zero or more."""
        return x.with_c(sign=max(x.sign, 1))

    def finite_part(self, x: Num, where_finite: Num) -> Num:
        """x, and zero where another array is infinite."""
        if INF not in where_finite.c:
            return x
        infinite = where_finite.c[INF] != 0
        c = {k: self.xp.where(infinite, self.xp.zeros_like(a[:1]), a) for k, a in x.c.items()}
        return self.tidy(x.with_c(c=c, sign=min(x.sign, 1), zeros=None))

    # Order facts that are earned: a value that equals a mean of squares is not negative.

    def remember_sum(self, x: Num, axes: tuple[int, ...]) -> None:
        """Keeps an array whose sum along axes was taken, as a candidate for a variance."""
        if axes and x.k is None and INF not in x.c:
            self.sums = [*self.sums[-15:], (x, axes)]

    def is_spread(self, x: Num) -> bool:
        """Whether x equals, entry by entry, the mean square of deviations from a mean taken before."""
        if self.xp is not np or x.k is not None:
            return False
        word = self.identity(x)
        for source, axes in reversed(self.sums):
            spread = self._spread(source, axes)
            if (
                int(np.prod(spread.shape)) == x.size
                and (self.identity(spread).reshape(word.shape) == word).all()
            ):
                self.decided += 1
                return True
        return False

    def _spread(self, x: Num, axes: tuple[int, ...]) -> Num:
        count = int(np.prod([x.shape[i] for i in axes]))
        mean = self.constant(Coefficient(Fraction(1, count)))
        kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
        values = Num({i: x.c[i] for i in x.levels})
        center = self.mul(mean, self.plain_sum(values, axes)).moved(lambda a: a.reshape(len(a), *kept))
        off = self.sub(values, center)
        return self.mul(mean, self.plain_sum(self.mul(off, off), axes))

    # Comparisons.

    def compare(self, op: str, x: Num, y: Num) -> Array | Sampled:
        """A comparison: a plain array where what is known decides it, else one that differs by sample."""
        x, y = self.align(x, y)
        shape = np.broadcast_shapes(x.shape, y.shape)
        if x is y:
            return np.full(shape, op in ("ge", "le", "eq"))
        by_inf = self._by_infinity(op, x, y)
        if by_inf is not None:
            return by_inf
        if self.alike_everywhere(x, y):
            return np.full(shape, op in ("ge", "le", "eq"))
        for decide in (self._by_sign, self._almost_everywhere, self._by_ratio):
            decided = decide(op, x, y)
            if decided is not None:
                return np.full(shape, decided)
        if self.model.free_maxima and op == "eq" and (_is_maximum(x) or _is_maximum(y)):
            return self.share(x, y)
        if self.model.maxima == "free":
            raise Stuck(f"the order of two unknown values is asked for{self.where}")
        self.branches += int(np.prod(shape, dtype=np.int64))
        return Sampled(self._by_model(op, self.materialise(x), self.materialise(y)))

    def _by_infinity(self, op: str, x: Num, y: Num) -> Array | None:
        """Decided where every entry compares a finite value with an infinity, or infinities."""
        if INF not in x.c and INF not in y.c:
            return None
        a, b = self.component(x, INF), self.component(y, INF)
        if not ((a != 0) | (b != 0)).all():
            if self.model.maxima == "free":
                raise Stuck(f"the order of unknown values, some infinite, is asked for{self.where}")
            finite = self._by_model(op, self.materialise(x), self.materialise(y))
            return Sampled(self.xp.where((a != 0) | (b != 0), _COMPARE[op](a, b), finite))
        out = _COMPARE[op](a, b)
        return out[0] if len(out) == 1 else Sampled(out)

    def _by_sign(self, op: str, x: Num, y: Num) -> bool | None:
        for a, b, flipped in ((x, y, False), (y, x, True)):
            zero = b.coef is not None and b.coef.rational == 0
            below = b.coef is not None and b.coef.rational < 0 and not b.coef.logs
            if a.sign == 2 and (zero or below) or a.sign == 1 and below:
                return op in (("lt", "le", "ne") if flipped else ("gt", "ge", "ne"))
            if a.sign == 1 and zero and op == ("le" if flipped else "ge"):
                return True
            if a.sign == 1 and zero and op == ("gt" if flipped else "lt"):
                return False
        return None

    def _almost_everywhere(self, op: str, x: Num, y: Num) -> Array | None:
        """A value that is nonnegative and not identically zero is positive, but on a set of measure zero."""
        for a, b, flipped in ((x, y, False), (y, x, True)):
            zero = b.coef is not None and b.coef.rational == 0
            if zero and self.xp is np and a.k is None and BAD not in a.c and (a.sign or self.is_spread(a)):
                never = np.logical_and.reduce([(a.c[i] != 0).all(0) for i in a.levels])
                always = np.logical_and.reduce([(a.c[i] == 0).all(0) for i in a.levels])
                if (never | always).all():
                    self.notes[
                        "nonnegative values are positive, save on a set of measure zero" + self.where
                    ] += 1
                    self.decided += bool(always.any())
                    at_zero, above = (_COMPARE[op](*((0, n) if flipped else (n, 0))) for n in (0, 1))
                    return np.where(always, at_zero, above)
        return None

    def _by_ratio(self, op: str, x: Num, y: Num) -> bool | None:
        """Decided where x is a known multiple of y, which is positive."""
        if self.xp is not np or not (x.sign and y.sign) or x.k or y.k or x.const or y.const or not x.size:
            return None
        level = self._shared(x, y)[-1]
        p = int(self.modulus(level, 0).flat[0])
        a, b = (int(np.ravel(n.c[level][0])[0]) for n in (x, y))
        ratio = _small_fraction(a * pow(b, -1, p) % p, p) if b else None
        if ratio is None:
            return None
        over, under = (
            self.mul(self.constant(Coefficient(Fraction(n))), v) for n, v in zip(ratio, (y, x), strict=True)
        )
        same = all((over.c[i] == under.c[i]).all() for i in over.levels)
        self.decided += same
        return bool(_COMPARE[op](Fraction(*ratio), 1)) if same else None

    def _by_model(self, op: str, x: Num, y: Num) -> Array:
        level = self._shared(x, y)[-1]
        a = self.xp.broadcast_to(x.c[level], (self.samples, *np.broadcast_shapes(x.shape, y.shape)))
        b = self.xp.broadcast_to(y.c[level], a.shape)
        if op in ("eq", "ne"):
            return (a == b) == (op == "eq")
        bigger = self._bigger(a, b, level)
        equal = a == b
        return {"gt": bigger & ~equal, "ge": bigger | equal, "lt": ~bigger & ~equal, "le": ~bigger | equal}[
            op
        ]

    def _bigger(self, a: Array, b: Array, level: int) -> Array:
        m = self.modulus(level, a.ndim - 1)
        if self.model.maxima in ("sign", "mixed"):
            return ring.is_square(self.xp, m, ring.sub(self.xp, m, a, b))
        return self._rank(a, m) > self._rank(b, m)

    def _rank(self, a: Array, m: Array) -> Array:
        """The place of a residue in a random total order, in which -a lies opposite to a."""
        opposite = ring.neg(self.xp, m, a)
        words = ring.mix(self.xp, self.xp.minimum(a, opposite) + np.uint64(self.key))
        distance = (words >> np.uint64(1)).astype(np.int64)
        below = ((words & np.uint64(1)) == 1) ^ (a > opposite)
        return self.xp.where(a == 0, 0, self.xp.where(below, -distance, distance))

    def argsort(self, x: Num, axis: int) -> Sampled:
        """The places of the entries along an axis, from the smallest to the largest."""
        if self.model.maxima != "order":
            raise Stuck(f"the order of unknown values is asked for{self.where}")
        x = self.materialise(x)
        level = x.levels[-1]
        a = self.xp.broadcast_to(x.c[level], (self.samples, *x.shape))
        rank = self._rank(a, self.modulus(level, x.ndim))
        inf = self.xp.broadcast_to(self.component(x, INF), a.shape)
        self.branches += x.size
        return Sampled(np.lexsort((rank, inf), axis=axis + 1))

    def is_finite(self, x: Num) -> Array | Sampled:
        """Whether entries are finite."""
        if INF not in x.c:
            return np.ones(x.shape, bool)
        out = x.c[INF] == 0
        same = (out == out[:1]).all()
        return out[0] if self.xp is np and same else Sampled(out)

    def absolute(self, x: Num) -> Num:
        """|x|."""
        if x.sign:
            return x
        zero = self.lift(np.zeros(()))
        return self.select(self.compare("ge", x, zero), self.neg(x), x).with_c(sign=1)

    def sign(self, x: Num) -> Num:
        """-1, 0 or 1."""
        one, zero = self.ones_like(x), self.lift(np.zeros(()))
        if x.sign == 2:
            return one
        return self.select(self.compare("ge", x, zero), self.neg(one), one)

    def alike_everywhere(self, x: Num, y: Num) -> bool:
        """Whether two values are formally the same at every entry."""
        if self.xp is not np or x.shape != y.shape or any(n.k is not None or INF in n.c for n in (x, y)):
            return False
        alike = bool((self.identity(x) == self.identity(y)).all())
        self.decided += alike
        return alike

    # Choices.

    def select(self, which: Array | Sampled | Share, when_false: Num, when_true: Num) -> Num:
        """`when_true` where `which`, else `when_false`; a mixture where `which` is a share."""
        if isinstance(which, Share):
            return self.mixed(which, when_false, when_true)
        mask = which.a if isinstance(which, Sampled) else self.xp.asarray(which)[None]
        if self.xp is np and mask.all():
            return when_true
        if self.xp is np and not mask.any():
            return when_false
        if mask.ndim == 1:
            mask = mask.reshape(-1, *(1,) * when_true.ndim)
        when_false, when_true = self.align(when_false, when_true)
        return self._where(mask, when_true, when_false, isinstance(which, Sampled))

    def _where(self, mask: Array, x: Num, y: Num, sampled: bool = False) -> Num:
        x, y = self.same_logs(x, y)
        keys = {k for n in (x, y) for k in n.c if not isinstance(k, int)} | set(self._shared(x, y))
        logs = [set(n.log_levels) for n in (x, y) if n.k is not None]
        shared_logs = set.intersection(*logs) if logs else set()
        keys = {k for k in keys if not isinstance(k, tuple) or k[1] in shared_logs}
        keys = {k for k in keys if not self._lost(k, x, y, sampled)}
        if CORE not in keys and self.free and E in keys and (E not in x.c or E not in y.c):
            keys.add(CORE)
        c = {k: self.xp.where(mask, self.component(x, k), self.component(y, k)) for k in keys}
        k = x.k if x.k is not None else y.k
        return self.tidy(Num(c, k=k, sign=min(x.sign, y.sign), const=x.const and y.const and not sampled))

    def _lost(self, key: Any, x: Num, y: Num, sampled: bool) -> bool:
        if key == "angle":
            return key not in x.c or key not in y.c
        return is_of_max(key) and sampled


def _is_maximum(x: Num) -> bool:
    return any(is_of_max(key) for key in x.c)


def _small_fraction(residue: int, p: int) -> tuple[int, int] | None:
    """The fraction with small parts that a residue stands for, if there is one."""
    candidates = ((residue * under % p, under) for under in range(1, 65))
    return next(((over, under) for over, under in candidates if 0 < over <= 64), None)
