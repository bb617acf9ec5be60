"""The calculus of degrees and heights."""

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify.degree import Deg, Factor, Key, NoBound, common_unit, hull, log2_sum


class Degrees:
    """The calculus of bounds. One instance watches one evaluation.

    Attributes:
      factors: what stands in denominators.
      exponent_scale: common denominator of the coefficients in exponents.
      roots: how many square roots of constants were met; each doubles heights.
      families: for each arbitrary function the number of its arguments, their largest degree and height.
      turns: whether rotations were met.
    """

    def __init__(self) -> None:
        """Bounds for an evaluation that has not begun."""
        self.factors: list[Factor] = []
        self.exponent_scale = 1
        self.roots = 0
        self.families: dict[str, tuple[int, Fraction, float]] = {}
        self.turns = False
        self.units: dict[int, int] = {}

    # Leaves.

    def factor(self, shape: tuple[int, ...], degree: Fraction, height: float) -> Key:
        """A new family of denominators, one factor for each entry of an array of this shape."""
        self.factors.append(Factor(shape, degree, height))
        return len(self.factors) - 1, tuple(range(len(shape)))

    def unknown(self, shape: tuple[int, ...], linear: bool = True) -> Deg:
        """Fresh variables."""
        lin = ((self.factor(shape, Fraction(1), 0.0), (Fraction(1), Fraction(1))),) if linear else ()
        return Deg(shape, Fraction(1), lin=lin, core=not linear)

    def constant(self, values: Any) -> Deg:
        """Known floats, which are fractions with powers of two below."""
        values = np.asarray(values, np.float64)
        finite = np.unique(values[np.isfinite(values) & (np.abs(values) < 1e9)])
        if finite.size > 4096:
            raise NoBound("an array of thousands of different constants")
        rationals = [Fraction(float(v)) for v in finite]
        return self.rational(rationals or [Fraction(0)], values.shape)

    def rational(self, values: Sequence[Fraction], shape: tuple[int, ...]) -> Deg:
        """Constants with these values."""
        scale = math.lcm(*(v.denominator for v in values))
        top = max(abs(int(v * scale)) for v in values)
        span = (min(values), max(values))
        lin = () if span == (0, 0) else (((-1, ()), span),)
        return Deg(shape, height=math.log2(top) if top else -math.inf, scale=scale, lin=lin)

    def root(self, shape: tuple[int, ...], value: Deg) -> Deg:
        """A square root of constants: an algebraic number, which counts twice."""
        self.roots += 1
        return Deg(shape, height=value.height + math.log2(max(value.scale, 1)), core=True)

    # Arithmetic.

    def _weight(self, key: Key, power: Fraction | int) -> tuple[Fraction, float]:
        """Degree and height of the product of a factor's entries that one value may contain."""
        if key[0] < 0:
            return Fraction(power), 0.0
        factor = self.factors[key[0]]
        count = math.prod(n for n, axis in zip(factor.shape, key[1], strict=True) if axis is None)
        return power * count * factor.degree, float(power) * count * max(factor.height, 0.0)

    def total(self, den: Sequence[tuple[Key, Fraction | int]]) -> tuple[Fraction, float]:
        """Degree and height of a whole denominator."""
        weights = [self._weight(key, n) for key, n in den]
        return sum((w[0] for w in weights), Fraction(0)), sum(w[1] for w in weights)

    def over(self, x: Deg, den: dict[Key, Fraction | int], scale: int) -> tuple[Fraction, float]:
        """Degree and height of x's numerator over a common denominator."""
        own = dict(x.den)
        degree, height = self.total([(key, n - own.get(key, 0)) for key, n in den.items()])
        return x.degree + degree, x.height + height + math.log2(scale // x.scale)

    def add(self, x: Deg, y: Deg) -> Deg:
        """x + y, entry by entry; shapes broadcast from scalars."""
        shape = np.broadcast_shapes(x.shape, y.shape)
        den = dict(x.den)
        for key, n in y.den:
            den[key] = max(n, den.get(key, 0))
        scale = math.lcm(x.scale, y.scale)
        parts = [self.over(n, den, scale) for n in (x, y)]
        lin = dict(x.lin)
        for key, (low, high) in y.lin:
            first = lin.get(key, (Fraction(0), Fraction(0)))
            lin[key] = (first[0] + low, first[1] + high)
        kept = tuple((key, span) for key, span in lin.items() if span != (0, 0))
        return Deg(
            shape,
            max(p[0] for p in parts),
            log2_sum(*(p[1] for p in parts)),
            tuple(den.items()),
            scale,
            kept,
            x.core or y.core,
            self._product_of_logs(x, y),
            common_unit(x, y),
        )

    def _product_of_logs(self, x: Deg, y: Deg) -> Deg | None:
        if x.log is None or y.log is None:
            return x.log or y.log
        return self.mul(x.log, y.log)

    def neg(self, x: Deg) -> Deg:
        """-x."""
        lin = tuple((key, (-high, -low)) for key, (low, high) in x.lin)
        log = None if x.log is None else self.inverse(x.log)
        return dataclasses.replace(x, lin=lin, log=log)

    def mul(self, x: Deg, y: Deg, linear: Sequence[Fraction] | None = None) -> Deg:
        """x y; `linear` are the values of x where it is a known constant, so that y stays linear."""
        shape = np.broadcast_shapes(x.shape, y.shape)
        den = dict(x.den)
        for key, n in y.den:
            den[key] = n + den.get(key, 0)
        lin = () if linear is None else tuple((key, _times(linear, span)) for key, span in y.lin)
        degree, height = x.degree + y.degree, x.height + y.height
        core = y.core if linear is not None else True
        return Deg(shape, degree, height, tuple(den.items()), x.scale * y.scale, lin, core, unit=y.unit)

    def inverse(self, x: Deg) -> Deg:
        """1 / x."""
        degree, height = self.total(x.den)
        key = self.factor(x.shape, x.degree, x.height)
        return Deg(x.shape, degree, height + math.log2(x.scale), ((key, 1),), core=True)

    def exp(self, x: Deg) -> Deg:
        """A variable for the core, a monomial for the linear part, F for a formal logarithm."""
        degree, den = Fraction(int(x.core)), {}
        for key, (low, high) in x.lin:
            if x.unit < 0 or self.units.setdefault(key[0], x.unit) != x.unit:
                raise NoBound("exponentials of incommensurable multiples of an unknown")
            self.exponent_scale = math.lcm(self.exponent_scale, low.denominator, high.denominator)
            degree += self._weight(key, max(high, Fraction(0)))[0]
            if low < 0:
                den[key] = -low
        if x.core:
            self.argument("exp", x)
        out = Deg(x.shape, degree, 0.0, tuple(den.items()), core=True)
        return out if x.log is None else self.mul(out, x.log)

    def argument(self, name: str, x: Deg) -> None:
        """Counts the arguments of an arbitrary function: any two of them may collide by chance."""
        count, degree, height = self.families.get(name, (0, Fraction(0), 0.0))
        own = self.difference(x, x)
        size = math.prod(x.shape)
        self.families[name] = (count + size, max(degree, own[0]), max(height, own[1]))

    def difference(self, x: Deg, y: Deg) -> tuple[Fraction, float]:
        """Degree and height of the numerator of x - y, for entries at any two places."""
        (a, b), (c, d) = self.total(x.den), self.total(y.den)
        degree = max(x.degree + c, y.degree + a)
        scale = math.log2(math.lcm(x.scale, y.scale))
        return degree, log2_sum(x.height + d, y.height + b) + scale

    def fresh(self, name: str, x: Deg) -> Deg:
        """A value of an arbitrary function of x."""
        self.argument(name, x)
        return Deg(x.shape, Fraction(1), core=True)

    # Linear maps.

    def reduce_sum(self, x: Deg, axes: Sequence[int]) -> Deg:
        """Sum over axes."""
        count = math.prod(x.shape[a] for a in axes)
        kept = [a for a in range(len(x.shape)) if a not in axes]
        places = {a: i for i, a in enumerate(kept)}
        shape = tuple(x.shape[a] for a in kept)
        # Entries that are summed bring denominators of their own: the common one holds them all.
        moved = x.aligned(shape, places.get)
        before, after = self.total(x.den), self.total(moved.den)
        lin: dict[Key, tuple[Fraction, Fraction]] = {}
        for key, (low, high) in x.lin:
            times = count if None in key[1] else math.prod(x.shape[i] for i in axes if i not in key[1])
            turned = (key[0], tuple(None if i is None else places.get(i) for i in key[1]))
            lin[turned] = hull((times * low, times * high), lin.get(turned, (times * low, times * high)))
        log = None if x.log is None else self._product(x.log, axes)
        return dataclasses.replace(
            moved,
            degree=x.degree + after[0] - before[0],
            height=x.height + after[1] - before[1] + math.log2(max(count, 1)),
            lin=tuple(lin.items()),
            log=log,
        )

    def _product(self, x: Deg, axes: Sequence[int]) -> Deg:
        count = math.prod(x.shape[a] for a in axes)
        kept = [a for a in range(len(x.shape)) if a not in axes]
        shape = tuple(x.shape[a] for a in kept)
        moved = x.aligned(shape, {a: i for i, a in enumerate(kept)}.get)
        den = tuple((key, n * count) for key, n in moved.den)
        return Deg(shape, x.degree * count, x.height * count, den, x.scale**count, core=True)

    def dot(self, x: Deg, y: Deg, dims: Any, linear: tuple[Sequence[Fraction] | None, ...]) -> Deg:
        """A contraction: entrywise products, summed."""
        (cx, cy), (bx, by) = dims
        fx = [a for a in range(len(x.shape)) if a not in cx and a not in bx]
        fy = [a for a in range(len(y.shape)) if a not in cy and a not in by]
        n_batch, n_x, n_y = len(bx), len(fx), len(fy)
        to_x = {a: i for i, a in enumerate(bx)} | {a: n_batch + i for i, a in enumerate(fx)}
        to_y = {a: i for i, a in enumerate(by)} | {a: n_batch + n_x + i for i, a in enumerate(fy)}
        rank = n_batch + n_x + n_y
        to_x |= {a: rank + i for i, a in enumerate(cx)}
        to_y |= {a: rank + i for i, a in enumerate(cy)}
        sizes = [x.shape[a] for a in (*bx, *fx)] + [y.shape[a] for a in fy] + [x.shape[a] for a in cx]
        left, right = x.aligned(tuple(sizes), to_x.get), y.aligned(tuple(sizes), to_y.get)
        if linear[1] is not None:
            product = self.mul(right, left, linear[1])
        else:
            product = self.mul(left, right, linear[0])
        return self.reduce_sum(product, range(rank, rank + len(cx)))

    def join(self, xs: Sequence[Deg], shape: tuple[int, ...]) -> Deg:
        """An array whose entries come from any of several arrays."""
        out = xs[0]
        for x in xs[1:]:
            out = self._either(out, dataclasses.replace(x, shape=out.shape))
        return dataclasses.replace(out, shape=shape)

    def _either(self, x: Deg, y: Deg) -> Deg:
        den = dict(x.den)
        for key, n in y.den:
            den[key] = max(n, den.get(key, 0))
        scale = math.lcm(x.scale, y.scale)
        parts = [self.over(n, den, scale) for n in (x, y)]
        zero = (Fraction(0), Fraction(0))
        lin = {
            key: hull(dict(x.lin).get(key, zero), dict(y.lin).get(key, zero)) for key, _ in (*x.lin, *y.lin)
        }
        log = x.log or y.log
        if x.log is not None and y.log is not None:
            log = self._either(x.log, y.log)
        elif log is not None:
            log = self._either(log, Deg(log.shape))
        return Deg(
            x.shape,
            max(p[0] for p in parts),
            max(p[1] for p in parts),
            tuple(den.items()),
            scale,
            tuple(lin.items()),
            x.core or y.core,
            log,
            common_unit(x, y),
        )


def _times(values: Sequence[Fraction], span: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    ends = [a * b for a in (min(values), max(values)) for b in span]
    return min(ends), max(ends)
