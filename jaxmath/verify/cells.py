"""Fields in which comparisons are decided point by point, and a count of what each entry hangs on.

Where values are compared, the reals fall into cells in which the programs are
smooth, and a random point lies in one of them. An entry that hangs on c
comparisons sees one of at most 2**c cells at a point: a defect confined to a
single cell escapes n points with probability (1 - 2**-c)**n.
"""

import functools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from jaxmath.verify.field import Field
from jaxmath.verify.num import Cells, Num, Sampled

_ENTRYWISE = (
    *("add", "sub", "neg", "mul", "inverse", "div", "integer_pow", "exp", "log", "power", "sqrt", "rsqrt"),
    *("sincos", "smooth", "slope", "function", "materialise", "maximum", "minimum", "absolute", "sign"),
    *("select", "concatenate", "assemble", "lift_sampled", "finite_part", "nonnegative"),
)


class CellField(Field):
    """A field that counts the comparisons behind each entry."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The same arguments as a field's."""
        super().__init__(*args, **kwargs)
        # A value that was chosen point by point is the same as another at some points only.
        self.joint = False
        self.sizes: dict[int, int] = {}

    def compare(self, op: str, x: Num, y: Num) -> Any:
        """A comparison; one that was not decided is counted."""
        out = super().compare(op, x, y)
        if not isinstance(out, Sampled):
            return out
        if op in ("eq", "ne"):
            # Outside a set of measure zero equality only hangs on what its sides hang on.
            out.cells = self.joined([x, y], 1)
            return out
        name = hash(tuple(sorted(self._word(n, out.shape) for n in (x, y))))
        self.sizes[name] = math.prod(out.shape)
        out.cells = self.joined([x, y, Sampled(out.a, {name: 1})], 1)
        return out

    def _word(self, x: Num, shape: tuple[int, ...]) -> int:
        """One word for an array, the same before and after it is spread to a shape."""
        word = self.identity(self.materialise(self._raised(x, len(shape))))
        return int(np.add.reduce(np.broadcast_to(word, (len(word), *shape)), axis=None))

    def argsort(self, x: Num, axis: int) -> Sampled:
        """The order of n entries, one of n! that may be: as many cells as log2 n! comparisons make."""
        out = super().argsort(x, axis)
        n = x.shape[axis]
        # An array and its negative have one order, turned round.
        words = [
            np.bitwise_xor.reduce(self.identity(self.materialise(v)), axis=None) for v in (x, self.neg(x))
        ]
        name = hash(("sort", axis, int(min(words))))
        count = math.ceil(math.lgamma(n + 1) / math.log(2.0))
        self.sizes[name] = count * x.size // max(n, 1)
        out.cells = {**self.joined([x], n), name: count}
        return out

    def joined(self, values: Iterable[Any], times: int) -> Cells:
        """The comparisons behind an entry that is made from `times` entries of each value."""
        out: Cells = {}
        for value in values:
            cells = getattr(value, "cells", None)
            if isinstance(value, Sampled) and cells is None:
                cells = self.sizes
            for name, n in (cells or {}).items():
                out[name] = min(
                    self.sizes[name] if name in self.sizes else n * times, max(n * times, out.get(name, 0))
                )
        return out

    def marked(self, out: Any, values: Iterable[Any], times: int = 1) -> Any:
        """A result with the comparisons behind it."""
        if isinstance(out, tuple):
            return tuple(self.marked(part, values, times) for part in out)
        if not isinstance(out, Num):
            return out
        cells = self.joined(values, times)
        for name, n in (out.cells or {}).items():
            cells[name] = max(n, cells.get(name, 0))
        return out if cells == (out.cells or {}) else out.with_c(cells=cells)

    def reduce_sum(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Sum over axes."""
        return self.marked(super().reduce_sum(x, axes), [x], math.prod(x.shape[a] for a in axes))

    def reduce_prod(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Product over axes."""
        return self.marked(super().reduce_prod(x, axes), [x], math.prod(x.shape[a] for a in axes))

    def reduce_max(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Largest entry along axes."""
        return self.marked(super().reduce_max(x, axes), [x], math.prod(x.shape[a] for a in axes))

    def cumsum(self, x: Num, axis: int, reverse: bool) -> Num:
        """Running sums."""
        return self.marked(super().cumsum(x, axis, reverse), [x], x.shape[axis])

    def running(self, x: Num, axis: int, reverse: bool, join: Any) -> Num:
        """Running joins."""
        return self.marked(super().running(x, axis, reverse, join), [x], x.shape[axis])

    def dot(self, x: Num, y: Num, dims: Any) -> Num:
        """A contraction."""
        return self.marked(super().dot(x, y, dims), [x, y], math.prod(x.shape[a] for a in dims[0][0]))

    def scatter_add(self, x: Num, updates: Num, places: Any) -> Num:
        """x with updates added."""
        return self.marked(super().scatter_add(x, updates, places), [x, updates], updates.size)

    def comparisons(self, values: Iterable[Any]) -> int:
        """How many comparisons an entry of these values hangs on at most."""
        return sum(self.joined(values, 1).values())


def _entrywise(name: str) -> Any:
    inner = getattr(Field, name)

    @functools.wraps(inner)
    def method(self: CellField, *args: Any, **kwargs: Any) -> Any:
        values = [v for a in args for v in (a if isinstance(a, list | tuple) else [a])]
        return self.marked(inner(self, *args, **kwargs), values)

    return method


for _name in _ENTRYWISE:
    setattr(CellField, _name, _entrywise(_name))


def points(failure: float, comparisons: int) -> int:
    """How many points leave a defect in one cell undiscovered with probability `failure` at most."""
    if comparisons == 0:
        return 1
    if comparisons > 40:
        return 2**62
    return math.ceil(math.log(failure) / math.log1p(-(2.0**-comparisons)))


def escape(count: int, comparisons: int) -> float:
    """The probability that a defect in one cell escapes `count` points."""
    return math.exp(count * math.log1p(-(2.0**-comparisons))) if comparisons else 0.0
