r"""Caches: rows of what was read, in a space of fixed size; contiguous, rolling, or in pages.

A cache is a value: `append` returns another one. Its rows are any tree of arrays with one row a position:
keys and values, or the latent vectors of `latent_attention`. `positions` says what stands in each place, so
that one mask serves all three.

Source: Pope et al., *Efficiently scaling transformer inference* (2022), arXiv:2211.05102; Jiang et al.,
*Mistral 7B* (2023), arXiv:2310.06825, section 2 (rolling); Kwon et al., *PagedAttention* (2023),
arXiv:2309.06180, section 4. Claims: `jaxmath.claims.cache`.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxmath.definitions._scalar import Scalar


class Cache(NamedTuple):
    """Rows of positions, and where they stand.

    Attributes:
      rows: a tree of arrays, one row a place.
      length: how many positions were appended.
      pages: of a paged cache, the page that holds each run of positions; otherwise none.
      page: places of a page; of a rolling or contiguous cache, all.
    """

    rows: Any
    length: Int[Array, ""]
    pages: Int[Array, " pages"]
    page: Int[Array, ""]


def contiguous_cache(row: Any, size: int) -> Cache:
    """An empty cache of `size` places for rows such as `row`; rolling, once more than that were appended."""
    rows = jax.tree.map(lambda x: jnp.zeros((size, *x.shape), x.dtype), row)
    return Cache(rows, jnp.array(0), jnp.array([0]), jnp.array(size))


def paged_cache(row: Any, places: int, page: int, pages: Int[Array, " pages"]) -> Cache:
    """An empty cache in pages of `page` places out of a pool of `places`, taken in the order of `pages`."""
    rows = jax.tree.map(lambda x: jnp.zeros((places, *x.shape), x.dtype), row)
    return Cache(rows, jnp.array(0), pages, jnp.array(page))


def append(cache: Cache, new: Any) -> Cache:
    """The cache with more rows; if there is no room, the oldest give way.

    >>> cache = append(contiguous_cache(jnp.zeros(()), 3), jnp.array([1.0, 2.0, 3.0]))
    >>> print(append(cache, jnp.array([4.0])).rows)
    [4. 2. 3.]
    """
    n = jax.tree.leaves(new)[0].shape[0]
    at = _places(cache, cache.length + jnp.arange(n))
    rows = jax.tree.map(lambda old, x: old.at[at].set(x), cache.rows, new)
    return cache._replace(rows=rows, length=cache.length + n)


def positions(cache: Cache) -> Int[Array, " places"]:
    """The position that stands in each place; -1 in places that are empty or of others.

    >>> print(positions(append(contiguous_cache(jnp.zeros(()), 3), jnp.zeros(4))))
    [3 1 2]
    """
    places = jax.tree.leaves(cache.rows)[0].shape[0]
    room = jnp.arange(cache.pages.shape[0] * places)
    room = jnp.where(room < cache.pages.shape[0] * cache.page, room, -1)
    # The last position of each residue class that was written.
    size = cache.pages.shape[0] * cache.page
    last = room + (cache.length - 1 - room) // size * size
    last = jnp.where((room >= 0) & (room < cache.length), last, -1)
    at = jnp.where(room >= 0, _places(cache, room), places)
    return jnp.full(places, -1).at[at].set(last, mode="drop")


def visible(cache: Cache, n: int, window: Scalar | None = None) -> Bool[Array, "{n} places"]:
    """The mask of the newest `n` positions over all places: not later, and at most `window` - 1 before."""
    ours = (cache.length - n + jnp.arange(n))[:, None]
    theirs = positions(cache)[None]
    seen = (theirs >= 0) & (theirs <= ours)
    return seen if window is None else seen & (theirs > ours - window)


def _places(cache: Cache, position: Array) -> Array:
    position = position % (cache.pages.shape[0] * cache.page)
    return cache.pages[position // cache.page] * cache.page + position % cache.page
