"""Which blocks meet: those that a mask empties are never visited."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._sharding import varying_like
from jaxmath.kernels.attention._tiles import Chunk


class Range(NamedTuple):
    """Blocks `first` to `last`; between `inner` and `outer` no pair is hidden.

    `head` and `tail` say whether there can be blocks before `inner` and after `outer`.
    """

    first: Any
    inner: Any
    outer: Any
    last: Any
    head: bool
    tail: bool


def keys_of(chunk: Chunk, i: Any) -> Range:
    """The blocks of keys that block `i` of queries meets."""
    options, plan = chunk.options, chunk.plan
    low, high = _offsets(chunk)
    top = i * plan.queries + low
    bottom = jnp.minimum((i + 1) * plan.queries, plan.n) + high - 1
    first: Any = 0
    inner: Any = 0
    last: Any = plan.key_blocks
    outer: Any = plan.m // plan.keys
    if options.left is not None:
        first = jnp.maximum(top - options.left, 0) // plan.keys
        inner = -(-jnp.maximum(bottom - options.left, 0) // plan.keys)
    if options.right is not None:
        last = jnp.clip(bottom + options.right + plan.keys, 0, plan.key_blocks * plan.keys) // plan.keys
        outer = jnp.clip(top + options.right + 1, 0, plan.m) // plan.keys
    if options.has("prefix"):
        seen = -(-jnp.max(chunk.data["prefix"]) // plan.keys)
        first, last = jnp.where(seen > 0, 0, first), jnp.clip(seen, last, plan.key_blocks)
    last = _within(chunk, "key_lengths", plan.keys, last)
    if options.has("query_lengths"):
        last = jnp.where(i * plan.queries < jnp.max(chunk.data["query_lengths"]), last, first)
    if options.has("query_segments"):
        first, last = _overlap(_meeting(chunk)[i], first, last)
    head, tail = options.left is not None, options.right is not None or plan.m % plan.keys != 0
    return _ordered(first, inner, outer, last, head, tail)


def queries_of(chunk: Chunk, j: Any) -> Range:
    """The blocks of queries that block `j` of keys meets."""
    options, plan = chunk.options, chunk.plan
    low, high = _offsets(chunk)
    top = j * plan.keys - high
    bottom = jnp.minimum((j + 1) * plan.keys, plan.m) - low - 1
    first: Any = 0
    inner: Any = 0
    last: Any = plan.query_blocks
    outer: Any = plan.query_blocks
    if options.right is not None:
        first = jnp.maximum(top - options.right, 0) // plan.queries
        inner = -(-jnp.maximum(bottom - options.right, 0) // plan.queries)
    if options.left is not None:
        width = plan.query_blocks * plan.queries
        last = jnp.clip(bottom + options.left + plan.queries, 0, width) // plan.queries
        outer = jnp.clip(top + options.left + 1, 0, width) // plan.queries
    if plan.m % plan.keys:
        outer = jnp.where(j == plan.m // plan.keys, inner, outer)
    if options.has("prefix"):
        in_prefix = j * plan.keys < jnp.max(chunk.data["prefix"])
        first, last = jnp.where(in_prefix, 0, first), jnp.where(in_prefix, plan.query_blocks, last)
    last = _within(chunk, "query_lengths", plan.queries, last)
    if options.has("key_lengths"):
        last = jnp.where(j * plan.keys < jnp.max(chunk.data["key_lengths"]), last, first)
    if options.has("query_segments"):
        first, last = _overlap(_meeting(chunk)[:, j], first, last)
    head, tail = options.right is not None, options.left is not None or plan.m % plan.keys != 0
    return _ordered(first, inner, outer, last, head, tail)


def _offsets(chunk: Chunk) -> tuple[Any, Any]:
    """The least and the greatest position of query 0."""
    if not chunk.options.has("offset"):
        return chunk.options.offset, chunk.options.offset
    offset = chunk.data["offset"]
    return jnp.min(offset), jnp.max(offset)


def _within(chunk: Chunk, name: str, size: int, last: Any) -> Any:
    if not chunk.options.has(name):
        return last
    return jnp.minimum(last, -(-jnp.maximum(jnp.max(chunk.data[name]), 0) // size))


def _meeting(chunk: Chunk) -> jax.Array:
    """Whether the ranges of segment numbers of two blocks overlap in any item, `[queries, keys]`."""
    plan = chunk.plan
    low, high = _extremes(chunk.data["query_segments"], plan.queries)
    lowest, highest = _extremes(chunk.data["key_segments"], plan.keys)
    meet = (low[..., :, None] <= highest[..., None, :]) & (lowest[..., None, :] <= high[..., :, None])
    return meet.any((0, 1))


def _extremes(x: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    blocks = x.reshape(*x.shape[:2], -1, size)
    return blocks.min(-1), blocks.max(-1)


def _overlap(meets: jax.Array, first: Any, last: Any) -> tuple[Any, Any]:
    there = meets.any()
    begin = jnp.argmax(meets)
    end = meets.shape[0] - jnp.argmax(meets[::-1])
    return jnp.maximum(first, begin), jnp.where(there, jnp.minimum(last, end), 0)


def _ordered(first: Any, inner: Any, outer: Any, last: Any, head: bool, tail: bool) -> Range:
    if not all(isinstance(x, int) for x in (first, inner, outer, last)):
        last = jnp.maximum(first, last)
        inner = jnp.clip(inner, first, last)
        outer = jnp.clip(outer, inner, last)
    return Range(first, inner, outer, last, head, tail)


def sweep(chunk: Chunk, span: Range, one: bool, step: Callable[[bool], Any], state: Any) -> Any:
    """The state after all blocks of a range; `step(masked)` gives the loop's body.

    With only `one` block there is no loop.
    """
    masked = chunk.options.is_ragged
    state = varying_like(state, chunk.data["q"])
    if one:
        return step(masked or span.head or span.tail)(0, state)
    if masked:
        return lax.fori_loop(span.first, span.last, step(True), state)
    if span.head:
        state = lax.fori_loop(span.first, span.inner, step(True), state)
    state = lax.fori_loop(span.inner, span.outer, step(False), state)
    return lax.fori_loop(span.outer, span.last, step(True), state) if span.tail else state
