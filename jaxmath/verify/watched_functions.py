"""Values with bounds on their degrees: arithmetic and functions."""

import dataclasses
import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify.degree import Deg, NoBound
from jaxmath.verify.degrees import Degrees
from jaxmath.verify.field import Field
from jaxmath.verify.makings import inverse_making, log_of_making, product_of_makings, spread
from jaxmath.verify.num import E, Making, Num, Sampled

SET_HEIGHT = 24.0  # log2 of the number of members that a set may have


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


class WatchedFunctions:
    """What needs no order. Whatever no theorem covers raises `NoBound`."""

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
        height = max(deg.height, below[1]) + SET_HEIGHT
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
            return Watched(
                self.field.slope(name, x.num), self.degrees.fresh(f"{name}'", self.materialise(x).deg)
            )
        bell = self.exp(self.neg(self.mul(x, x)))
        pi = self._constant(self.field.power_of_pi(-1))
        return self.mul(self.mul(self.lift(np.float64(2.0)), pi), bell)

    def function(self, name: str, x: Watched) -> Watched:
        """An arbitrary function."""
        return Watched(self.field.function(name, x.num), self.degrees.fresh(name, self.materialise(x).deg))
