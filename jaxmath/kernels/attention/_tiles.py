"""Blocks: how operands are laid out in them, and the scores of one block of queries and one of keys.

A tile has axes `[item, reader, query, key]`, or `[item, key, reader, query]` if it is turned, which the
backward pass prefers: every product is then taken along the last axis of its left operand. A single reader
has no axis, so that a tile has the shape of its product and is masked where it lies.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._numeric import wide
from jaxmath.kernels.attention._dropout import keep
from jaxmath.kernels.attention._fold import Fold
from jaxmath.kernels.attention._plan import Options, Plan

# Operands with one entry a query (rows of the product) and with one entry a key.
ROWS = ("q", "o", "do", "lse", "delta", "dq")
COLUMNS = ("k", "v", "dk", "dv")
PAIRS = ("bias", "mask", "dbias")


def lay_out(name: str, x: jax.Array, plan: Plan) -> jax.Array:
    """From `[items, readers, ...]` to blocks; what fills the last block up is never read."""
    if name in ROWS:
        x = _pad(x, 2, plan.query_blocks * plan.queries)
        x = x.reshape(*x.shape[:2], plan.query_blocks, plan.queries, *x.shape[3:])
        return x.swapaxes(1, 2).reshape(x.shape[0], plan.query_blocks, plan.rows, *x.shape[4:])
    if name in COLUMNS:
        x = _pad(x[:, 0], 1, plan.key_blocks * plan.keys)
        return x.reshape(x.shape[0], plan.key_blocks, plan.keys, *x.shape[2:])
    if name in PAIRS:
        x = _pad(x, 2, plan.query_blocks * plan.queries) if x.shape[2] > 1 else x
        return _pad(x, 3, plan.key_blocks * plan.keys) if x.shape[3] > 1 else x
    if name == "query_segments":
        return _pad(x, 2, plan.query_blocks * plan.queries)
    return _pad(x, 2, plan.key_blocks * plan.keys) if name == "key_segments" else x


def rows_back(x: jax.Array, plan: Plan) -> jax.Array:
    """From blocks of rows, `[items, blocks, rows, ...]`, to `[items, readers, n, ...]`."""
    x = x.reshape(*x.shape[:2], plan.readers, plan.queries, *x.shape[3:]).swapaxes(1, 2)
    return x.reshape(x.shape[0], plan.readers, -1, *x.shape[4:])[:, :, : plan.n]


def _pad(x: jax.Array, axis: int, size: int) -> jax.Array:
    missing = size - x.shape[axis]
    if not missing:
        return x
    # The last entry again: ranges of segment numbers stay what they are.
    widths = [(0, missing if a == axis else 0) for a in range(x.ndim)]
    return jnp.pad(x, widths, mode="edge" if jnp.issubdtype(x.dtype, jnp.integer) else "constant")


@dataclasses.dataclass(frozen=True)
class Chunk:
    """The operands of some items, in blocks.

    Attributes:
      options: the static options.
      plan: the sizes.
      data: the operands by name.
    """

    options: Options
    plan: Plan
    data: dict[str, jax.Array]

    def block(self, name: str, i: Any) -> jax.Array:
        """One block of rows or of keys, in the dtype of products."""
        x = lax.dynamic_index_in_dim(self.data[name], i, 1, keepdims=False)
        return x.astype(jnp.float32) if self.options.wide and x.dtype.itemsize == 2 else x

    def tile(self, i: Any, j: Any, turned: bool = False) -> "Tile":
        """The tile of block `i` of queries and block `j` of keys."""
        return Tile(self, i, j, turned)


def chunks(
    options: Options, plan: Plan, fold: Fold, operands: dict[str, jax.Array]
) -> Callable[[Any], Chunk]:
    """A function from the number of a chunk to its `Chunk`."""
    whole = {x: fold.items + fold.readers for x in ROWS} | dict.fromkeys(COLUMNS, fold.items)
    flat = {x: fold.flat(operands[x], whole.get(x, fold.shared(plan.chunk))) for x in operands}
    laid = {x: lay_out(x, value, plan) for x, value in flat.items()}
    starts = {x: fold.starts(operands[x], plan.chunk) for x in laid if x not in ROWS + COLUMNS}
    spans = {x: fold.span(operands[x], plan.chunk) for x in starts}

    def take(h: Any) -> Chunk:
        data = {}
        for x, value in laid.items():
            start, span = (starts[x][h], spans[x]) if x in starts else (h * plan.chunk, plan.chunk)
            data[x] = lax.dynamic_slice_in_dim(value, start, span, 0)
        return Chunk(options, plan, data)

    return take


@dataclasses.dataclass(frozen=True)
class Tile:
    """What a tile adds to its scores, and what it hides."""

    chunk: Chunk
    i: Any
    j: Any
    turned: bool

    @property
    def single(self) -> bool:
        """Whether there is one reader, and no axis for it."""
        return self.chunk.plan.readers == 1

    def turn(self, x: jax.Array) -> jax.Array:
        """From `[item, reader, query, key]` to the tile's own order."""
        if self.single:
            x = x.reshape(x.shape[0], *x.shape[2:])
            return x.swapaxes(1, 2) if self.turned else x
        return x.transpose(0, 3, 1, 2) if self.turned else x

    def straight(self, x: jax.Array) -> jax.Array:
        """Back to `[item, reader, query, key]`."""
        if self.single:
            return (x.swapaxes(1, 2) if self.turned else x)[:, None]
        return x.transpose(0, 2, 3, 1) if self.turned else x

    def spread(self, x: jax.Array) -> jax.Array:
        """From the product's `[item, rows, keys]` (or turned) to the tile's axes."""
        plan = self.chunk.plan
        if self.single:
            return x
        pair = (plan.readers, plan.queries)
        return x.reshape(x.shape[0], *((x.shape[1], *pair) if self.turned else (*pair, x.shape[2])))

    def gather(self, x: jax.Array) -> jax.Array:
        """From the tile's axes to the product's three."""
        if self.single:
            return x
        shape = (x.shape[0], x.shape[1], -1) if self.turned else (x.shape[0], -1, x.shape[3])
        return x.reshape(shape)

    def pairs(self, name: str) -> jax.Array:
        """This tile's part of an operand over pairs."""
        x, plan = self.chunk.data[name], self.chunk.plan
        if x.shape[2] > 1:
            x = lax.dynamic_slice_in_dim(x, self.i * plan.queries, plan.queries, 2)
        if x.shape[3] > 1:
            x = lax.dynamic_slice_in_dim(x, self.j * plan.keys, plan.keys, 3)
        return self.turn(x)

    def _each(self, name: str) -> jax.Array:
        return self.chunk.data[name][:, :, None, None]

    @property
    def rows(self) -> jax.Array:
        """The numbers of this tile's queries."""
        plan = self.chunk.plan
        return (self.i * plan.queries + jnp.arange(plan.queries))[None, None, :, None]

    @property
    def columns(self) -> jax.Array:
        """The numbers of this tile's keys."""
        plan = self.chunk.plan
        return (self.j * plan.keys + jnp.arange(plan.keys))[None, None, None, :]

    def distance(self) -> jax.Array:
        """How far every key lies after the query's own position."""
        options = self.chunk.options
        return self.columns - (
            self.rows + (self._each("offset") if options.has("offset") else options.offset)
        )

    def visible(self) -> jax.Array | None:
        """Which pairs may meet; `None` for all."""
        options, plan = self.chunk.options, self.chunk.plan
        tests = []
        near = [self.distance() <= options.right] if options.right is not None else []
        near += [self.distance() >= -options.left] if options.left is not None else []
        if near:
            inside = near[0] & near[-1]
            tests.append(inside | (self.columns < self._each("prefix")) if options.has("prefix") else inside)
        if plan.m % plan.keys:
            tests.append(self.columns < plan.m)
        if options.has("query_lengths"):
            tests.append(self.rows < self._each("query_lengths"))
        if options.has("key_lengths"):
            tests.append(self.columns < self._each("key_lengths"))
        if options.has("query_segments"):
            tests.append(self._same_segment())
        seen = [self.turn(x) for x in tests] + ([self.pairs("mask")] if options.has("mask") else [])
        return _all(seen)

    def _same_segment(self) -> jax.Array:
        data, plan = self.chunk.data, self.chunk.plan
        ours = lax.dynamic_slice_in_dim(data["query_segments"], self.i * plan.queries, plan.queries, 2)
        theirs = lax.dynamic_slice_in_dim(data["key_segments"], self.j * plan.keys, plan.keys, 2)
        return ours[..., :, None] == theirs[..., None, :]

    def scores(self, x: jax.Array, masked: bool) -> tuple[jax.Array, jax.Array | None]:
        r"""The scores from products, and the slope of the soft-cap (`None` for 1)."""
        options, slope = self.chunk.options, None
        x = x if options.scale is None else x * options.scale
        if options.has("bias") and options.bias_before_cap:
            x = x + self.pairs("bias").astype(x.dtype)
        if options.soft_cap is not None:
            bent = jnp.tanh(x / options.soft_cap)
            x, slope = options.soft_cap * bent, 1 - bent * bent
        if options.has("bias") and not options.bias_before_cap:
            x = x + self.pairs("bias").astype(x.dtype)
        if options.has("slopes"):
            x = x + self.lean("slopes", x.dtype)
        seen = self.visible() if masked else None
        return (x if seen is None else jnp.where(seen, x, -jnp.inf)), slope

    def lean(self, name: str, dtype: Any) -> jax.Array:
        """Slope times distance."""
        return self.turn(self._each(name).astype(dtype) * self.distance().astype(dtype))

    def kept(self, dtype: Any) -> jax.Array | None:
        """What dropout multiplies every weight by; the same bits in every pass and any blocking."""
        rate = self.chunk.options.dropout
        if not rate:
            return None
        words = self.chunk.data["dropout_key"][:, :, None, None]
        return self.turn(
            keep(words, self.rows, self.columns, rate).astype(dtype) / jnp.asarray(1 - rate, dtype)
        )


def _all(tests: list[jax.Array]) -> jax.Array | None:
    if not tests:
        return None
    seen = tests[0]
    for test in tests[1:]:
        seen = seen & test
    return seen


def product(a: jax.Array, b: jax.Array, axes: tuple[int, int], chunk: Chunk) -> jax.Array:
    """Products of matrices, one an item, over the axes named; in float32 at least."""
    return lax.dot_general(
        a,
        b,
        (((axes[0],), (axes[1],)), ((0,), (0,))),
        precision=chunk.options.precision,
        preferred_element_type=wide(a),
    )
