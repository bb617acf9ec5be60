"""Forward: one block of queries against the blocks of keys that it meets."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxmath.kernels._numeric import wide
from jaxmath.kernels.attention._ranges import keys_of, sweep
from jaxmath.kernels.attention._tiles import Chunk, Tile, product


def attend(chunk: Chunk, i: Any) -> tuple[jax.Array, jax.Array]:
    """One block of queries against all keys that it meets."""
    if chunk.plan.is_small and chunk.plan.every_row_sees(chunk.options) and not chunk.options.has("sink"):
        return _attend_at_once(chunk)
    q = chunk.block("q", i)
    items, rows = q.shape[:2]
    dtype = wide(q)

    def step(masked: bool) -> Callable[[Any, Any], Any]:
        def body(j: Any, state: Any) -> Any:
            top, total, mean = state
            tile = chunk.tile(i, j)
            x, _ = tile.scores(tile.spread(product(q, chunk.block("k", j), (2, 2), chunk)), masked)
            s = tile.gather(x)
            new = jnp.maximum(top, s.max(-1))
            base = jnp.where(new == -jnp.inf, 0, new) if masked else new
            old, p = jnp.exp(top - base), jnp.exp(s - base[..., None])
            total = total * old + p.sum(-1)
            return new, total, mean * old[..., None] + _weigh(tile, p, chunk.block("v", j))

        return body

    state = (
        jnp.full((items, rows), -jnp.inf, dtype),
        jnp.zeros((items, rows), dtype),
        jnp.zeros((items, rows, chunk.data["v"].shape[-1]), dtype),
    )
    state = sweep(chunk, keys_of(chunk, i), chunk.plan.key_blocks == 1, step, state)
    return _finish(chunk, *state)


def _attend_at_once(chunk: Chunk) -> tuple[jax.Array, jax.Array]:
    """Attention as it is written, where every row has a key.

    XLA for CPUs makes one pass of a softmax and its product if nothing else wants their parts: so the
    denominators are computed again, of scores in another shape, if they are wanted at all.
    """
    tile = chunk.tile(0, 0)
    x, _ = tile.scores(tile.spread(product(chunk.block("q", 0), chunk.block("k", 0), (2, 2), chunk)), True)
    s = tile.gather(x)
    p = jnp.exp(s - s.max(-1, keepdims=True))
    means = _weigh(tile, p, chunk.block("v", 0)) / p.sum(-1, keepdims=True)
    flat = s.reshape(-1, s.shape[-1])
    top = flat.max(-1)
    lse = top + jnp.log(jnp.exp(flat - top[:, None]).sum(-1))
    return means, lse.reshape(s.shape[:2])


def _weigh(tile: Tile, p: jax.Array, v: jax.Array) -> jax.Array:
    kept = tile.kept(p.dtype)
    p = p if kept is None else tile.gather(tile.spread(p) * kept)
    return product(p.astype(v.dtype), v, (2, 1), tile.chunk)


def _finish(chunk: Chunk, top: jax.Array, total: jax.Array, mean: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Means and log-denominators from running sums; the sink joins last."""
    if chunk.options.has("sink"):
        sink = _a_row(chunk, "sink", top)
        new = jnp.maximum(top, sink)
        base = jnp.where(new == -jnp.inf, 0, new)
        old = jnp.exp(top - base)
        top, total, mean = new, total * old + jnp.exp(sink - base), mean * old[..., None]
    seen = total > 0
    safe = jnp.where(seen, total, 1)
    return mean / safe[..., None], jnp.where(seen, top + jnp.log(safe), -jnp.inf)


def _a_row(chunk: Chunk, name: str, like: jax.Array) -> jax.Array:
    """A number per item and reader, once a row."""
    x = chunk.data[name].astype(like.dtype)[..., None]
    plan = chunk.plan
    return jnp.broadcast_to(x, (x.shape[0], plan.readers, plan.queries)).reshape(x.shape[0], plan.rows)


def push(chunk: Chunk, i: Any) -> tuple[jax.Array, jax.Array]:
    """The tangents of one block of means, and of their log-denominators."""
    q, lse = chunk.block("q", i), chunk.block("lse", i)
    dq = chunk.block("dq", i) if "dq" in chunk.data else None

    def step(masked: bool) -> Callable[[Any, Any], Any]:
        def body(j: Any, state: Any) -> Any:
            total, mean = state
            tile, k, v = chunk.tile(i, j), chunk.block("k", j), chunk.block("v", j)
            x, slope = tile.scores(tile.spread(product(q, k, (2, 2), chunk)), masked)
            p = jnp.exp(tile.gather(x) - lse[..., None])
            moved = _moved(tile, q, dq, k, slope)
            if moved is not None:
                tilted = p * tile.gather(moved)
                total, mean = total + tilted.sum(-1), mean + _weigh(tile, tilted, v)
            if "dv" in chunk.data:
                mean = mean + _weigh(tile, p, chunk.block("dv", j))
            return total, mean

        return body

    zeros = jnp.zeros((*lse.shape, chunk.data["v"].shape[-1]), lse.dtype)
    state = (jnp.zeros_like(lse), zeros)
    total, mean = sweep(chunk, keys_of(chunk, i), chunk.plan.key_blocks == 1, step, state)
    if "dsink" in chunk.data:
        total = total + jnp.exp(_a_row(chunk, "sink", lse) - lse) * _a_row(chunk, "dsink", lse)
    return mean - total[..., None] * chunk.block("o", i).astype(lse.dtype), total


def _moved(
    tile: Tile, q: jax.Array, dq: jax.Array | None, k: jax.Array, slope: jax.Array | None
) -> jax.Array | None:
    """The tangents of a tile's scores; `None` for zero."""
    chunk = tile.chunk
    options, data = chunk.options, chunk.data
    inside = [product(dq, k, (2, 2), chunk)] if dq is not None else []
    inside += [product(q, chunk.block("dk", tile.j), (2, 2), chunk)] if "dk" in data else []
    terms = [tile.spread(x) for x in inside]
    bias = [tile.pairs("dbias")] if "dbias" in data else []
    terms = terms if options.scale is None else [x * options.scale for x in terms]
    x = _total(terms + (bias if options.bias_before_cap else []), q)
    x = x if x is None or slope is None else x * slope
    outside = [] if options.bias_before_cap else bias
    outside = outside + ([tile.lean("dslopes", wide(q))] if "dslopes" in data else [])
    return _total(([] if x is None else [x]) + outside, q, tile)


def _total(terms: list[jax.Array], q: jax.Array, tile: Tile | None = None) -> jax.Array | None:
    if not terms:
        return None
    total = terms[0].astype(wide(q))
    for term in terms[1:]:
        total = total + term.astype(wide(q))
    if tile is None:
        return total
    plan = tile.chunk.plan
    readers = () if tile.single else (plan.readers,)
    return jnp.broadcast_to(total, (q.shape[0], *readers, plan.queries, plan.keys))
