"""Decoding: the newest queries against everything that came before, kept in a cache.

A cache is an array with room to spare, `[..., g, 1, m, d]`, or pages of one size out of a common pool,
which a table puts in order (Kwon et al., *PagedAttention* (2023), arXiv:2309.06180).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from jaxmath.kernels.attention._face import answer
from jaxmath.kernels.attention._parts import merge
from jaxmath.notation import checked


def decode_attention(
    q: Float[Array, "*b n d"],
    k: Float[Array, "*k m d"],
    v: Float[Array, "*k m e"],
    lengths: Int[Array, "..."],
    *,
    window: int | None = None,
    **options: Any,
) -> Float[Array, "*b n e"]:
    r"""Attention of the last $n$ of `lengths` positions over all of them.

    Args:
      q: queries of the newest positions, `[..., n, d]`.
      k: cached keys, with room for $m$; from `lengths` on, anything that is finite.
      v: cached values.
      lengths: `[...]`: how many positions there are, the newest included.
      window: how many positions before its own a query sees; `None` for all.
      **options: the others of `jaxmath.attention`.

    Returns:
      One mean of values per query.
    """
    n = q.shape[-2]
    given: dict[str, Any] = {"causal": True, "offset": lengths - n, "key_lengths": lengths}
    return answer({"q": q, "k": k, "v": v, "window": (window, 0), "finite_padding": True} | given | options)


@checked
def paged_attention(
    q: Float[Array, "b g r n d"],
    key_pages: Float[Array, "pages g m d"],
    value_pages: Float[Array, "pages g m e"],
    table: Int[Array, "b buckets"],
    lengths: Int[Array, " b"],
    *,
    window: int | None = None,
    scale: float | None = None,
    soft_cap: float | None = None,
    bias: Float[Array, "#b g r n buckets*m"] | None = None,
    slopes: Float[Array, "g r"] | None = None,
    sink: Float[Array, "g r"] | None = None,
    precision: Any = None,
    at_once: int | None = None,
) -> Float[Array, "b g r n e"]:
    r"""`decode_attention` over a cache in pages of $m$ positions.

    Sequence $b$ has its positions $jm, \dots, jm + m - 1$ in page `table[b, j]`. Pages are read a few at
    a time and never laid side by side as a whole; those beyond every sequence's length are not read.

    Args:
      q: queries of the newest positions.
      key_pages: the pool of pages of keys.
      value_pages: the pool of pages of values.
      table: the pages of every sequence in order; entries beyond its length must be valid, and are ignored.
      lengths: how many positions every sequence has, the newest included.
      window: how many positions before its own a query sees; `None` for all.
      scale: as in `jaxmath.attention`.
      soft_cap: as in `jaxmath.attention`.
      bias: added to the scores, after the soft-cap; of the position, whatever its page.
      slopes: as in `jaxmath.attention`.
      sink: as in `jaxmath.attention`.
      precision: as in `jaxmath.attention`.
      at_once: pages read at once; about 1024 positions if `None`.

    Returns:
      One mean of values per query.
    """
    size, n = key_pages.shape[-2], q.shape[-2]
    few = max(1, min(at_once or 1024 // size, table.shape[1]))
    steps = -(-table.shape[1] // few)
    more = steps * few - table.shape[1]
    table = jnp.pad(table, ((0, 0), (0, more)), mode="edge")
    bias = None if bias is None else jnp.pad(bias, ((0, 0),) * 4 + ((0, more * size),))
    each = lambda x: x[:, None, None]  # noqa: E731

    def part(j: Any) -> tuple[jax.Array, jax.Array]:
        pages = lax.dynamic_slice_in_dim(table, j * few, few, 1)
        k, v = (_laid(x[pages]) for x in (key_pages, value_pages))
        before = j * few * size
        here = jnp.clip(lengths - before, 0, few * size)
        given: dict[str, Any] = {"q": q, "k": k, "v": v, "causal": True, "window": (window, 0)}
        given |= {"offset": each(lengths - n - before), "key_lengths": each(here)}
        if bias is not None:
            given["bias"] = lax.dynamic_slice_in_dim(bias, before, few * size, -1)
        given |= {"scale": scale, "soft_cap": soft_cap, "slopes": slopes, "precision": precision}
        return answer(given | {"finite_padding": True, "return_lse": True})

    def step(state: Any, j: Any) -> tuple[Any, None]:
        unread = j * few * size >= jnp.max(lengths)
        return lax.cond(unread, lambda: state, lambda: merge([state, part(j)])), None

    means, lse = lax.scan(step, part(jnp.asarray(0)), jnp.arange(1, steps))[0]
    if sink is None:
        return means
    # The sink is one more part, with value zero.
    alone = jnp.broadcast_to(sink.astype(lse.dtype)[None, :, :, None], lse.shape)
    return merge([(means, lse), (jnp.zeros_like(means), alone)])[0]


def _laid(pages: Float[Array, "b _ g m d"]) -> Float[Array, "b g 1 k d"]:
    """Pages side by side."""
    b, few, g, m, d = pages.shape
    return pages.transpose(0, 2, 1, 3, 4).reshape(b, g, 1, few * m, d)
