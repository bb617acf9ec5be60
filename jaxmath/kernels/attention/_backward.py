"""Backward: one block of keys against the blocks of queries that it meets, scores turned."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._numeric import sum_to
from jaxmath.kernels._sharding import varying_like
from jaxmath.kernels.attention._ranges import queries_of, sweep
from jaxmath.kernels.attention._tiles import Chunk, Tile, product, rows_back

Named = dict[str, jax.Array]


def pull_chunk(chunk: Chunk, names: list[str], sums: Named) -> tuple[Named, Named]:
    """The cotangents of a chunk's queries, keys and values that are named; and of what it shares.

    Args:
      chunk: operands, with `do`, `delta` and `lse` among them.
      names: whose cotangents are wanted.
      sums: where those of bias and slopes are added up.
    """
    plan = chunk.plan
    wide = chunk.data["delta"].dtype
    state = dict(sums)
    if "q" in names:
        q = chunk.data["q"]
        # Transposed, so that a block is added where it belongs by a product in the fast order.
        state["q"] = jnp.zeros((plan.query_blocks, q.shape[0], q.shape[-1], plan.rows), wide)
    state = varying_like(state, chunk.data["q"])

    def one(state: Named, j: Any) -> tuple[Named, Named]:
        start = {x: jnp.zeros_like(chunk.data[x][:, 0], wide) for x in ("k", "v") if x in names}
        body = lambda masked: lambda i, now: _add(chunk.tile(i, j, turned=True), now, masked)  # noqa: E731
        now = sweep(chunk, queries_of(chunk, j), plan.query_blocks == 1, body, state | start)
        return {x: now[x] for x in state}, {x: now[x] for x in start}

    if plan.key_blocks == 1:
        state, found = one(state, 0)
        found = {x: value[None] for x, value in found.items()}
    else:
        state, found = lax.scan(one, state, jnp.arange(plan.key_blocks))
    found = {x: _columns_back(value, chunk) for x, value in found.items()}
    if "q" in names:
        found["q"] = rows_back(state.pop("q").transpose(1, 0, 3, 2), plan)
    return found, state


def _columns_back(x: jax.Array, chunk: Chunk) -> jax.Array:
    """From `[blocks, items, keys, ...]` to `[items, 1, m, ...]`."""
    x = x.swapaxes(0, 1)
    return x.reshape(x.shape[0], 1, -1, *x.shape[3:])[:, :, : chunk.plan.m]


def _add(tile: Tile, state: Named, masked: bool) -> Named:
    """The sums after one more tile."""
    chunk, i = tile.chunk, tile.i
    q, do, k, v = (*(chunk.block(x, i) for x in ("q", "do")), *(chunk.block(x, tile.j) for x in ("k", "v")))
    x, slope = tile.scores(tile.spread(product(k, q, (2, 2), chunk)), masked)
    p = jnp.exp(tile.gather(x) - chunk.block("lse", i)[:, None])
    kept = tile.kept(p.dtype)
    kept = None if kept is None else tile.gather(kept * jnp.ones_like(x))
    new = dict(state)
    if "v" in state:
        new["v"] = state["v"] + product(_times(p, kept).astype(do.dtype), do, (2, 1), chunk)
    if set(state) == {"v"} or not state:
        return new
    ds = p * (_times(product(v, do, (2, 2), chunk), kept) - chunk.block("delta", i)[:, None])
    spread = tile.spread(ds)
    dx = spread if slope is None else spread * slope
    if "bias" in state:
        new["bias"] = _add_pairs(tile, state["bias"], dx if chunk.options.bias_before_cap else spread)
    if "slopes" in state:
        leaning = tile.straight(spread * tile.turn(tile.distance()).astype(ds.dtype))
        new["slopes"] = state["slopes"] + sum_to(leaning, state["slopes"].shape)
    dx = dx if chunk.options.scale is None else dx * chunk.options.scale
    ds = tile.gather(dx).astype(q.dtype)
    if "k" in state:
        new["k"] = state["k"] + product(ds, q, (2, 1), chunk)
    if "q" in state:
        total = lax.dynamic_index_in_dim(state["q"], i, 0, keepdims=False)
        total = total + product(k, ds, (1, 1), chunk)
        new["q"] = lax.dynamic_update_index_in_dim(state["q"], total, i, 0)
    return new


def _times(x: jax.Array, factor: jax.Array | None) -> jax.Array:
    return x if factor is None else x * factor


def _add_pairs(tile: Tile, total: jax.Array, x: jax.Array) -> jax.Array:
    """A sum over pairs, with one tile added where it belongs."""
    plan = tile.chunk.plan
    here = (
        tile.i * plan.queries if total.shape[2] > 1 else 0,
        tile.j * plan.keys if total.shape[3] > 1 else 0,
    )
    size = (plan.queries if total.shape[2] > 1 else 1, plan.keys if total.shape[3] > 1 else 1)
    old = lax.dynamic_slice(total, (0, 0, *here), (*total.shape[:2], *size))
    return lax.dynamic_update_slice(total, old + sum_to(tile.straight(x), old.shape), (0, 0, *here))
