"""What the parts of `Field` share: its state, and the operations that one part uses of another."""

import abc
import collections
from typing import Any

from jaxmath.verify.model import Model
from jaxmath.verify.num import Array, Num, Sampled, Share
from jaxmath.verify.primes import Tower


class Base(abc.ABC):
    """The parts of a field: each defines some of these operations and uses the others.

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
      cuts: how many exponents were known at no level of the chain.
      where: the place of the equation under evaluation.
      notes: what was taken for granted, and how often.
    """

    xp: Any
    model: Model
    samples: int
    free: bool
    top: int
    joint: bool
    key: int
    towers: tuple[Tower, ...]
    sums: list[tuple[Num, tuple[int, ...]]]
    branches: int
    cuts: int
    where: str
    notes: collections.Counter[str]
    _turns: Array

    # Levels and components.

    @property
    @abc.abstractmethod
    def value_levels(self) -> range:
        """Levels at which an input has residues."""

    @abc.abstractmethod
    def modulus(self, level: int, ndim: int) -> Array:
        """The primes of a level, shaped to broadcast against arrays of rank `ndim` with samples first."""

    @abc.abstractmethod
    def modulus_of(self, key: Any, ndim: int) -> Array:
        """The moduli of the component `key`."""

    @abc.abstractmethod
    def component(self, x: Num, key: Any) -> Array:
        """The component `key` of x, or what its absence stands for."""

    @abc.abstractmethod
    def identity(self, x: Num) -> Array:
        """A word per entry that tells formally different entries apart."""

    @abc.abstractmethod
    def every(self, mask: Array) -> Array:
        """Where a mask holds at all samples, if words are taken over all of them."""

    @abc.abstractmethod
    def some(self, mask: Array) -> Array:
        """Where a mask holds at any sample, if words are taken over all of them."""

    @abc.abstractmethod
    def either(self, x: Num, y: Num, key: Any, join: Any) -> dict[Any, Array]:
        """The join of a mask component that either side may have."""

    @abc.abstractmethod
    def align(self, x: Num, y: Num) -> tuple[Num, Num]:
        """Two operands with the same rank."""

    @abc.abstractmethod
    def tidy(self, x: Num) -> Num:
        """Drops masks that mask nothing and clears residues where the value is infinite."""

    @staticmethod
    @abc.abstractmethod
    def _raised(x: Num, rank: int) -> Num: ...

    @abc.abstractmethod
    def _shared(self, x: Num, y: Num) -> list[int]: ...

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
