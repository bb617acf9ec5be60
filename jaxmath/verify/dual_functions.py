"""Dual numbers: arithmetic and functions by the rules of calculus."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass
class Dual:
    """A value and its derivative; `None` is a zero derivative."""

    x: Any
    dx: Any = None
    max_slope: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.x.shape

    @property
    def ndim(self) -> int:
        """The array's rank."""
        return len(self.shape)


class DualFunctions:
    """What needs no order, over a base domain."""

    def __init__(self, base: Any) -> None:
        """Duals whose parts live in `base`."""
        self.base = base
        self.xp = base.xp

    def lift(self, value: Any) -> Dual:
        """A constant."""
        return Dual(self.base.lift(value))

    def _scaled(self, factor: Any, dx: Any) -> Any:
        return None if dx is None else self.base.mul(factor, dx)

    def _sum(self, *terms: Any) -> Any:
        present = [t for t in terms if t is not None]
        if not present:
            return None
        out = present[0]
        for term in present[1:]:
            out = self.base.add(out, term)
        return out

    def add(self, x: Dual, y: Dual) -> Dual:
        """x + y."""
        out = self.base.add(x.x, y.x)
        return Dual(out, self._shaped(self._sum(x.dx, y.dx), out))

    def _shaped(self, dx: Any, out: Any) -> Any:
        if dx is None or dx.shape == out.shape:
            return dx
        return self.base.mul(self.base.lift(np.ones(out.shape)), dx)

    def neg(self, x: Dual) -> Dual:
        """-x."""
        return Dual(self.base.neg(x.x), None if x.dx is None else self.base.neg(x.dx))

    def sub(self, x: Dual, y: Dual) -> Dual:
        """x - y."""
        return self.add(x, self.neg(y))

    def mul(self, x: Dual, y: Dual) -> Dual:
        """(x y)' = x' y + x y'."""
        out = self.base.mul(x.x, y.x)
        if x is y:
            twice = self.base.mul(self.base.lift(np.float64(2.0)), x.x)
            return Dual(out, self._scaled(twice, x.dx))
        return Dual(out, self._shaped(self._sum(self._scaled(y.x, x.dx), self._scaled(x.x, y.dx)), out))

    def inverse(self, x: Dual) -> Dual:
        """(1/x)' = -x' / x**2."""
        out = self.base.inverse(x.x)
        return Dual(out, self._scaled(self.base.neg(self.base.mul(out, out)), x.dx))

    def div(self, x: Dual, y: Dual) -> Dual:
        """x / y."""
        return self.mul(x, self.inverse(y))

    def integer_pow(self, x: Dual, n: int) -> Dual:
        """(x**n)' = n x**(n-1) x'."""
        out = self.base.integer_pow(x.x, n)
        if x.dx is None or n == 0:
            return Dual(out)
        slope = self.base.mul(self.base.lift(np.float64(n)), self.base.integer_pow(x.x, n - 1))
        return Dual(out, self.base.mul(slope, x.dx))

    def exp(self, x: Dual) -> Dual:
        """exp' = exp."""
        out = self.base.exp(x.x)
        return Dual(out, self._scaled(out, x.dx))

    def log(self, x: Dual) -> Dual:
        """log' = 1 / x."""
        slope = None if x.dx is None else self.base.inverse(x.x)
        return Dual(self.base.log(x.x), self._scaled(slope, x.dx))

    def power(self, x: Dual, y: Dual) -> Dual:
        """(x**y)' = x**y (y' log x + y x'/x)."""
        out = self.base.power(x.x, y.x)
        log_slope = None if y.dx is None else self.base.mul(out, self.base.log(x.x))
        base_slope = None if x.dx is None else self.base.mul(out, self.base.div(y.x, x.x))
        return Dual(out, self._sum(self._scaled(log_slope, y.dx), self._scaled(base_slope, x.dx)))

    def sqrt(self, x: Dual) -> Dual:
        """sqrt' = 1 / (2 sqrt), or sqrt / (2 x), as the model has it."""
        out = self.base.sqrt(x.x)
        if x.dx is None:
            return Dual(out)
        half = self.base.lift(np.float64(0.5))
        ratio = self.base.model.roots == "ratio"
        slope = self.base.div(out, x.x) if ratio else self.base.rsqrt(x.x)
        return Dual(out, self.base.mul(self.base.mul(half, slope), x.dx))

    def rsqrt(self, x: Dual) -> Dual:
        """(x**(-1/2))' = -R**3 / 2, or -R / (2 x), as the model has it."""
        out = self.base.rsqrt(x.x)
        if x.dx is None:
            return Dual(out)
        half = self.base.lift(np.float64(-0.5))
        over = self.base.inverse(x.x) if self.base.model.roots == "ratio" else self.base.mul(out, out)
        return Dual(out, self.base.mul(self.base.mul(half, self.base.mul(out, over)), x.dx))

    def sincos(self, x: Dual) -> tuple[Dual, Dual]:
        """sin' = cos, cos' = -sin."""
        sine, cosine = self.base.sincos(x.x)
        return Dual(sine, self._scaled(cosine, x.dx)), Dual(cosine, self._scaled(self.base.neg(sine), x.dx))

    def smooth(self, name: str, x: Dual) -> Dual:
        """f' by name; an unknown function has an unknown derivative."""
        out = self.base.smooth(name, x.x)
        return Dual(out, None if x.dx is None else self.base.mul(self.base.slope(name, x.x), x.dx))
