"""Sums, contractions and rearrangements of unknown reals (mixed into `Field`)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.base import Base
from jaxmath.verify.maxima import folded
from jaxmath.verify.num import (
    ANGLE,
    BAD,
    CORE,
    INF,
    LOG_VALUE,
    Array,
    E,
    Num,
    Sampled,
    Stuck,
    is_of_max,
    log_of,
    slab,
)

DotDims = tuple[tuple[Sequence[int], Sequence[int]], tuple[Sequence[int], Sequence[int]]]


class Structure(Base):
    """Linear maps whose matrices are known."""

    def reduce_sum(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Sum over axes."""
        self.remember_sum(x, axes)
        return self.plain_sum(x, axes)

    def plain_sum(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Sum over axes, not kept as a candidate for a variance."""
        if not axes:
            return x
        over = tuple(a + 1 for a in axes)
        ndim = x.ndim - len(axes)
        keys = [k for k in x.c if isinstance(k, int) or k in (CORE, E, ANGLE, LOG_VALUE)]
        c = {k: ring.total(self.xp, self.modulus_of(k, ndim), x.c[k], over) for k in keys}
        for level in x.log_levels:
            c[log_of(level)] = self._product(x.c[log_of(level)], level, over)
        sign = 2 if x.zeros is not None and not x.zeros.all(axis=axes).any() else x.sign
        return self.tidy(Num({**c, **self._summed_masks(x, over)}, k=x.k, sign=sign, const=x.const))

    def _product(self, a: Array, level: int, over: tuple[int, ...]) -> Array:
        for axis in sorted(over, reverse=True):
            a = ring.product(self.xp, self.modulus(level, a.ndim - 1), a, axis)
        return a

    def _summed_masks(self, x: Num, over: tuple[int, ...]) -> dict[Any, Array]:
        masks: dict[Any, Array] = {}
        if BAD in x.c:
            masks[BAD] = x.c[BAD].any(axis=over)
        if INF in x.c:
            low, high = x.c[INF].min(axis=over), x.c[INF].max(axis=over)
            both = (low < 0) & (high > 0)
            masks[BAD] = masks[BAD] | both if BAD in masks else both
            masks[INF] = low + high
        return masks

    def reduce_prod(self, x: Num, axes: tuple[int, ...]) -> Num:
        """Product over axes."""
        return folded(self, self.materialise(x), axes, self.mul)

    def cumsum(self, x: Num, axis: int, reverse: bool) -> Num:
        """Running sums along an axis."""
        x = self.materialise(x)
        keys = [k for k in x.c if isinstance(k, int) or k in (CORE, E, ANGLE)]
        run = functools.partial(_running, self.xp, axis=axis + 1, reverse=reverse)
        c = {k: run(x.c[k]) % self.modulus_of(k, x.ndim) for k in keys}
        if BAD in x.c:
            c[BAD] = run(x.c[BAD].astype(np.uint64)) > 0
        if INF in x.c:
            raise Stuck(f"a running sum of infinite entries{self.where}")
        return Num(c, sign=x.sign, const=x.const)

    def running(self, x: Num, axis: int, reverse: bool, join: Any) -> Num:
        """Running joins (maxima, products) along an axis."""
        n = x.shape[axis]
        parts = [x.moved(slab(i, axis)) for i in range(n)]
        parts = parts[::-1] if reverse else parts
        out = parts[:1]
        for part in parts[1:]:
            out.append(join(out[-1], part))
        return self.concatenate(out[::-1] if reverse else out, axis)

    # Contractions.

    def dot(self, x: Num, y: Num, dims: DotDims) -> Num:
        """A tensor contraction, as `lax.dot_general` orders its axes."""
        x, y = self.materialise(x), self.materialise(y)
        keys: list[Any] = self._shared(x, y)
        linear = x if y.const else y if x.const else None
        if linear is not None:
            keys = [*keys, *(k for k in (CORE, E, ANGLE) if k in linear.c)]
        c = {key: self._dot_component(x, y, key, dims) for key in keys}
        sign = 1 if x.sign and y.sign else 0
        bad = self._dot_bad(x, y, dims)
        return self.tidy(Num({**c, **bad}, sign=sign, const=x.const and y.const))

    def _dot_component(self, x: Num, y: Num, key: Any, dims: DotDims) -> Array:
        # The constant side has no core: its residue at the top level takes that place.
        a, b = (n.c[self.top] if key == CORE and n.const else self.component(n, key) for n in (x, y))
        (cx, cy), (bx, by) = dims
        left, batch, rows = as_matrices(a, cx, bx, contracted_last=True)
        right, _, columns = as_matrices(b, cy, by, contracted_last=False)
        product = ring.matmul(self.xp, self.modulus_of(key, left.ndim - 1), left, right)
        return product.reshape(len(product), *batch, *rows, *columns)

    def _dot_bad(self, x: Num, y: Num, dims: DotDims) -> dict[Any, Array]:
        masks = [self._undefined(n) for n in (x, y)]
        if all(m is None for m in masks):
            return {}
        clean = [
            self.xp.zeros((1, *n.shape), bool) if m is None else m for n, m in zip((x, y), masks, strict=True)
        ]
        (cx, cy), (bx, by) = dims
        ones = [self.xp.ones_like(m) for m in clean]
        left = [as_matrices(a.astype(np.float32), cx, bx, True) for a in (clean[0], ones[0])]
        right = [as_matrices(a.astype(np.float32), cy, by, False) for a in (clean[1], ones[1])]
        hit = self.xp.matmul(left[0][0], right[1][0]) + self.xp.matmul(left[1][0], right[0][0])
        _, batch, rows = left[0]
        return {BAD: (hit > 0).reshape(len(hit), *batch, *rows, *right[0][2])}

    def _undefined(self, x: Num) -> Array | None:
        masks = [x.c[BAD]] if BAD in x.c else []
        masks += [x.c[INF] != 0] if INF in x.c else []
        return functools.reduce(self.xp.logical_or, masks) if masks else None

    # Rearrangements.

    def moved(self, x: Num, move: Any) -> Num:
        """x with its entries moved; `move` keeps the first axis."""
        return x.moved(move)

    def constant_of(self, x: Num) -> Num:
        """x, cut off from differentiation."""
        return x

    def lift_sampled(self, value: Sampled) -> Num:
        """Small integers or booleans that differ by sample, as reals."""
        rows = np.asarray(value.a).astype(np.int64)
        keys = [*self.value_levels, *([E] if self.free else []), ANGLE]
        c = {}
        for key in keys:
            m = self.modulus_of(key, rows.ndim - 1).astype(np.int64)
            c[key] = (rows % m).astype(np.uint64)
        return Num(c, sign=1 if (rows >= 0).all() else 0, const=True)

    def alike(self, xs: Sequence[Num]) -> tuple[list[dict[Any, Array]], Num]:
        """The components of several arrays over the same keys, and a template without components."""
        ks = {x.k for x in xs if x.k is not None}
        xs = [self.materialise(x) for x in xs] if len(ks) > 1 else list(xs)
        levels = set.intersection(*(set(x.levels) for x in xs))
        logs = [set(x.log_levels) for x in xs if x.k is not None]
        log_levels = set.intersection(*logs) if logs else set()
        keys = {key for x in xs for key in x.c if not isinstance(key, int | tuple)}
        keys |= levels | {log_of(i) for i in log_levels}
        if not all(ANGLE in x.c for x in xs):
            keys.discard(ANGLE)
        if E in keys and not all(E in x.c and CORE not in x.c for x in xs):
            keys.add(CORE)
        if not levels:
            raise Stuck("the chain of primes is too short to join these values")
        template = Num({}, k=next((x.k for x in xs if x.k), None), sign=min(x.sign for x in xs))
        template.const = all(x.const for x in xs)
        return [{key: self.component(x, key) for key in keys} for x in xs], template

    def concatenate(self, xs: Sequence[Num], axis: int) -> Num:
        """Arrays one after another along an axis."""
        parts, template = self.alike(xs)
        joined = {key: self._concatenated([p[key] for p in parts], axis + 1) for key in parts[0]}
        return self.tidy(template.with_c(c=joined))

    def _concatenated(self, arrays: list[Array], axis: int) -> Array:
        lead = max(len(a) for a in arrays)
        return self.xp.concatenate([self.xp.broadcast_to(a, (lead, *a.shape[1:])) for a in arrays], axis=axis)

    def assemble(self, xs: Sequence[Num], places: Array) -> Num:
        """Entries named by their places in the operands laid end to end; -1 is undefined."""
        parts, template = self.alike([x.moved(lambda a: a.reshape(len(a), -1)) for x in xs])
        missing = places < 0
        at = np.where(missing, 0, places)
        c = {key: self._concatenated([p[key] for p in parts], 1)[:, at] for key in parts[0]}
        if missing.any():
            c[BAD] = c[BAD] | missing if BAD in c else np.broadcast_to(missing, (1, *places.shape))
        return self.tidy(template.with_c(c=c))

    def scatter_add(self, x: Num, updates: Num, places: Array) -> Num:
        """x with updates added at flat places; -1 drops an update."""
        (a, b), template = self.alike([self.materialise(x), self.materialise(updates)])
        c: dict[Any, Array] = {}
        kept, at = places.reshape(-1) >= 0, places.reshape(-1)[places.reshape(-1) >= 0]
        for key in a:
            if is_of_max(key):
                continue
            lead = max(len(a[key]), len(b[key]))
            flat = np.array(np.broadcast_to(a[key], (lead, *a[key].shape[1:]))).reshape(lead, -1)
            moved = np.broadcast_to(b[key].reshape(len(b[key]), -1), (lead, places.size))[:, kept]
            join = np.logical_or if key == BAD else np.add
            if key == INF:
                raise Stuck(f"infinite entries are scattered{self.where}")
            join.at(flat.T, at, moved.T)
            out = flat.reshape(lead, *x.shape)
            c[key] = out if key == BAD else out % self.modulus_of(key, x.ndim)
        return self.tidy(template.with_c(c=c))


def _running(xp: Any, a: Array, axis: int, reverse: bool) -> Array:
    if reverse:
        return xp.flip(xp.cumsum(xp.flip(a, axis), axis=axis, dtype=np.uint64), axis)
    return xp.cumsum(a, axis=axis, dtype=np.uint64)


def as_matrices(a: Array, contract: Sequence[int], batch: Sequence[int], contracted_last: bool) -> Any:
    """`a` as a stack of matrices, and the sizes of its batch, free and contracted axes."""
    contract, batch = [i + 1 for i in contract], [i + 1 for i in batch]
    free = [i for i in range(1, a.ndim) if i not in contract and i not in batch]
    order = [0, *batch, *free, *contract] if contracted_last else [0, *batch, *contract, *free]
    sizes = [tuple(a.shape[i] for i in group) for group in (batch, free, contract)]
    counts = [int(np.prod(s, dtype=np.int64)) for s in sizes]
    last = (counts[1], counts[2]) if contracted_last else (counts[2], counts[1])
    return a.transpose(order).reshape(len(a), counts[0], *last), sizes[0], sizes[1]
