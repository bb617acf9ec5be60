"""Arithmetic of unknown reals at random points of prime fields."""

import collections
import dataclasses
import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import constants, primes, ring
from jaxmath.verify.functions import MOST_REMEMBERED, Functions, inverse_making, product_of_makings, spread
from jaxmath.verify.maxima import Maxima
from jaxmath.verify.model import Model
from jaxmath.verify.num import (
    ANGLE,
    BAD,
    CORE,
    HUGE,
    INF,
    LOG_VALUE,
    MAX_SET,
    MAX_SIZE,
    Array,
    Coefficient,
    E,
    Making,
    Num,
    Stuck,
    is_of_max,
    log_of,
)
from jaxmath.verify.order import Order
from jaxmath.verify.structure import Structure

_MOST_POWERS = 64
JOINT = 64


class Field(Functions, Maxima, Order, Structure):
    """The domain of residues: one random point per sample, every sample with primes of its own.

    With `model.exp == "free"` a value has residues at one prime; `exp` is a
    homomorphism on the linear part of its argument and an arbitrary function
    of the rest. With `model.exp == "tower"` a value has residues at every
    level of a chain and `exp` takes level i to level i + 1.
    """

    def __init__(self, model: Model, samples: int, seed: int, xp: Any = np) -> None:
        """Draws the primes for `samples` points."""
        self.model, self.samples, self.seed, self.xp = model, samples, seed, xp
        self.free = model.exp == "free"
        self.height = 2 if self.free else model.levels
        self.top = self.height - 1
        # Words that name values are taken over all samples together, unless there are very many.
        self.joint = samples <= JOINT
        drawn = primes.towers(seed, min(samples, JOINT), self.height, model.step, model.prime_top)
        self.towers = tuple(drawn[s % len(drawn)] for s in range(samples))
        self.notes: collections.Counter[str] = collections.Counter()
        self.readings: collections.Counter[str] = collections.Counter()
        self.branches = 0
        self.cuts = 0
        self.huge: dict[float, int] = {}
        self.sums: list[tuple[Num, tuple[int, ...]]] = []
        self.where = ""
        moduli = [[t.primes[i] for t in self.towers] for i in range(self.height)]
        self._moduli = [np.array(row, np.uint64) for row in moduli]
        self._turns = np.array([t.turn for t in self.towers], np.uint64)
        self.key = int(np.random.default_rng([seed, 0x6B]).integers(1, 2**62))

    @property
    def value_levels(self) -> range:
        """Levels at which an input has residues."""
        return range(self.top, self.height) if self.free else range(self.height)

    def modulus(self, level: int, ndim: int) -> Array:
        """The primes of a level, shaped to broadcast against arrays of rank `ndim` with samples first."""
        return self._moduli[level].reshape(-1, *(1,) * ndim)

    def modulus_of(self, key: Any, ndim: int) -> Array:
        """The moduli of the component `key`."""
        if key == ANGLE:
            return self._turns.reshape(-1, *(1,) * ndim)
        if key == E:
            return self.modulus(self.top - 1, ndim)
        if key in (CORE, LOG_VALUE):
            return self.modulus(self.top, ndim)
        if is_of_max(key):
            return self.modulus(int(key.split("/")[1]), ndim)
        return self.modulus(key[1] if isinstance(key, tuple) else key, ndim)

    # Making values.

    def unknown(self, name: str, shape: tuple[int, ...]) -> Num:
        """Fresh unknowns: independent uniform residues, the same for the same seed and name."""
        rng = np.random.default_rng([self.seed, *name.encode()])
        keys = [*self.value_levels, *([E] if self.free else []), ANGLE]
        draw = functools.partial(self._uniform, rng, shape)
        return Num({key: draw(key) for key in keys})

    def _uniform(self, rng: np.random.Generator, shape: tuple[int, ...], key: Any) -> Array:
        m = self.modulus_of(key, len(shape))
        return self.xp.asarray(rng.integers(0, m, (self.samples, *shape), dtype=np.uint64))

    def lift(self, value: Array) -> Num:
        """Known floats as constants: exact, or read as the constants they stand for."""
        value = np.asarray(value, np.float64)
        if value.size and (value == value.flat[0]).all() or value.size and np.isnan(value).all():
            one = self.constant(constants.exact_or_read(self, float(value.flat[0])))
            one = one.moved(
                lambda a: np.broadcast_to(a.reshape(-1, *(1,) * value.ndim), (len(a), *value.shape))
            )
            return one.with_c(values=value)
        return self._lift_entries(value)

    def _lift_entries(self, value: Array) -> Num:
        entries, places = np.unique(value, return_inverse=True)
        lifted = [self.constant(constants.exact_or_read(self, float(v))) for v in entries]
        keys = {key for n in lifted for key in n.c}
        rows = {key: np.stack([self.component(n, key) for n in lifted], axis=1) for key in keys}
        sign = min((n.sign for n in lifted), default=0)
        const = all(n.const for n in lifted)
        if any(n.k is not None for n in lifted):
            raise Stuck("an array of constants that mixes logarithms with other numbers")
        atom = any(n.atom for n in lifted)
        c = {key: a[:, places.reshape(value.shape)] for key, a in rows.items()}
        return Num(c, sign=sign, const=const, atom=atom, values=value)

    def constant(self, value: "constants.Constant | str | Coefficient") -> Num:
        """One scalar constant; `-inf`, `inf` and `nan` are strings."""
        if isinstance(value, str):
            return self._infinite(value)
        if isinstance(value, Coefficient):
            value = constants.Constant(value.rational, logs=value.logs)
        out = self._rational(value.factor)
        for base, n in value.logs:
            unit = self.materialise(self.log(self._rational(Fraction(base))))
            for _ in range(abs(n)):
                out = self.mul(out, unit if n > 0 else self.inverse(unit))
        out.coef = value.coefficient
        if value.square != 1:
            out = self.mul(out, self.sqrt(self._rational(value.square)))
        if value.half_pi:
            out = self.mul(out, self.power_of_pi(value.half_pi))
        return out

    def atomic(self, x: Num) -> Num:
        """A constant that is no rational number, as a symbol with exponent and angle keyed by its value."""
        word = self.identity(x)
        extra = {key: self._random(word, "atom", key) for key in ([E, ANGLE] if self.free else [ANGLE])}
        kept = {key: a for key, a in x.c.items() if key != CORE}
        return x.with_c(c={**kept, **extra}, const=True, atom=True)

    def _rational(self, value: Fraction) -> Num:
        keys = [*self.value_levels, *([E] if self.free else []), ANGLE]
        sign = 2 if value > 0 else 1 if value == 0 else 0
        c = {key: self._residues(value, key) for key in keys}
        return Num(c, sign=sign, const=True, coef=Coefficient(value))

    def _residues(self, value: Fraction, key: Any) -> Array:
        moduli = [int(m) for m in self.modulus_of(key, 0).reshape(-1)]
        return np.array([self._residue(value, m) for m in moduli], np.uint64)

    @staticmethod
    def _residue(value: Fraction, m: int) -> int:
        if value.denominator % m == 0:
            return 0
        return value.numerator * pow(value.denominator, -1, m) % m

    def _infinite(self, text: str) -> Num:
        value, c = float(text), self._rational(Fraction(0)).c
        if math.isnan(value):
            return Num({**c, BAD: np.ones((1,), bool)})
        c = {**c, INF: np.full((1,), 1 if value > 0 else -1, np.int8)}
        if math.isfinite(value):
            number = self.huge.setdefault(abs(value), len(self.huge) + 1)
            c[HUGE] = np.full((1,), number, np.int32)
        return Num(c, const=True)

    # Components.

    def component(self, x: Num, key: Any) -> Array:
        """The component `key` of x, or what its absence stands for."""
        if key in x.c:
            return x.c[key]
        if key == CORE:
            return self.xp.zeros_like(x.c[self.top]) if E in x.c else x.c[self.top]
        if key == MAX_SET:
            return self.identity(x)
        if is_of_max(key) and key != MAX_SIZE:
            return self.own_weight(x, int(key.split("/")[1]))
        if key == MAX_SIZE:
            return self.xp.ones((1, *x.shape), np.int32)
        kind = {BAD: np.bool_, INF: np.int8, HUGE: np.int32}.get(key, np.uint64)
        fill = 1 if isinstance(key, tuple) else 0
        return self.xp.full((1, *x.shape), fill, kind)

    def identity(self, x: Num) -> Array:
        """A word per entry that tells formally different entries apart (samples taken together)."""
        parts = [x.c[key] for key in (*x.levels[-1:], *map(log_of, x.log_levels[-1:]))]
        parts = [self.xp.broadcast_to(a, (self.samples, *x.shape)) for a in parts]
        key = self.key if x.k is None else self.key ^ hash((x.k.rational, x.k.logs)) & 0xFFFF
        return ring.digest(self.xp, key, parts, self.joint)

    def every(self, mask: Array) -> Array:
        """Where a mask holds at all samples, if words are taken over all of them."""
        return mask.all(axis=0, keepdims=True) if self.joint else mask

    def some(self, mask: Array) -> Array:
        """Where a mask holds at any sample, if words are taken over all of them."""
        return mask.any(axis=0, keepdims=True) if self.joint else mask

    def either(self, x: Num, y: Num, key: Any, join: Any) -> dict[Any, Array]:
        """The join of a mask component that either side may have."""
        if key not in x.c and key not in y.c:
            return {}
        return {key: join(self.component(x, key), self.component(y, key))}

    def align(self, x: Num, y: Num) -> tuple[Num, Num]:
        """Two operands with the same rank; scalars broadcast."""
        if x.ndim == y.ndim:
            return x, y
        rank = max(x.ndim, y.ndim)
        return self._raised(x, rank), self._raised(y, rank)

    @staticmethod
    def _raised(x: Num, rank: int) -> Num:
        return x.moved(lambda a: a.reshape(len(a), *(1,) * (rank - x.ndim), *a.shape[1:]))

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

    def _shared(self, x: Num, y: Num) -> list[int]:
        shared = [i for i in x.levels if i in y.c]
        if not shared:
            raise Stuck("the chain of primes is too short for logarithms nested this deep")
        return shared

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

    def ones_like(self, x: Num) -> Num:
        """Ones in x's shape."""
        return self.lift(np.ones(x.shape))

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

    def tidy(self, x: Num) -> Num:
        """Drops masks that mask nothing and clears residues where the value is infinite."""
        c = dict(x.c)
        if self.xp is np:
            for key in (BAD, INF):
                if key in c and not c[key].any():
                    del c[key]
        if HUGE in c and INF not in c:
            del c[HUGE]
        if INF in c:
            c = {
                k: a if k in (BAD, INF, HUGE) or is_of_max(k) else self._cleared(k, a, c[INF])
                for k, a in c.items()
            }
        return x.with_c(c=c)

    def _cleared(self, key: Any, a: Array, inf: Array) -> Array:
        return self.xp.where(inf != 0, np.uint64(1 if isinstance(key, tuple) else 0), a)


def _small_integers(values: Array | None) -> bool:
    return values is not None and bool(np.all((values == np.round(values)) & (np.abs(values) <= 4)))
