"""Losses of next-token prediction, one a token, in blocks of tokens and words; see `linear_cross_entropy`."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._kernel import Arrays, Direction, Kernel, Present
from jaxmath.kernels._numeric import wide, widened


@dataclasses.dataclass(frozen=True)
class TokenLosses(Kernel):
    """Losses and logarithms of denominators, of vectors, table, bias and targets."""

    label_smoothing: float
    z_loss: float
    soft_cap: float | None
    block: tuple[int, int]

    def forward(self, *args: jax.Array) -> Arrays:
        """Losses and log-denominators, `[n]`."""
        x, table, bias, targets = args
        one = lambda state, rows: (state, self._denominators(rows[0], table, bias))  # noqa: E731
        _, (lse, total) = by_tokens(self.block[0], one, (), (x,))
        return self.combined(lse, self.right(x, table, bias, targets), total, table.shape[0]), lse

    def right(self, x: jax.Array, table: jax.Array, bias: jax.Array, targets: jax.Array) -> jax.Array:
        """The scores of the right words."""
        return self.capped((widened(x) * widened(table[targets])).sum(-1) + bias[targets])

    def combined(self, lse: jax.Array, right: jax.Array, total: jax.Array, v: int) -> jax.Array:
        """Losses, from log-denominators, the scores of the right words and the sums of all scores."""
        losses = lse - (1 - self.label_smoothing) * right + self.z_loss * lse**2
        return losses - self.label_smoothing / v * total

    def share(self, start: Any, size: int, targets: jax.Array, v: int, axis: int = 1) -> jax.Array:
        """What the truth, with smooth labels, gives to some words; words along an axis."""
        words, targets = jnp.expand_dims(start + jnp.arange(size), 1 - axis), jnp.expand_dims(targets, axis)
        return jnp.where(words == targets, 1 - self.label_smoothing, 0) + self.label_smoothing / v

    def _denominators(self, x: jax.Array, table: jax.Array, bias: jax.Array) -> Arrays:
        """Log-denominators of some tokens, and sums of scores."""

        def first(start: Any, size: int) -> Arrays:
            scores = self._scores(x, table, bias, start, size)
            top = lax.stop_gradient(scores.max(-1))
            return top, jnp.exp(scores - top[:, None]).sum(-1), self.total(scores)

        def more(state: Arrays, start: Any, size: int) -> Arrays:
            top, below, total = state
            scores = self._scores(x, table, bias, start, size)
            new = lax.stop_gradient(jnp.maximum(top, scores.max(-1)))
            below = below * jnp.exp(top - new) + jnp.exp(scores - new[:, None]).sum(-1)
            return new, below, total + self.total(scores)

        top, below, total = by_words(self.block[1], first, more, table.shape[0])
        return top + jnp.log(below), total

    def total(self, scores: jax.Array, axis: int = -1) -> jax.Array:
        """The sums of scores over words, where labels are smooth."""
        return scores.sum(axis) if self.label_smoothing else jnp.zeros_like(scores.max(axis))

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of vectors, table and bias."""
        x, table, bias, targets = args
        by_loss, by_lse = (
            jnp.zeros_like(y) if ct is None else ct for y, ct in zip(outputs, cotangents, strict=True)
        )
        by_lse = by_lse + by_loss * (1 + 2 * self.z_loss * outputs[1])
        rows = (x, targets, outputs[1], by_loss, by_lse)
        need_table, need_bias = wanted[1], wanted[2]
        sums = (jnp.zeros(table.shape, wide(table)), jnp.zeros(bias.shape, bias.dtype))

        def one(sums: Arrays, rows: Arrays) -> tuple[Arrays, jax.Array]:
            def more(state: Arrays, start: Any, size: int) -> Arrays:
                dx, dtable, dbias = state
                ds = self._pulled(rows, table, bias, start, size)
                part = lax.dynamic_slice_in_dim(table, start, size)
                dx = dx + product(ds.astype(table.dtype), part, (1, 0)) if wanted[0] else dx
                if need_table:
                    dtable = add_at(dtable, start, product(ds.astype(x.dtype), rows[0], (0, 0)))
                dbias = add_at(dbias, start, ds.sum(0)) if need_bias else dbias
                return dx, dtable, dbias

            state = (jnp.zeros(rows[0].shape, outputs[0].dtype), *sums)
            first = lambda start, size: more(state, start, size)  # noqa: E731
            dx, *sums = by_words(self.block[1], first, more, table.shape[0])
            return tuple(sums), dx

        (dtable, dbias), dx = by_tokens(self.block[0], one, sums, rows)
        found = (dx.astype(x.dtype), dtable.astype(table.dtype), dbias, None)
        return tuple(y if asked else None for y, asked in zip(found, wanted, strict=True))

    def _pulled(self, rows: Arrays, table: jax.Array, bias: jax.Array, start: Any, size: int) -> jax.Array:
        """The cotangents of a block of scores, before they were capped."""
        x, targets, lse, by_loss, by_lse = rows
        scores = self._scores(x, table, bias, start, size)
        share = self.share(start, size, targets, table.shape[0])
        ds = by_lse[:, None] * jnp.exp(scores - lse[:, None]) - by_loss[:, None] * share.astype(scores.dtype)
        return self.uncapped(ds, scores)

    def _scores(self, x: jax.Array, table: jax.Array, bias: jax.Array, start: Any, size: int) -> jax.Array:
        part = lax.dynamic_slice_in_dim(table, start, size)
        return self.capped(product(x, part, (1, 1)) + lax.dynamic_slice_in_dim(bias, start, size)[None])

    def capped(self, scores: jax.Array) -> jax.Array:
        """Scores under the soft-cap."""
        return scores if self.soft_cap is None else self.soft_cap * jnp.tanh(scores / self.soft_cap)

    def uncapped(self, ds: jax.Array, scores: jax.Array) -> jax.Array:
        """The cotangents of scores before the cap, from those after it."""
        return ds if self.soft_cap is None else ds * (1 - (scores / self.soft_cap) ** 2)


