"""Dual numbers: each unknown with its derivative along one direction.

A domain over a domain: a value is a pair (x, dx) and every operation carries
the derivative by the rules of calculus, in exact arithmetic. JAX's own
differentiation is not used.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaxmath.verify.dual_functions import Dual, DualFunctions
from jaxmath.verify.maxima import folded
from jaxmath.verify.num import Sampled, slab


class Duals(DualFunctions):
    """The domain of dual numbers over a base domain."""

    @property
    def rolls(self) -> bool:
        """Whether loops stay loops."""
        return getattr(self.base, "rolls", False)

    def lift_traced(self, value: Any) -> Dual:
        """Integers that only the running program knows, as constants."""
        return Dual(self.base.lift_traced(value))

    def apply(self, primitive: Any, params: Any, values: Any, data: Any) -> Dual:
        """A primitive that only moves entries."""
        chosen = [n for n in data]

        def filled(parts: list[Any]) -> list[Any]:
            return [parts[chosen.index(n)] if n in chosen else v for n, v in enumerate(values)]

        return self._joined(
            [values[n] for n in data], lambda parts: self.base.apply(primitive, params, filled(parts), data)
        )

    @property
    def where(self) -> str:
        """The place of the equation under evaluation."""
        return self.base.where

    @where.setter
    def where(self, text: str) -> None:
        self.base.where = text

    def lift_sampled(self, value: Sampled) -> Dual:
        """A constant that differs by sample."""
        return Dual(self.base.lift_sampled(value))

    def moved_share(self, share: Any, move: Any) -> Any:
        """A share with its entries moved."""
        return self.base.moved_share(share, move)

    def lift_share(self, share: Any) -> Dual:
        """A share as a real; like the comparison it stands for, it has no derivative."""
        return Dual(self.base.lift_share(share))

    def constant_of(self, x: Dual) -> Dual:
        """The value without its derivative."""
        return Dual(x.x)

    # Order.

    def maximum(self, x: Dual, y: Dual) -> Dual:
        """max(x, y) with the derivative of a symmetric function, or of the larger one."""
        if x is y:
            return x
        decided = self.base.larger_by_sign(*self.base.align(x.x, y.x))
        if decided is not None:
            return x if self._same(decided, x.x) else y
        if not self.base.takes_free_maximum(x.x, y.x):
            return self.select(self.base.compare("ge", *self.base.align(x.x, y.x)), y, x)
        out = self.base.maximum(x.x, y.x)
        slope = self._sum(self._max_slope(x), self._max_slope(y))
        return self._with_max_slope(out, slope)

    def _same(self, a: Any, b: Any) -> bool:
        return a is b or (a.shape == b.shape and a.c is b.c)

    def _max_slope(self, x: Dual) -> Any:
        """Sum of the derivatives of the set's members, each weighted by a random function of the member."""
        if x.dx is None:
            return None
        if x.max_slope is not None:
            return x.max_slope
        return self.base.finite_part(self.base.mul(self.base.max_weight(x.x), x.dx), x.x)

    def _with_max_slope(self, out: Any, slope: Any) -> Dual:
        if slope is None:
            return Dual(out)
        return Dual(out, self.base.div(slope, self.base.max_weight(out)), slope)

    def minimum(self, x: Dual, y: Dual) -> Dual:
        """min(x, y)."""
        return self.neg(self.maximum(self.neg(x), self.neg(y)))

    def reduce_max(self, x: Dual, axes: tuple[int, ...]) -> Dual:
        """The largest entry along axes."""
        if not self.base.model.free_maxima:
            return folded(self, x, axes, self.maximum)
        out = self.base.reduce_max(x.x, axes)
        slope = self._max_slope(x)
        return self._with_max_slope(out, None if slope is None else self.base.reduce_sum(slope, axes))

    def reduce_min(self, x: Dual, axes: tuple[int, ...]) -> Dual:
        """The smallest entry along axes."""
        return self.neg(self.reduce_max(self.neg(x), axes))

    def compare(self, op: str, x: Dual, y: Dual) -> Any:
        """A comparison of the values."""
        return self.base.compare(op, x.x, y.x if x is not y else x.x)

    def argsort(self, x: Dual, axis: int) -> Any:
        """The places of the values in ascending order."""
        return self.base.argsort(x.x, axis)

    def is_finite(self, x: Dual) -> Any:
        """Whether the values are finite."""
        return self.base.is_finite(x.x)

    def absolute(self, x: Dual) -> Dual:
        """|x|."""
        if getattr(x.x, "sign", 0):
            return x
        zero = self.lift(np.zeros(()))
        out = self.select(self.compare("ge", x, zero), self.neg(x), x)
        return dataclasses.replace(out, x=self.base.nonnegative(out.x))

    def sign(self, x: Dual) -> Dual:
        """The sign, whose derivative is zero."""
        return Dual(self.base.sign(x.x))

    def select(self, which: Any, when_false: Dual, when_true: Dual) -> Dual:
        """A choice, with the derivative of what is chosen."""
        out = self.base.select(which, when_false.x, when_true.x)
        if when_false.dx is None and when_true.dx is None:
            return Dual(out)
        return Dual(out, self.base.select(which, self.tangent(when_false), self.tangent(when_true)))

    def tangent(self, x: Dual) -> Any:
        """The derivative, zeros if there is none."""
        return self.base.lift(np.zeros(x.shape)) if x.dx is None else x.dx

    # Linear maps.

    def _linear(self, x: Dual, f: Callable[[Any], Any]) -> Dual:
        return Dual(f(x.x), None if x.dx is None else f(x.dx))

    def moved(self, x: Dual, move: Callable[[Any], Any]) -> Dual:
        """Entries moved, in the value and in the derivative."""
        out = self._linear(x, lambda part: self.base.moved(part, move))
        out.max_slope = None if x.max_slope is None else self.base.moved(x.max_slope, move)
        return out

    def reduce_sum(self, x: Dual, axes: tuple[int, ...]) -> Dual:
        """Sum over axes."""
        return self._linear(x, lambda part: self.base.reduce_sum(part, axes))

    def reduce_prod(self, x: Dual, axes: tuple[int, ...]) -> Dual:
        """Product over axes."""
        return folded(self, x, axes, self.mul)

    def cumsum(self, x: Dual, axis: int, reverse: bool) -> Dual:
        """Running sums."""
        return self._linear(x, lambda part: self.base.cumsum(part, axis, reverse))

    def running(self, x: Dual, axis: int, reverse: bool, join: Any) -> Dual:
        """Running joins along an axis."""
        parts = [self.moved(x, slab(i, axis)) for i in range(x.shape[axis])]
        parts = parts[::-1] if reverse else parts
        out = parts[:1]
        for part in parts[1:]:
            out.append(join(out[-1], part))
        return self.concatenate(out[::-1] if reverse else out, axis)

    def dot(self, x: Dual, y: Dual, dims: Any) -> Dual:
        """(x y)' = x' y + x y'."""
        left = None if x.dx is None else self.base.dot(x.dx, y.x, dims)
        right = None if y.dx is None else self.base.dot(x.x, y.dx, dims)
        return Dual(self.base.dot(x.x, y.x, dims), self._sum(left, right))

    def _joined(self, xs: Sequence[Dual], f: Callable[[list[Any]], Any]) -> Dual:
        out = f([x.x for x in xs])
        if all(x.dx is None for x in xs):
            return Dual(out)
        return Dual(out, f([self.tangent(x) for x in xs]))

    def concatenate(self, xs: Sequence[Dual], axis: int) -> Dual:
        """Arrays one after another."""
        return self._joined(xs, lambda parts: self.base.concatenate(parts, axis))

    def assemble(self, xs: Sequence[Dual], places: Any) -> Dual:
        """An array whose entries are named by their places."""
        return self._joined(xs, lambda parts: self.base.assemble(parts, places))

    def scatter_add(self, x: Dual, updates: Dual, places: Any) -> Dual:
        """x with updates added at flat places."""
        return self._joined([x, updates], lambda parts: self.base.scatter_add(*parts, places))

    def materialise(self, x: Dual) -> Dual:
        """The value with its formal logarithm added in."""
        return Dual(self.base.materialise(x.x), x.dx)
