"""exp, roots, rotations and uninterpreted functions on unknown reals (mixed into `Field`)."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.base import Base
from jaxmath.verify.makings import MOST_REMEMBERED
from jaxmath.verify.num import (
    ANGLE,
    BAD,
    CORE,
    INF,
    Array,
    Coefficient,
    E,
    Making,
    Num,
    Stuck,
    log_of,
)

_TABLE_BITS = 16


class Functions(Base):
    """Transcendental and algebraic functions."""

    # Uninterpreted values: the same argument always gets the same random value.

    def _random(self, word: Array, name: str, key: Any) -> Array:
        """Uniform residues for the component `key`, a function of `name` and the words."""
        label = (
            int.from_bytes(hashlib.blake2b(f"{name}/{key}".encode(), digest_size=8).digest(), "big")
            ^ self.key
        )
        seeds = np.array(
            [(label + 0x9E3779B97F4A7C15 * (s + 1)) % 2**64 for s in range(self.samples)], np.uint64
        )
        shaped = seeds.reshape(-1, *(1,) * (word.ndim - 1))
        drawn = ring.mix(self.xp, word ^ ring.mix(self.xp, shaped))
        return ring.mix(self.xp, drawn) % self.modulus_of(key, word.ndim - 1)

    def fresh(self, word: Array, name: str, sign: int = 0) -> Num:
        """New unknowns keyed by words, free in value and in exponent."""
        keys = [*self.value_levels, *([E] if self.free else [])]
        return Num({key: self._random(word, name, key) for key in keys}, sign=sign)

    def function(self, name: str, x: Num, odd: bool = False, sign: int = 0) -> Num:
        """An arbitrary function of x; with `odd`, f(-x) = -f(x)."""
        x = self.materialise(x)
        word, flip = self._unsigned_word(x) if odd else (self.identity(x), None)
        c = {key: self._random(word, name, key) for key in x.levels}
        if flip is not None:
            c = {key: self._flipped(key, a, flip) for key, a in c.items()}
        bad = self._bad_or_infinite(x)
        return self.tidy(Num({**c, **bad}, sign=sign))

    def _bad_or_infinite(self, x: Num) -> dict[Any, Array]:
        bad = {key: a for key, a in x.c.items() if key == BAD}
        if INF in x.c:
            infinite = x.c[INF] != 0
            bad[BAD] = bad[BAD] | infinite if BAD in bad else infinite
        return bad

    def _unsigned_word(self, x: Num) -> tuple[Array, Array]:
        """Words that are the same for x and -x, and where x is the one of the two to be flipped."""
        level = x.levels[-1]
        m = self.modulus(level, x.ndim)
        opposite = ring.neg(self.xp, m, x.c[level])
        first = slice(0, 1) if self.joint else slice(None)
        flip = x.c[level][first] > opposite[first]
        canonical = self.xp.where(flip, opposite, x.c[level])
        return self.identity(Num({level: canonical})), flip

    def _flipped(self, key: Any, a: Array, flip: Array) -> Array:
        return self.xp.where(flip, ring.neg(self.xp, self.modulus_of(key, a.ndim - 1), a), a)

    # exp.

    def exp(self, x: Num) -> Num:
        """e**x."""
        if x.k is not None and x.k.integer is None:
            x = self.materialise(x)
        c = {level: self._exp_level(x, level) for level in self._exp_levels(x)}
        if not c:
            raise Stuck("no level of the chain of primes is left for another exp")
        masks = {key: x.c[key] for key in (BAD, INF) if key in x.c}
        if INF in masks:
            low, high = masks[INF] < 0, self.xp.maximum(masks[INF], np.int8(0))
            c = {level: self.xp.where(low, np.uint64(0), a) for level, a in c.items()}
            masks[INF] = high
        zeros = (x.c[INF] < 0).any(axis=0) if INF in x.c and self.xp is np else None
        out = self.tidy(Num({**c, **masks}, sign=1 if INF in x.c else 2, zeros=zeros))
        return dataclasses.replace(out, made=lambda: Making(x)) if x.size <= MOST_REMEMBERED else out

    def _exp_levels(self, x: Num) -> list[int]:
        top = [self.top] if self.top in x.levels else x.levels[-1:]
        if self.free:
            return top
        levels = {i + 1 for i in x.levels if i < self.top}
        if x.k is not None:
            levels &= set(x.log_levels)
        return sorted(levels or (set(top) if x.k is None else levels))

    def _exp_level(self, x: Num, level: int) -> Array:
        out = self.base_power(level, self._exponent(x, level))
        if x.k is None:
            return out
        n, m = x.k.integer, self.modulus(level, x.ndim)
        assert n is not None
        logs = self.component(x, log_of(level))
        factor = logs if n > 0 else ring.inverse(self.xp, m, logs)
        for _ in range(abs(n)):
            out = ring.mul(self.xp, m, out, factor)
        return out

    def _exponent(self, x: Num, level: int) -> Array:
        """What x is modulo the prime below `level`; where that is not known, a word in its place."""
        if not self.free:
            if level - 1 in x.c:
                return x.c[level - 1]
            self.cuts += 1
            return self._atom(x, x.c[x.levels[-1]], level)
        if E in x.c and CORE not in x.c:
            return x.c[E]
        atom = self._atom(x, self.component(x, CORE), level)
        return ring.add(self.xp, self.modulus(level - 1, x.ndim), atom, x.c[E]) if E in x.c else atom

    def _atom(self, x: Num, core: Array, level: int) -> Array:
        """An exponent for a value that has none: random, odd, and zero for zero."""
        top = x.levels[-1]
        word, flip = self._unsigned_word(Num({top: core}))
        h = self._random(word, "exp", E if self.free else max(level - 1, 0))
        m = self.modulus(level - 1, core.ndim - 1) if level else self.modulus(0, core.ndim - 1)
        zero = self.every(core == 0)
        return self.xp.where(zero, np.uint64(0), self.xp.where(flip, ring.neg(self.xp, m, h % m), h % m))

    def base_power(self, level: int, exponent: Array) -> Array:
        """w**exponent for the generator w of the squares at a level."""
        ndim = exponent.ndim - 1
        m = self.modulus(level, ndim)
        if exponent.size < 2048 * self.samples and self.xp is np:
            w = self._bases(level).reshape(-1, *(1,) * ndim)
            return ring.power(self.xp, m, w, exponent)
        tables = self._tables(level)
        exponent = self.xp.broadcast_to(exponent, (self.samples, *exponent.shape[1:]))
        low = (exponent & np.uint64(2**_TABLE_BITS - 1)).astype(np.int32)
        high = (exponent >> np.uint64(_TABLE_BITS)).astype(np.int32)
        rows = np.arange(self.samples, dtype=np.int32).reshape(-1, *(1,) * ndim)
        return ring.mul(
            self.xp, m, self.xp.asarray(tables[0])[rows, low], self.xp.asarray(tables[1])[rows, high]
        )

    def _bases(self, level: int) -> Array:
        return np.array([t.bases[level] for t in self.towers], np.uint64)

    @functools.cache  # noqa: B019 -- lives as long as the field, a short while
    def _tables(self, level: int) -> tuple[Array, Array]:
        m = self.modulus(level, 1)
        w = self._bases(level).reshape(-1, 1)
        low = ring.powers(m, w, 1 << _TABLE_BITS)
        step = ring.mul(np, m, low[:, -1:], w)
        return low, ring.powers(m, step, 1 << (31 - _TABLE_BITS))

    # Roots.

    def rsqrt(self, x: Num) -> Num:
        """1 / sqrt(x)."""
        x = self.materialise(x)
        if x.const or self.model.roots == "algebraic":
            return self.inverse(self._algebraic_root(x))
        out = self._free_rsqrt(x)
        bad = self._vanishes(x) | self.component(out, BAD)
        return self.tidy(out.with_c(c={**out.c, BAD: bad}))

    def _free_rsqrt(self, x: Num) -> Num:
        return self._with_domain(self.function("rsqrt", x, sign=2), x)

    def _vanishes(self, x: Num) -> Array:
        return functools.reduce(self.xp.logical_and, [x.c[i] == 0 for i in x.levels])

    def sqrt(self, x: Num) -> Num:
        """The nonnegative root of x."""
        x = self.materialise(x)
        if x.const or self.model.roots == "algebraic":
            return self._algebraic_root(x)
        zero = self._vanishes(x)
        out = self.inverse(self._free_rsqrt(x))
        c = {
            key: self.xp.where(zero, np.uint64(0), a) if isinstance(key, int) else a
            for key, a in out.c.items()
        }
        return out.with_c(c=c, sign=1)

    def _with_domain(self, out: Num, x: Num) -> Num:
        if x.coef is not None and x.coef.rational < 0:
            bad = self.xp.ones((1, *x.shape), bool)
            return out.with_c(c={**out.c, BAD: bad})
        return out

    def _algebraic_root(self, x: Num) -> Num:
        exact = _rational_root(x.coef)
        if exact is not None:
            return self.mul(self.ones_like(x), self.constant(Coefficient(exact)))
        levels = [*x.levels]
        fits = [ring.is_square(self.xp, self.modulus(i, x.ndim), x.c[i]) for i in levels]
        c = {i: ring.root(self.xp, self.modulus(i, x.ndim), x.c[i]) for i in levels}
        bad = ~functools.reduce(self.xp.logical_and, fits)
        masks = {BAD: bad | x.c[BAD] if BAD in x.c else bad}
        if INF in x.c:
            masks[INF] = x.c[INF]
        out = self.tidy(Num({**c, **masks}, sign=max(x.sign, 1)))
        return self.atomic(out) if x.const else out

    # Rotations.

    def sincos(self, x: Num) -> tuple[Num, Num]:
        """sin x and cos x."""
        x = self.materialise(x)
        angle = x.c[ANGLE] if ANGLE in x.c else self._atom_angle(x)
        parts = {level: self._turned(level, angle) for level in x.levels}
        bad = self._bad_or_infinite(x)
        sine, cosine = ({level: z[i] for level, z in parts.items()} for i in (1, 0))
        return self.tidy(Num({**sine, **bad})), self.tidy(Num({**cosine, **bad}))

    def _atom_angle(self, x: Num) -> Array:
        word, flip = self._unsigned_word(x)
        h = self._random(word, "angle", ANGLE)
        zero = self.every(x.c[x.levels[-1]] == 0)
        return self.xp.where(zero, np.uint64(0), self._flipped(ANGLE, h, flip))

    def _turned(self, level: int, angle: Array) -> tuple[Array, Array]:
        ndim = angle.ndim - 1
        m, xp = self.modulus(level, ndim), self.xp
        unit: Any = [
            np.array([t.turns[level][i] for t in self.towers], np.uint64).reshape(m.shape) for i in (0, 1)
        ]
        cosine, sine = xp.ones_like(angle), xp.zeros_like(angle)
        for bit in range(int(self._turns.max()).bit_length()):
            on = (angle >> np.uint64(bit)) & np.uint64(1) == 1
            turned = _complex_times(xp, m, (cosine, sine), unit)
            cosine, sine = xp.where(on, turned[0], cosine), xp.where(on, turned[1], sine)
            unit = _complex_times(xp, m, unit, unit)
        return cosine, sine

    # Powers and named functions.

    def power(self, x: Num, y: Num) -> Num:
        """x**y: a power of a known constant where both are known, else exp(y log x)."""
        exponent = {i: y.c[E] if self.free else y.c[i - 1] for i in x.levels if self.free or i - 1 in y.c}
        if x.coef is None or x.coef.logs or not y.const or not exponent or (self.free and E not in y.c):
            return self.exp(self.mul(y, self.materialise(self.log(x))))
        x, y = self.align(x, y)
        c = {}
        for level, n in exponent.items():
            m = self.modulus(level, y.ndim)
            base = self.xp.where(ring.is_square(self.xp, m, x.c[level]), x.c[level], m - x.c[level])
            c[level] = ring.power(self.xp, m, base, n.reshape(len(n), *y.shape))
        return self.atomic(self._with_domain(Num(c, sign=2), x))

    def smooth(self, name: str, x: Num) -> Num:
        """A smooth function known by name only; `erf` is odd."""
        return self.function(name, x, odd=name == "erf")

    def slope(self, name: str, x: Num) -> Num:
        """The derivative of `smooth`: erf' = 2 exp(-x**2) / sqrt(pi), an unknown function otherwise."""
        if name != "erf":
            return self.function("digamma" if name == "lgamma" else f"{name}'", x)
        bell = self.exp(self.neg(self.mul(x, x)))
        return self.mul(self.mul(self.lift(np.float64(2.0)), self.power_of_pi(-1)), bell)


def _rational_root(coef: Coefficient | None) -> Fraction | None:
    if coef is None or coef.logs or coef.rational < 0:
        return None
    roots = [
        int(np.sqrt(n) + 0.5) if n < 2**52 else 0
        for n in (coef.rational.numerator, coef.rational.denominator)
    ]
    fits = roots[1] and Fraction(roots[0] ** 2, roots[1] ** 2) == coef.rational
    return Fraction(roots[0], roots[1]) if fits else None


def _complex_times(xp: Any, m: Array, a: Any, b: Any) -> tuple[Array, Array]:
    real = ring.sub(xp, m, ring.mul(xp, m, a[0], b[0]), ring.mul(xp, m, a[1], b[1]))
    return real, ring.add(xp, m, ring.mul(xp, m, a[0], b[1]), ring.mul(xp, m, a[1], b[0]))
