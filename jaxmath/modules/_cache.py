"""Caches: keys and values of what was read, passed in and handed out.

A layer keeps one of five things: keys and values in the order of their positions; of a layer with a window,
only those that the window still reaches, in turn; pages out of a common pool, so that every row has a length
of its own; of latent attention, the latent vectors alone; or, of heads that keep one, a state. Definitions:
`jaxmath.definitions.cache`.
"""

import dataclasses
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

CacheKind = Literal["contiguous", "rolling", "paged", "latent"]
Pair = tuple[Float[Array, "..."], Float[Array, "..."]]


class Rolling(NamedTuple):
    """Keys and values of the last positions: position $i$ stands in place $i$ modulo their number."""

    k: Float[Array, "b g 1 m d"]
    v: Float[Array, "b g 1 m e"]


class Paged(NamedTuple):
    """Keys and values in pages, which a table puts in order."""

    k: Float[Array, "pages g m d"]
    v: Float[Array, "pages g m e"]


class Latent(NamedTuple):
    """Latent vectors and turned keys, side by side."""

    rows: Float[Array, "b 1 1 m d"]


class State(NamedTuple):
    """What heads of linear attention, retention or the delta rule have read, however much it was."""

    read: Any


Kept = Pair | Rolling | Paged | Latent | State


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Cache:
    """What a decoder remembers.

    Attributes:
      layers: what every layer keeps, with room to spare.
      seen: `[b, m]`: which positions hold a token; in pages, only tokens count as positions.
      filled: how many positions are in use, padding included, the same for all rows.
      memory: keys and values of every layer's cross-attention.
      memory_mask: `[b, k]`: which places of the other sequence hold a token.
      table: the pages of every row in order, of a cache in pages.
    """

    layers: tuple[Kept, ...]
    seen: Bool[Array, "b m"]
    filled: Int[Array, ""]
    memory: tuple[Pair, ...] | None = None
    memory_mask: Bool[Array, "b k"] | None = None
    table: Int[Array, "b buckets"] | None = None

    @property
    def room(self) -> int:
        """How many positions there can be."""
        return self.seen.shape[1]


def extend(
    pair: Pair, k: Float[Array, "b g 1 n d"], v: Float[Array, "b g 1 n e"], at: Int[Array, ""]
) -> Pair:
    """New keys and values in their places."""
    return _put(pair[0], k, at), _put(pair[1], v, at)


def lengthen(latent: Latent, rows: Float[Array, "b 1 1 n d"], at: Int[Array, ""]) -> Latent:
    """New latent vectors in their places."""
    return Latent(_put(latent.rows, rows, at))


def _put(old: Array, new: Array, at: Array) -> Array:
    """In its place, among rows of matrices: so are entries read, and XLA need not copy them."""
    zero = jnp.zeros((), at.dtype)
    entries = jax.lax.dynamic_update_slice(_in_rows(old), _in_rows(new.astype(old.dtype)), (zero, at, zero))
    return entries.reshape(old.shape)


def _in_rows(x: Array) -> Array:
    """All leading axes as one."""
    return x.reshape(-1, *x.shape[-2:])


def roll(
    kept: Rolling, k: Float[Array, "b g 1 n d"], v: Float[Array, "b g 1 n e"], at: Int[Array, ""]
) -> tuple[Array, Array, Int[Array, " places"], Rolling]:
    """Keys and values to look at, the positions that they stand for (-1 for none), and what to keep.

    A single new position takes the place of one that is out of its sight; several are looked at beside the
    old ones, since the first of them still see what the last displace.
    """
    size, n = kept.k.shape[-2], k.shape[-2]
    new = at + jnp.arange(n, dtype=at.dtype)
    last = new[max(0, n - size) :]
    rolled = Rolling(*(x.at[..., last % size, :].set(y[..., max(0, n - size) :, :].astype(x.dtype))
                       for x, y in zip(kept, (k, v), strict=True)))  # fmt: skip
    if n == 1:
        return rolled.k.astype(k.dtype), rolled.v.astype(v.dtype), _standing(size, at + 1), rolled
    k, v = (jnp.concatenate([x.astype(y.dtype), y], -2) for x, y in zip(kept, (k, v), strict=True))
    return k, v, jnp.concatenate([_standing(size, at), new]), rolled


def _standing(size: int, length: Array) -> Array:
    """The position in every place after so many, -1 where there is none."""
    place = jnp.arange(size, dtype=length.dtype)
    return jnp.where(place < length, place + (length - 1 - place) // size * size, -1)


def turn_pages(
    kept: Paged,
    k: Float[Array, "b g 1 n d"],
    v: Float[Array, "b g 1 n e"],
    table: Int[Array, "b buckets"],
    lengths: Int[Array, " b"],
    here: Bool[Array, "b n"],
) -> Paged:
    """New keys and values of tokens behind the `lengths` that rows had; padding is kept nowhere."""
    pages, _, size, _ = kept.k.shape
    position = lengths[:, None] + jnp.cumsum(here, 1, dtype=lengths.dtype) - 1
    page = jnp.take_along_axis(table, jnp.maximum(position, 0) // size, 1, mode="clip")
    page = jnp.where(here, page, pages)

    def put(old: Array, new: Array) -> Array:
        rows = new[:, :, 0].swapaxes(1, 2).astype(old.dtype)
        return old.at[page, :, position % size].set(rows, mode="drop")

    return Paged(put(kept.k, k), put(kept.v, v))
