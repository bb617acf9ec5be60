"""Caches of a whole model: empty ones, and how they grow."""

import dataclasses
from typing import Any, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from jaxmath.kernels._numeric import wide
from jaxmath.modules import (
    AttentionConfig,
    BlockConfig,
    Cache,
    CacheKind,
    LatentConfig,
    RecurrentConfig,
    StackConfig,
)
from jaxmath.modules._cache import Kept, Latent, Paged, Rolling, State
from jaxmath.modules.blocks import RECURRENT

Mixer = AttentionConfig | LatentConfig | RecurrentConfig


def empty(
    config: StackConfig, rows: int, room: int, dtype: Any, kind: CacheKind = "contiguous", page: int = 16
) -> Cache:
    """An empty cache for these layers; the arguments are those of `Transformer.cache`."""
    _check(config, kind, page)
    seen, filled = jnp.zeros((rows, room), bool), jnp.zeros((), jnp.int32)
    if kind != "paged":
        layers = tuple(_layer(x, kind, rows, room, dtype) for x in config.blocks)
        return Cache(layers, seen, filled)
    each = -(-room // page)
    table = jnp.arange(rows * each, dtype=jnp.int32).reshape(rows, each)
    seen = jnp.zeros((rows, each * page), bool)
    return Cache(tuple(_pages(x, rows * each, page, dtype) for x in config.blocks), seen, filled, table=table)


def _check(config: StackConfig, kind: CacheKind, page: int) -> None:
    if kind not in get_args(CacheKind):
        raise ValueError(f"cache: kind must be one of {', '.join(get_args(CacheKind))}; got {kind!r}.")
    if page < 1:
        raise ValueError(f"cache: page must be a positive number of positions; got {page}.")
    attend = [x.attention for x in config.blocks]
    if kind == "rolling" and not any(map(_rolls, attend)):
        raise ValueError("cache: kind 'rolling' needs layers with a window; this model has none.")
    if kind == "latent" and not any(isinstance(x, LatentConfig) for x in attend):
        raise ValueError("cache: kind 'latent' needs layers with latent attention; this model has none.")
    if kind == "paged" and any(isinstance(x, LatentConfig) for x in attend):
        raise ValueError(
            "cache: kind 'paged' holds keys and values, which latent attention makes anew of latent vectors; "
            "use 'latent', or 'contiguous'."
        )
    if kind == "paged" and config.recurrent:
        raise ValueError(
            "cache: kind 'paged' holds keys and values, of which layers that keep a state have none; "
            "use 'contiguous'."
        )
    if kind == "paged" and not all(map(_turns_pages, attend)):
        raise ValueError("cache: kind 'paged' needs causal attention in every layer; use 'contiguous'.")


def _rolls(config: Mixer) -> bool:
    if not isinstance(config, AttentionConfig) or config.window is None or config.slopes is not None:
        return False
    return config.causal and config.window[0] is not None


def _turns_pages(config: Mixer) -> bool:
    return isinstance(config, AttentionConfig) and config.causal


def _layer(block: BlockConfig, kind: CacheKind, rows: int, room: int, dtype: Any) -> Kept:
    config = block.attention
    if isinstance(config, RecurrentConfig):
        return State(RECURRENT[config.kind].empty(config, rows, wide(jnp.zeros((), dtype))))
    if isinstance(config, LatentConfig):
        if kind == "latent":
            return Latent(jnp.zeros((rows, 1, 1, room, config.rank + config.rotary.d), dtype))
        return _pair((rows, config.heads, 1, room), config.d + config.rotary.d, config.e, dtype)
    if kind == "rolling" and _rolls(config):
        assert config.window is not None and config.window[0] is not None
        room = min(room, config.window[0] + 1)
        return Rolling(*_pair((rows, config.groups, 1, room), config.d, config.e or config.d, dtype))
    return _pair((rows, config.groups, 1, room), config.d, config.e or config.d, dtype)


def _pages(block: BlockConfig, pages: int, page: int, dtype: Any) -> Paged:
    config = block.attention
    assert isinstance(config, AttentionConfig)
    return Paged(*_pair((pages, config.groups, page), config.d, config.e or config.d, dtype))


def _pair(lead: tuple[int, ...], k: int, v: int, dtype: Any) -> tuple[Array, Array]:
    return jnp.zeros((*lead, k), dtype), jnp.zeros((*lead, v), dtype)


def count(here: Array | None, shape: tuple[int, ...], cache: Cache | None) -> Int[Array, "b n"]:
    """Positions, counted over the tokens that are there."""
    if here is None:
        return jnp.broadcast_to(jnp.arange(shape[1], dtype=jnp.int32), shape)
    before = 0 if cache is None else cache.seen.sum(1, dtype=jnp.int32)[:, None]
    return jnp.maximum(jnp.cumsum(here, 1, dtype=jnp.int32) - 1 + before, 0)


def look_back(
    here: Array | None, shape: tuple[int, ...], cache: Cache | None
) -> tuple[Array | None, Cache | None]:
    """Which positions of the cache hold a token, the new ones included."""
    if cache is None or here is None:
        return here, cache
    if cache.table is None:
        zero = jnp.zeros((), jnp.int32)
        seen = jax.lax.dynamic_update_slice(cache.seen, here, (zero, cache.filled))
    else:
        lengths = cache.seen.sum(1, dtype=jnp.int32) + here.sum(1, dtype=jnp.int32)
        seen = jnp.arange(cache.room, dtype=jnp.int32)[None] < lengths[:, None]
    return seen, dataclasses.replace(cache, seen=seen)


def advance(cache: Cache, layers: Any, n: int) -> Cache:
    """The cache after `n` more positions."""
    return dataclasses.replace(cache, layers=layers, filled=cache.filled + n)
