"""Logarithms: formal until their values are needed (mixed into `Field`)."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.base import Base
from jaxmath.verify.makings import log_of_making
from jaxmath.verify.num import (
    ANGLE,
    BAD,
    INF,
    LOG_VALUE,
    Array,
    Coefficient,
    E,
    Num,
    Stuck,
    log_of,
)

# The size of the table of baby steps, in bits, for up to so many logarithms at a time.
_TABLES = ((32, 16), (4096, 18), (np.inf, 20))
_AT_ONCE = 1 << 16


class Logarithms(Base):
    """The logarithm and its value."""

    def log(self, x: Num) -> Num:
        """log x: of a product exp(a) u**m v**n it is a + m log u + n log v."""
        if x.made is None or self.model.logs == "whole":
            return self.formal_log(x)
        return log_of_making(self, x.made(), x)

    def formal_log(self, x: Num) -> Num:
        """log x, kept as a formal logarithm until its value is needed."""
        x = self.materialise(x)
        if x.coef is not None and x.coef.rational == 1 and not x.coef.logs:
            return self.mul(x, self.lift(np.zeros(x.shape)))
        zero = self.lift(np.zeros(x.shape))
        logs = {log_of(level): x.c[level] for level in x.levels}
        c = {k: a for k, a in zero.c.items() if k != ANGLE}
        if not self.free:
            c = {level: a for level, a in c.items() if level + 1 in x.levels or level in x.levels}
        masks = {key: x.c[key] for key in (BAD, INF) if key in x.c}
        nothing = functools.reduce(self.xp.logical_and, [x.c[i] == 0 for i in x.levels])
        nothing = self.xp.logical_and(nothing, self.component(x, INF) == 0)
        if self.xp is not np or nothing.any():
            masks[BAD] = masks[BAD] | nothing if BAD in masks else nothing
            fill = np.uint64(1)
            logs = {key: self.xp.where(nothing, fill, a) for key, a in logs.items()}
        out = Num({**c, **logs, **masks}, k=Coefficient(Fraction(1)))
        if self.free:
            out.c[LOG_VALUE] = self._free_log(out).c[self.top]
        if x.coef is not None and not x.coef.logs and x.coef.integer is not None and x.coef.integer > 1:
            out.coef = Coefficient(Fraction(1), ((x.coef.integer, 1),))
        return self.tidy(out)

    def materialise(self, x: Num) -> Num:
        """x with the value of its formal logarithm added in."""
        if x.k is None:
            return x
        k = self.constant(x.k) if not self._is_one(x.k) else None
        base = self.without_log(x)
        if LOG_VALUE in x.c and x.coef is None:
            return self.add(base, Num({self.top: x.c[LOG_VALUE]}))
        value = self._free_log(x) if self.free else self._discrete_log(x)
        if x.coef is not None:
            value.const = base.const = value.atom = True
        value = value if k is None else self.mul(self._raised(k, value.ndim), value)
        out = self.add(base, value)
        out.coef, out.const, out.atom = x.coef, x.coef is not None, x.coef is not None
        return out

    @staticmethod
    def without_log(x: Num) -> Num:
        """What stands beside the formal logarithm."""
        kept = {key: a for key, a in x.c.items() if not isinstance(key, tuple) and key != LOG_VALUE}
        return Num(kept, const=x.const)

    @staticmethod
    def _is_one(k: Coefficient) -> bool:
        return k.integer == 1

    def _free_log(self, x: Num) -> Num:
        f = x.c[log_of(self.top)]
        word = self.identity(Num({self.top: f}))
        keys = [self.top, *([E] if x.coef is not None else [])]
        one = self.every(f == 1)
        return Num({key: self.xp.where(one, np.uint64(0), self._random(word, "log", key)) for key in keys})

    def _discrete_log(self, x: Num) -> Num:
        if self.xp is not np:
            raise Stuck("the value of a logarithm is needed; the compiled path has formal logarithms only")
        out: dict[Any, Array] = {}
        bad = np.zeros((self.samples, *x.shape), np.bool_)
        for level in (i for i in x.log_levels if i >= 1):
            f = np.broadcast_to(x.c[log_of(level)], (self.samples, *x.shape))
            square = ring.is_square(np, self.modulus(level, x.ndim), f) & (f != 0)
            bad |= ~square
            out[level - 1] = self._logs(level, np.where(square, f, np.uint64(1)))
        if not out:
            raise Stuck("the chain of primes is too short for the value of a logarithm")
        return self.tidy(Num({**out, BAD: bad}))

    def _logs(self, level: int, f: Array) -> Array:
        """Discrete logarithms to the base of a level, by baby steps and giant steps."""
        out = np.empty(f.shape, np.uint64)
        for s, tower in enumerate(self.towers):
            out[s] = self._sample_logs(tower.primes[level], tower.bases[level], f[s].reshape(-1)).reshape(
                f[s].shape
            )
        return out

    @staticmethod
    def _sample_logs(p: int, w: int, f: Array) -> Array:
        order = (p - 1) // 2
        bits = next(bits for most, bits in _TABLES if f.size <= most)
        baby, exponents, seen = _baby_steps(p, w, bits)
        leap = np.array([[pow(w, -(1 << bits), p)]], np.uint64)
        giants = ring.powers(np.array([[p]], np.uint64), leap, (order >> bits) + 1)[0]
        out, left = np.zeros(f.shape, np.uint64), np.arange(f.size)
        width = max(1, _AT_ONCE // max(f.size, 1))
        for start in range(0, giants.size, width):
            moved = (f[left, None] * giants[start : start + width] % np.uint64(p)).astype(np.uint32)
            rows, columns = np.nonzero(seen[moved & np.uint32(seen.size - 1)])
            likely = moved[rows, columns]
            at = np.minimum(np.searchsorted(baby, likely), baby.size - 1)
            hit = baby[at] == likely
            rows, steps = rows[hit], (start + columns[hit]) << bits
            out[left[rows]] = (exponents[at[hit]] + steps.astype(np.uint64)) % order
            left = np.delete(left, rows)
            if not left.size:
                break
        return out


@functools.lru_cache(maxsize=32)
def _baby_steps(p: int, w: int, bits: int) -> tuple[Array, Array, Array]:
    """The first powers of w modulo p, sorted; their exponents; which low bits occur among them."""
    powers = ring.powers(np.array([[p]], np.uint64), np.array([[w]], np.uint64), 1 << bits)[0]
    order = np.argsort(powers)
    seen = np.zeros(1 << (bits + 3), bool)
    seen[powers & np.uint64(seen.size - 1)] = True
    return powers[order].astype(np.uint32), order.astype(np.uint64), seen
