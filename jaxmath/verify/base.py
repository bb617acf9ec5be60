"""What the parts of `Field` share: its state, and the operations that one uses of another."""

import abc
import collections
from typing import Any

import numpy as np

from jaxmath.verify import primes, ring
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
    E,
    Num,
    Sampled,
    Share,
    Stuck,
    is_of_max,
    log_of,
)

JOINT = 64


class Base(abc.ABC):
    """The state and the components; each part of a field defines some of the other operations.

    Attributes:
      xp: the array library, `numpy` or `jax.numpy`.
      model: how exp, roots, maxima and constants are read.
      samples: the number of sample points.
      free: whether `exp` is an arbitrary function of what is no linear form.
      top: the highest level at which a value has residues.
      joint: whether words that name values are taken over all samples together.
      key: the key of the words.
      towers: the primes of each sample point.
      sums: sums taken before, candidates for a variance.
      branches: how many comparisons of unknown values were met.
      decided: how many comparisons were decided by an equality of values that was found at the points.
      cuts: how many exponents were known at no level of the chain.
      where: the place of the equation under evaluation.
      notes: what was taken for granted, and how often.
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
        self.branches = self.decided = 0
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

    def _shared(self, x: Num, y: Num) -> list[int]:
        shared = [i for i in x.levels if i in y.c]
        if not shared:
            raise Stuck("the chain of primes is too short for logarithms nested this deep")
        return shared

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

    # What the parts define.

    @abc.abstractmethod
    def _random(self, word: Array, name: str, key: Any) -> Array: ...

    # Values.

    @abc.abstractmethod
    def lift(self, value: Array) -> Num:
        """Known floats as constants."""

    @abc.abstractmethod
    def constant(self, value: Any) -> Num:
        """One scalar constant."""

    @abc.abstractmethod
    def atomic(self, x: Num) -> Num:
        """A constant that is no rational number, as a symbol."""

    @abc.abstractmethod
    def fresh(self, word: Array, name: str, sign: int = 0) -> Num:
        """New unknowns keyed by words."""

    @abc.abstractmethod
    def ones_like(self, x: Num) -> Num:
        """Ones in x's shape."""

    @abc.abstractmethod
    def materialise(self, x: Num) -> Num:
        """x with the value of its formal logarithm added in."""

    @abc.abstractmethod
    def same_logs(self, x: Num, y: Num) -> tuple[Num, Num]:
        """Both values with the same coefficient before the formal logarithm, or without one."""

    # Arithmetic.

    @abc.abstractmethod
    def add(self, x: Num, y: Num) -> Num:
        """x + y."""

    @abc.abstractmethod
    def sub(self, x: Num, y: Num) -> Num:
        """x - y."""

    @abc.abstractmethod
    def neg(self, x: Num) -> Num:
        """-x."""

    @abc.abstractmethod
    def mul(self, x: Num, y: Num) -> Num:
        """x y."""

    @abc.abstractmethod
    def div(self, x: Num, y: Num) -> Num:
        """x / y."""

    @abc.abstractmethod
    def inverse(self, x: Num) -> Num:
        """1 / x."""

    @abc.abstractmethod
    def integer_pow(self, x: Num, n: int) -> Num:
        """x**n for an integer n."""

    @abc.abstractmethod
    def plain_sum(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Sum over axes, not kept as a candidate for a variance."""

    @abc.abstractmethod
    def moved(self, x: Num, move: Any) -> Num:
        """x with its entries moved."""

    @abc.abstractmethod
    def own_weight(self, x: Num, level: int) -> Array:
        """The weight of x as a member of sets."""

    @abc.abstractmethod
    def log(self, x: Num) -> Num:
        """log x."""

    @abc.abstractmethod
    def sqrt(self, x: Num) -> Num:
        """The nonnegative root of x."""

    @abc.abstractmethod
    def power_of_pi(self, half_powers: int) -> Num:
        """pi**(n/2)."""

    # Order.

    @abc.abstractmethod
    def compare(self, op: str, x: Num, y: Num) -> Any:
        """A comparison."""

    @abc.abstractmethod
    def select(self, which: Array | Sampled | Share, when_false: Num, when_true: Num) -> Num:
        """A choice."""

    @abc.abstractmethod
    def share(self, x: Num, y: Num) -> Share:
        """The slope along one side of the maximum that the other side is."""

    @abc.abstractmethod
    def mixed(self, share: Share, when_false: Num, when_true: Num) -> Num:
        """when_false + slope (when_true - when_false)."""

    @abc.abstractmethod
    def nonnegative(self, x: Num) -> Num:
        """x, known from elsewhere to be zero or more."""

    @abc.abstractmethod
    def is_spread(self, x: Num) -> bool:
        """Whether x is known to be a mean of squares."""

    @abc.abstractmethod
    def remember_sum(self, x: Num, axes: tuple[int, ...]) -> None:
        """Keeps an array whose sum along axes was taken."""

    @abc.abstractmethod
    def _where(self, mask: Array, x: Num, y: Num, sampled: bool = False) -> Num: ...
