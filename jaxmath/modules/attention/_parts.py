"""What both kinds of attention share."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.invariants import is_distribution
from jaxmath.modules._cache import Pair, Rolling, extend, roll
from jaxmath.modules._checking import ensure, is_checking
from jaxmath.modules._configs import RotaryConfig
from jaxmath.modules._record import Record

Angles = dict[RotaryConfig, Array]


class Context(NamedTuple):
    """What a layer is told besides its input.

    Attributes:
      angles: of every kind of rotary positions in use.
      seen: `[b, m]`: which keys hold a token.
      bias: `[g, r, n, m]`, added to scores; with a cache in pages, one for each row.
      at: how many keys of the cache are in use; `None` without a cache.
      here: `[b, n]`: which of the queries' positions hold a token, for a cache in pages and for states.
      table: the pages of every row, of a cache in pages.
      memory: the other sequence, for cross-attention, `[b, m, d]`; `None` where its keys are in the cache.
      memory_seen: which of its places hold a token.
      record: where intermediate values go.
    """

    angles: Angles
    seen: Bool[Array, "b m"] | None = None
    bias: Float[Array, "*b g r n m"] | None = None
    at: Int[Array, ""] | None = None
    here: Bool[Array, "b n"] | None = None
    table: Int[Array, "b buckets"] | None = None
    memory: Float[Array, "b m d"] | None = None
    memory_seen: Bool[Array, "b m"] | None = None
    record: Record = Record()


def to_heads(x: Float[Array, "b n f"], groups: int, d: int) -> Float[Array, "b g r n d"]:
    """The heads of every position, in groups that share keys."""
    b, n, _ = x.shape
    return x.reshape(b, n, groups, -1, d).transpose(0, 2, 3, 1, 4)


def from_heads(x: Float[Array, "b g r n e"]) -> Float[Array, "b n f"]:
    """All heads of a position, side by side."""
    b, g, r, n, e = x.shape
    return x.transpose(0, 3, 1, 2, 4).reshape(b, n, g * r * e)


def remember(
    cache: Pair | Rolling | None, k: Array, v: Array, at: Array | None
) -> tuple[Array, Array, Array | None, Pair | Rolling | None]:
    """Keys and values to look at, their positions unless in order, and the cache with the new ones."""
    if cache is None or at is None:
        return k, v, None, None
    if isinstance(cache, Rolling):
        return roll(cache, k, v, at)
    cache = extend(cache, k, v, at)
    return cache[0].astype(k.dtype), cache[1].astype(v.dtype), None, cache


def reach(
    context: Context, n: int, causal: bool, window: Any = None, places: Array | None = None
) -> dict[str, Any]:
    """Arguments of attention for who may see whom.

    Args:
      context: what there is to know.
      n: queries.
      causal: whether a query sees no key after its position.
      window: how many before and after it sees.
      places: positions of the keys, -1 for none, where they do not stand in order.
    """
    seen, at = context.seen, context.at
    given: dict[str, Any] = {"finite_padding": True}
    if places is not None and at is not None:
        return given | {"mask": _sight(context, n, window[0], places)}
    given |= {"causal": causal, "window": window}
    if seen is not None:
        given["mask"] = seen[:, None, None, None, :]
    if at is not None and causal:
        at = at.astype(int)  # the kernel counts places in the default type
        given |= {"offset": at, "key_lengths": at + n}
    return given


def _sight(context: Context, n: int, before: int, places: Array) -> Bool[Array, "b 1 1 n m"]:
    """Which keys lie within the window, at positions in any order."""
    assert context.at is not None
    ours = (context.at + jnp.arange(n, dtype=places.dtype))[:, None]
    theirs = places[None]
    near = (theirs >= 0) & (theirs <= ours) & (theirs >= ours - before)
    if context.seen is None:
        return near[None, None, None]
    return near[None, None, None] & context.seen[:, jnp.maximum(places, 0)][:, None, None, None, :]


def look(
    attend: Any,
    q: Array,
    k: Array,
    v: Array,
    record: Record,
    partial: bool,
    after: Callable[[Array], Array] = lambda means: means,
    **given: Any,
) -> Array:
    """Means of values, after what there is to be done with them, with weights noted and checked."""

    def weights() -> Array:
        identity = jnp.eye(k.shape[-2], dtype=v.dtype)
        return attend(q, k, identity[None, None, None, :, :], **given)

    if record.changes("weights"):
        exchanged = record.through("weights", weights())
        return record.through("heads", after(exchanged @ v))
    record.note("weights", weights)
    if is_checking() and not partial:
        ensure(is_distribution, "attention weights", weights(), empty=True)
    means = after(attend(q, k, v, **given))
    return record.through("heads", means)