def by_words(size: int, first: Callable[..., Any], more: Callable[..., Any], v: int) -> Any:
    """A state after all blocks of words, begun with one that makes the others equally large."""
    size = min(size, v)
    count = -(-v // size) - 1
    rest = v - count * size
    step = lambda i, state: more(state, rest + i * size, size)  # noqa: E731
    state = first(0, rest)
    return lax.fori_loop(0, count, step, state) if count else state


def by_tokens(size: int, function: Callable[..., Any], state: Any, rows: Arrays) -> Any:
    """A state after all blocks of tokens, and what was made of each; the last is filled up with zeros."""
    n = rows[0].shape[0]
    count = -(-n // size)
    if count <= 1:
        return function(state, rows)
    padded = [jnp.pad(r, [(0, count * size - n)] + [(0, 0)] * (r.ndim - 1)) for r in rows]
    cut = tuple(r.reshape(count, size, *r.shape[1:]) for r in padded)
    state, found = lax.scan(function, state, cut)
    return state, jax.tree.map(lambda y: y.reshape(-1, *y.shape[2:])[:n], found)


def product(a: jax.Array, b: jax.Array, axes: tuple[int, int]) -> jax.Array:
    """A product that adds up in float32 at least; on CPUs, XLA has none that takes 16-bit numbers."""
    if jax.default_backend() == "cpu":
        a, b = widened(a), widened(b)
    dims = (((axes[0],), (axes[1],)), ((), ()))
    return lax.dot_general(a, b, dims, preferred_element_type=wide(a))


def add_at(total: jax.Array, start: Any, part: jax.Array) -> jax.Array:
    """A sum with a part added to its rows from `start` on."""
    old = lax.dynamic_slice_in_dim(total, start, part.shape[0])
    return lax.dynamic_update_slice_in_dim(total, old + part, start, 0)
