"""Arithmetic of unknown reals at random points of prime fields."""

import dataclasses
import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.functions import Functions
from jaxmath.verify.logarithms import Logarithms
from jaxmath.verify.makings import MOST_REMEMBERED, inverse_making, product_of_makings, spread
from jaxmath.verify.maxima import Maxima
from jaxmath.verify.num import (
    ANGLE,
    BAD,
    CORE,
    HUGE,
    INF,
    LOG_VALUE,
    Array,
    Coefficient,
    E,
    Making,
    Num,
    is_of_max,
    log_of,
)
from jaxmath.verify.order import Order
from jaxmath.verify.structure import Structure
from jaxmath.verify.values import Values

_MOST_POWERS = 64


class Field(Values, Functions, Logarithms, Maxima, Order, Structure):
    """The domain of residues: one random point per sample, every sample with primes of its own.

    With `model.exp == "free"` a value has residues at one prime; `exp` is a
    homomorphism on the linear part of its argument and an arbitrary function
    of the rest. With `model.exp == "tower"` a value has residues at every
    level of a chain and `exp` takes level i to level i + 1.
    """

    # Ring operations.

    def add(self, x: Num, y: Num) -> Num:
        """x + y."""
        x, y = self.align(x, y)
        x, y, k, logs = self._added_logs(x, y)
        out: dict[Any, Array] = {key: self._plus(x, y, key) for key in self._shared(x, y)}
        if self.free and (E in x.c or E in y.c):
            out[E] = self._plus(x, y, E)
            if not self._pure(x) or not self._pure(y):
                out[CORE] = self._plus(x, y, CORE)
        if ANGLE in x.c and ANGLE in y.c:
            out[ANGLE] = self._plus(x, y, ANGLE)
        sign = min(x.sign, y.sign) or 0
        sign = max(x.sign, y.sign) if sign else 0
        result = Num({**out, **logs}, k=k, sign=sign if k is None else 0, const=x.const and y.const)
        result.atom = result.const and (x.atom or y.atom)
        result.coef = self._coef_sum(x, y)
        return self._with_masks(result, x, y, self._inf_sum(x, y))

    @staticmethod
    def _coef_sum(x: Num, y: Num) -> Coefficient | None:
        if x.coef is None or y.coef is None or x.coef.logs != y.coef.logs:
            return None
        total = x.coef.rational + y.coef.rational
        return Coefficient(total, x.coef.logs if total else ())

    @staticmethod
    def _pure(x: Num) -> bool:
        return E in x.c and CORE not in x.c

    def _plus(self, x: Num, y: Num, key: Any) -> Array:
        a, b = self.component(x, key), self.component(y, key)
        return ring.add(self.xp, self.modulus_of(key, max(a.ndim, b.ndim) - 1), a, b)

    def _added_logs(self, x: Num, y: Num) -> tuple[Num, Num, Coefficient | None, dict[Any, Array]]:
        if x.k is None and y.k is None:
            return x, y, None, {}
        x, y = self.same_logs(x, y)
        both = set(x.log_levels) & set(y.log_levels) if x.k and y.k else set(x.log_levels) | set(y.log_levels)
        logs: dict[Any, Array] = {log_of(i): self._times_logs(x, y, i) for i in both}
        if LOG_VALUE in x.c or LOG_VALUE in y.c:
            logs[LOG_VALUE] = self._plus(x, y, LOG_VALUE)
        return x, y, (x.k if x.k is not None else y.k), logs

    def _times_logs(self, x: Num, y: Num, level: int) -> Array:
        a, b = self.component(x, log_of(level)), self.component(y, log_of(level))
        return ring.mul(self.xp, self.modulus(level, max(a.ndim, b.ndim) - 1), a, b)

    def same_logs(self, x: Num, y: Num) -> tuple[Num, Num]:
        """Both values with the same coefficient before the formal logarithm, or without one."""
        if x.k is None or y.k is None or x.k == y.k:
            return x, y
        unit = Fraction(
            math.gcd(
                x.k.rational.numerator * y.k.rational.denominator,
                y.k.rational.numerator * x.k.rational.denominator,
            ),
            x.k.rational.denominator * y.k.rational.denominator,
        )
        times = [int(k.rational / unit) for k in (x.k, y.k)]
        if x.k.logs != y.k.logs or max(map(abs, times)) > _MOST_POWERS:
            return self.materialise(x), self.materialise(y)
        k = Coefficient(unit, x.k.logs)
        return self._in_units(x, times[0], k), self._in_units(y, times[1], k)

    def _in_units(self, x: Num, times: int, k: Coefficient) -> Num:
        n = np.full((1,) * x.ndim, times)
        logs = {log_of(i): self._to_the(x.c[log_of(i)], n, i) for i in x.log_levels}
        return x.with_c(c={**x.c, **logs}, k=k)

    def neg(self, x: Num) -> Num:
        """-x."""
        kept = {k: a for k, a in x.c.items() if not is_of_max(k)}
        out = {k: a if k == BAD or isinstance(k, tuple) else self._negated(k, a) for k, a in kept.items()}
        k = None if x.k is None else x.k * Coefficient(Fraction(-1))
        coef = None if x.coef is None else x.coef * Coefficient(Fraction(-1))
        return Num(out, k=k, const=x.const, coef=coef, atom=x.atom)

    def _negated(self, key: Any, a: Array) -> Array:
        if key in (INF, HUGE):
            return -a if key == INF else a
        return ring.neg(self.xp, self.modulus_of(key, a.ndim - 1), a)

    def sub(self, x: Num, y: Num) -> Num:
        """x - y."""
        return self.add(x, self.neg(y))

    def mul(self, x: Num, y: Num) -> Num:
        """x y."""
        x, y = self.align(x, y)
        out = self._mul(x, y)
        if out.const or out.size > MOST_REMEMBERED:
            return out
        return dataclasses.replace(out, made=lambda: self.product_made(x, y, out.shape))

    def product_made(self, x: Num, y: Num, shape: tuple[int, ...]) -> Making:
        """How a product was made, every part in the product's shape."""
        return product_of_makings(self, x, y).each(lambda n: spread(self, n, shape))

    def _mul(self, x: Num, y: Num) -> Num:
        if y.const and (not x.const or x.atom):
            x, y = y, x
        if y.k is not None and (x.coef is not None or _small_integers(x.values)):
            return self._scaled_log(x, y)
        x, y = self.materialise(x), self.materialise(y)
        keys: list[Any] = self._shared(x, y)
        if x.const:
            keys = [*keys, *(k for k in (CORE, E, ANGLE) if k in y.c)]
        out = {key: self._times(x, y, key) for key in keys}
        square = 2 if x.sign == 2 else 1
        sign = square if x is y else min(x.sign, y.sign)
        coef = x.coef * y.coef if x.coef is not None and y.coef is not None else None
        result = Num(out, sign=sign, const=x.const and y.const, coef=coef, atom=x.const and y.atom)
        result = self._with_masks(result, x, y, self._inf_product(x, y))
        return self.atomic(result) if x.const and x.atom and y.atom and coef is None else result

    def _times(self, x: Num, y: Num, key: Any) -> Array:
        a = x.c[self.top] if key == CORE else self.component(x, key)
        b = y.c[key]
        return ring.mul(self.xp, self.modulus_of(key, max(a.ndim, b.ndim) - 1), a, b)

    def _scaled_log(self, x: Num, y: Num) -> Num:
        logs: dict[Any, Array] = {key: a for key, a in y.c.items() if isinstance(key, tuple)}
        plain = self.materialise(x)
        base = self.mul(plain, self.without_log(y))
        assert y.k is not None
        if x.coef is not None and not x.coef.rational:
            return base
        k = y.k if x.coef is None else y.k * x.coef
        if x.coef is None:
            logs = {key: self._to_the(a, x.values, key[1]) for key, a in logs.items()}
        if LOG_VALUE in y.c:
            m = self.modulus(self.top, max(plain.ndim, y.ndim))
            logs[LOG_VALUE] = ring.mul(self.xp, m, plain.c[self.top], y.c[LOG_VALUE])
        return base.with_c(c={**base.c, **logs}, k=k, sign=0)

    def _to_the(self, a: Array, n: Array, level: int) -> Array:
        """a**n for an array of small integers n."""
        m = self.modulus(level, max(a.ndim - 1, n.ndim))
        grown, out = self.xp.where(n[None] < 0, ring.inverse(self.xp, m, a), a), None
        for times in range(1, int(np.abs(n).max()) + 1):
            factor = self.xp.where(np.abs(n)[None] >= times, grown, np.uint64(1))
            out = factor if out is None else ring.mul(self.xp, m, out, factor)
        return self.xp.ones_like(a) if out is None else out

    def inverse(self, x: Num) -> Num:
        """1 / x, undefined where x is zero."""
        x = self.materialise(x)
        keys = [*x.levels, *(k for k in (E, ANGLE) if x.const and k in x.c)]
        out = {k: ring.inverse(self.xp, self.modulus_of(k, x.ndim), x.c[k]) for k in keys}
        zero = functools.reduce(self.xp.logical_or, [x.c[i] == 0 for i in x.levels])
        masks = {key: a for key, a in x.c.items() if key == BAD}
        if INF in x.c:
            zero = zero & (x.c[INF] == 0)
        masks[BAD] = self.xp.logical_or(masks[BAD], zero) if BAD in masks else zero
        coef = x.coef.inverse() if x.coef is not None and x.coef.rational else None
        result = self.tidy(Num({**out, **masks}, sign=x.sign, const=x.const, coef=coef, atom=x.atom))
        if x.atom and coef is None:
            return self.atomic(result)
        if x.const or x.size > MOST_REMEMBERED:
            return result
        return dataclasses.replace(result, made=lambda: inverse_making(self, x))

    def div(self, x: Num, y: Num) -> Num:
        """x / y."""
        untied = self.untied(x, y)
        return self.mul(x, self.inverse(y)) if untied is None else untied

    def integer_pow(self, x: Num, n: int) -> Num:
        """x**n for an integer n."""
        if n < 0:
            return self.inverse(self.integer_pow(x, -n))
        out: Num | None = None
        base = x
        while n:
            if n & 1:
                out = base if out is None else self.mul(out, base)
            n >>= 1
            base = self.mul(base, base) if n else base
        return self.ones_like(x) if out is None else out

    # Masks.

    def _with_masks(self, out: Num, x: Num, y: Num, inf: dict[Any, Array]) -> Num:
        bad = self.either(x, y, BAD, self.xp.logical_or)
        if BAD in inf:
            bad = {BAD: self.xp.logical_or(bad[BAD], inf[BAD]) if bad else inf[BAD]}
        extra = {key: a for key, a in inf.items() if key == INF}
        return self.tidy(out.with_c(c={**out.c, **extra, **bad}))

    def _inf_sum(self, x: Num, y: Num) -> dict[Any, Array]:
        if INF not in x.c and INF not in y.c:
            return {}
        a, b = self.component(x, INF), self.component(y, INF)
        opposite = (a * b) < 0
        if HUGE in x.c and HUGE in y.c:
            # One finite constant less itself is zero, though the constant is read as an infinity.
            opposite &= (x.c[HUGE] != y.c[HUGE]) | (x.c[HUGE] == 0)
        return {INF: self.xp.sign(a + b).astype(np.int8), BAD: opposite}

    def _inf_product(self, x: Num, y: Num) -> dict[Any, Array]:
        if INF not in x.c and INF not in y.c:
            return {}
        a, b = self._direction(x), self._direction(y)
        infinite = (self.component(x, INF) != 0) | (self.component(y, INF) != 0)
        return {INF: self.xp.where(infinite, a * b, 0).astype(np.int8), BAD: infinite & (a * b == 0)}

    def _direction(self, x: Num) -> Array:
        inf = self.component(x, INF)
        if x.coef is not None:
            finite = int(np.sign(x.coef.rational.numerator))
        else:
            finite = 1 if x.sign == 2 else 0
        return self.xp.where(inf != 0, inf, np.int8(finite))


def _small_integers(values: Array | None) -> bool:
    return values is not None and bool(np.all((values == np.round(values)) & (np.abs(values) <= 4)))
