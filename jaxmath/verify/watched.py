"""A domain that evaluates in a field and bounds degrees on the way."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import primes
from jaxmath.verify.degree import Deg, Degrees, NoBound
from jaxmath.verify.field import Field
from jaxmath.verify.functions import inverse_making, log_of_making, product_of_makings, spread
from jaxmath.verify.maxima import folded
from jaxmath.verify.num import E, Making, Num, Sampled, Share

_SET_HEIGHT = 24.0  # log2 of the number of members that a set may have


@dataclasses.dataclass
class Watched:
    """A value with its bounds."""

    num: Num
    deg: Deg
    made: Callable[[], Making] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.num.shape

    @property
    def ndim(self) -> int:
        """The array's rank."""
        return self.num.ndim

    @property
    def sign(self) -> int:
        """What is known of the sign."""
        return self.num.sign

    @property
    def c(self) -> Any:
        """The residues."""
        return self.num.c


def plain(value: Any) -> Any:
    """A value without its bounds."""
    return value.num if isinstance(value, Watched) else value


class Watch:
    """Field operations on watched values. Whatever no theorem covers raises `NoBound`."""

    def __init__(self, field: Field) -> None:
        """Watches a field in a model with `exp` free."""
        if not field.free or field.model.roots == "algebraic" or not field.model.free_maxima:
            raise NoBound(f"the model ({field.model})")
        self.field, self.degrees = field, Degrees()
        self.model, self.xp = field.model, field.xp

    @property
    def where(self) -> str:
        """The place of the equation under evaluation."""
        return self.field.where

    @where.setter
    def where(self, text: str) -> None:
        self.field.where = text

    def unknown(self, name: str, shape: tuple[int, ...]) -> Watched:
        """Fresh unknowns."""
        return Watched(self.field.unknown(name, shape), self.degrees.unknown(shape))

    def lift(self, value: Any) -> Watched:
        """Known floats."""
        num = self.field.lift(value)
        if self.model.read and num.coef is None and np.unique(value).size > 1:
            raise NoBound("an array of constants that are read")
        if num.atom and num.coef is not None and num.coef.logs:
            raise NoBound("a constant with logarithms in it")
        if num.atom:
            return Watched(num, self.degrees.unknown(num.shape, linear=False))
        if num.coef is not None:
            return Watched(num, self.degrees.rational([num.coef.rational], num.shape))
        return Watched(num, self.degrees.constant(value))

    def lift_sampled(self, value: Sampled) -> Watched:
        """Values that differ by sample stand on order cells, which no theorem here covers."""
        raise NoBound("a value that depends on the order of unknowns")

    # Arithmetic.

    def add(self, x: Watched, y: Watched) -> Watched:
        """x + y."""
        return self._kept(self.field.add(x.num, y.num), self.degrees.add(x.deg, y.deg))

    def _kept(self, num: Num, deg: Deg) -> Watched:
        """Bounds of linear parts and logarithms count only where the value still has them."""
        if num.k is None and deg.log is not None:
            deg = self.valued(deg)
        if E not in num.c:
            deg = dataclasses.replace(deg, lin=(), core=True)
        return Watched(num, dataclasses.replace(deg, shape=num.shape))

    def neg(self, x: Watched) -> Watched:
        """-x."""
        return self._kept(self.field.neg(x.num), self.degrees.neg(x.deg))

    def sub(self, x: Watched, y: Watched) -> Watched:
        """x - y."""
        return self.add(x, self.neg(y))

    def mul(self, x: Watched, y: Watched) -> Watched:
        """x y."""
        out = self._mul(x, y)
        if out.num.made is None:
            return out
        parts = functools.partial(spread, self, shape=out.shape)
        return dataclasses.replace(out, made=lambda: product_of_makings(self, x, y).each(parts))

    def _mul(self, x: Watched, y: Watched) -> Watched:
        x, y = (x, y) if self._values(x) is not None or self._values(y) is None else (y, x)
        num, values = self.field.mul(x.num, y.num), self._values(x)
        if y.deg.log is not None and num.k is not None:
            return self._kept(num, self._scaled_log(x, y, values))
        x, y = self.materialise(x), self.materialise(y)
        deg = self.degrees.mul(x.deg, y.deg, values)
        if values is None and E in num.c:
            deg = self._irrational(x, y, deg)
        return self._kept(num, deg)

    def _irrational(self, x: Watched, y: Watched, deg: Deg) -> Deg:
        """The bounds of an irrational constant times a linear unknown."""
        x, y = (x, y) if x.num.atom and x.num.size and not y.num.const else (y, x)
        words = self.field.identity(x.num)
        same = x.num.const and not y.num.const and bool((words == words.flat[0]).all())
        unit = int(words.flat[0]) >> 1 if same and y.deg.unit == 0 else -1
        return dataclasses.replace(deg, lin=y.deg.lin, core=y.deg.core, unit=unit)

    def _values(self, x: Watched) -> list[Fraction] | None:
        """The values of a rational constant."""
        if x.num.coef is not None and not x.num.coef.logs and not x.num.atom:
            return [x.num.coef.rational]
        if x.num.values is not None and x.num.const and not x.num.atom:
            finite = x.num.values[np.isfinite(x.num.values)]
            return [Fraction(float(v)) for v in np.unique(finite)[[0, -1]]] if finite.size else [Fraction(0)]
        return None

    def _scaled_log(self, x: Watched, y: Watched, values: list[Fraction] | None) -> Deg:
        base = self.degrees.mul(x.deg, dataclasses.replace(y.deg, log=None), values)
        assert y.deg.log is not None
        log, times = y.deg.log, 1
        if x.num.coef is None and x.num.values is not None:
            times = max(1, int(np.abs(x.num.values).max()))
        out = log
        for _ in range(times - 1):
            out = self.degrees.mul(out, log)
        both = self.degrees.join([out, self.degrees.inverse(out)], out.shape) if x.num.coef is None else out
        return dataclasses.replace(base, log=both)

    def inverse(self, x: Watched) -> Watched:
        """1 / x."""
        num = self.field.inverse(x.num)
        if num.const:
            return self._constant(num)
        out = self._kept(num, self.degrees.inverse(self.materialise(x).deg))
        if num.made is None:
            return out
        return dataclasses.replace(out, made=lambda: inverse_making(self, x))

    def _constant(self, num: Num) -> Watched:
        if num.atom:
            return Watched(num, self.degrees.unknown(num.shape, linear=False))
        if num.coef is not None and not num.coef.logs:
            return Watched(num, self.degrees.rational([num.coef.rational], num.shape))
        raise NoBound("an array of constants that are no binary fractions")

    def div(self, x: Watched, y: Watched) -> Watched:
        """x / y."""
        if self.field.untied(x.num, y.num) is not None:
            return x
        return self.mul(x, self.inverse(y))

    def integer_pow(self, x: Watched, n: int) -> Watched:
        """x**n."""
        if n < 0:
            return self.inverse(self.integer_pow(x, -n))
        one = self.lift(np.ones(x.shape))
        return functools.reduce(self.mul, [x] * n, one) if n else one

    def materialise(self, x: Watched) -> Watched:
        """The value with its formal logarithm added in, an arbitrary function of its argument."""
        if x.num.k is None:
            return x
        return Watched(self.field.materialise(x.num), self.valued(x.deg))

    def valued(self, deg: Deg) -> Deg:
        """Bounds with the value of a formal logarithm added: a sum of fresh variables."""
        below = self.degrees.total(deg.den)
        height = max(deg.height, below[1]) + _SET_HEIGHT
        return dataclasses.replace(deg, log=None, degree=deg.degree + below[0] + 1, height=height, core=True)

    # Functions.

    def exp(self, x: Watched) -> Watched:
        """e**x."""
        if x.num.k is not None and x.num.k.integer is None:
            x = self.materialise(x)
        if x.num.atom and not x.num.coef:
            raise NoBound("the exponential of a constant that is no rational number")
        deg = x.deg
        known = x.num.coef is not None or x.num.values is not None
        if not (deg.lin or deg.core or known or deg.log):
            raise NoBound("an exponent without bounds")
        if deg.log is not None and x.num.k is not None:
            n = x.num.k.integer or 1
            log = functools.reduce(self.degrees.mul, [deg.log] * abs(n))
            deg = dataclasses.replace(deg, log=self.degrees.inverse(log) if n < 0 else log)
        num = self.field.exp(x.num)
        made = None if num.made is None else lambda: Making(x)
        return Watched(num, dataclasses.replace(self.degrees.exp(deg), lin=(), core=True), made)

    def log(self, x: Watched) -> Watched:
        """log x: of a product exp(a) u**m v**n it is a + m log u + n log v."""
        if x.num.made is None or self.model.logs == "whole":
            return self.formal_log(x)
        if x.made is None:
            raise NoBound("the logarithm of a product whose making was not watched")
        return log_of_making(self, x.made(), x)

    def formal_log(self, x: Watched) -> Watched:
        """log x, kept as a formal logarithm until its value is needed."""
        x = self.materialise(x)
        num = self.field.formal_log(x.num)
        if num.k is None:
            return Watched(num, Deg(num.shape, height=float("-inf")))
        # Should its value be needed, it is an arbitrary function of x.
        self.degrees.argument("log", x.deg)
        return Watched(num, Deg(num.shape, height=float("-inf"), log=x.deg))

    def power(self, x: Watched, y: Watched) -> Watched:
        """x**y through exp and log; powers of constants are beyond the theorems."""
        if x.num.const and y.num.const:
            raise NoBound("a power of constants")
        return self.exp(self.mul(y, self.materialise(self.log(x))))

    def rsqrt(self, x: Watched) -> Watched:
        """1 / sqrt(x)."""
        return self._root(x, self.field.rsqrt, inverted=True)

    def sqrt(self, x: Watched) -> Watched:
        """The nonnegative root of x."""
        return self._root(x, self.field.sqrt, inverted=False)

    def _root(self, x: Watched, root: Callable[[Num], Num], inverted: bool) -> Watched:
        x = self.materialise(x)
        num = root(x.num)
        if x.num.const:
            if num.coef is not None:
                return self._constant(num)
            deg = self.degrees.root(num.shape, x.deg)
            return Watched(num, self.degrees.inverse(deg) if inverted else deg)
        fresh = self.degrees.fresh("rsqrt", x.deg)
        return self._kept(num, fresh if inverted else self.degrees.inverse(fresh))

    def sincos(self, x: Watched) -> tuple[Watched, Watched]:
        """Rotations: of degree one in the circle's two coordinates for each unit of angle."""
        self.degrees.turns = True
        x = self.materialise(x)
        reach = sum((max(abs(a), abs(b)) for _, (a, b) in x.deg.lin), Fraction(0))
        self.degrees.argument("angle", x.deg)
        deg = Deg(x.shape, reach + 1, float(reach) + 1.0, core=True)
        sine, cosine = self.field.sincos(x.num)
        return Watched(sine, deg), Watched(cosine, deg)

    def smooth(self, name: str, x: Watched) -> Watched:
        """A named function."""
        return Watched(self.field.smooth(name, x.num), self.degrees.fresh(name, self.materialise(x).deg))

    def slope(self, name: str, x: Watched) -> Watched:
        """The derivative of a named function."""
        if name != "erf":
            return Watched(self.field.slope(name, x.num), self.degrees.fresh(f"{name}'", self.materialise(x).deg))
        bell = self.exp(self.neg(self.mul(x, x)))
        pi = self._constant(self.field.power_of_pi(-1))
        return self.mul(self.mul(self.lift(np.float64(2.0)), pi), bell)

    def function(self, name: str, x: Watched) -> Watched:
        """An arbitrary function."""
        return Watched(self.field.function(name, x.num), self.degrees.fresh(name, self.materialise(x).deg))

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
        return Watched(self.field.max_weight(x.num), Deg(x.shape, Fraction(1), _SET_HEIGHT, core=True))

    def finite_part(self, x: Watched, where_finite: Watched) -> Watched:
        """x, and zero where another array is infinite."""
        return self._kept(self.field.finite_part(x.num, where_finite.num), x.deg)

    def nonnegative(self, x: Watched) -> Watched:
        """x, known from elsewhere to be zero or more."""
        return Watched(self.field.nonnegative(x.num), x.deg)

    def align(self, x: Watched, y: Watched) -> tuple[Watched, Watched]:
        """Both with the same rank."""
        a, b = self.field.align(x.num, y.num)
        return Watched(a, dataclasses.replace(x.deg, shape=a.shape)), Watched(b, dataclasses.replace(y.deg, shape=b.shape))

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
        order = np.arange(moved.shape[varying[0]]).reshape([-1 if i == varying[0] else 1 for i in range(moved.ndim)])
        return varying[0] if np.array_equal(np.broadcast_to(order, moved.shape), moved) else None

    return place


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
