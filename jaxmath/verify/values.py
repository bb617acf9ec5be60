"""Fresh unknowns and known constants (mixed into `Field`)."""

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import constants
from jaxmath.verify.base import Base
from jaxmath.verify.num import ANGLE, BAD, CORE, HUGE, INF, Array, Coefficient, E, Num, Stuck


class Values(Base):
    """Where values come from."""

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
        moduli, places = np.unique(self.modulus_of(key, 0).reshape(-1), return_inverse=True)
        return np.array([self._residue(value, int(m)) for m in moduli], np.uint64)[places]

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

    def ones_like(self, x: Num) -> Num:
        """Ones in x's shape."""
        return self.lift(np.ones(x.shape))

    def power_of_pi(self, half_powers: int) -> Num:
        """pi**(n/2), pi being a symbol whose root is a square as well."""
        word = np.full((1,), 0x3141592653589793, np.uint64)
        fourth = Num({key: self._random(word, "pi", key) for key in self.value_levels}, sign=2)
        return self.atomic(self.integer_pow(fourth, 2 * half_powers))
