"""What both kinds of attention share."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.invariants import is_distribution
from jaxmath.modules._cache import Pair, extend
from jaxmath.modules._checking import ensure, is_checking
from jaxmath.modules._configs import RotaryConfig
from jaxmath.modules._record import Record

Angles = dict[RotaryConfig, Array]


class Context(NamedTuple):
    """What a layer is told besides its input.

    Attributes:
      angles: of every kind of rotary positions in use.
      seen: `[b, m]`: which keys hold a token.
      bias: `[g, r, n, m]`, added to scores.
      at: how many keys of the cache are in use; `None` without a cache.
      memory: the other sequence, for cross-attention, `[b, m, d]`; `None` where its keys are in the cache.
      memory_seen: which of its places hold a token.
      record: where intermediate values go.
    """

    angles: Angles
    seen: Bool[Array, "b m"] | None = None
    bias: Float[Array, "g r n m"] | None = None
    at: Int[Array, ""] | None = None
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


def remember(cache: Pair | None, k: Array, v: Array, at: Array | None) -> tuple[Array, Array, Pair | None]:
    """Keys and values to look at, and the cache with the new ones."""
    if cache is None or at is None:
        return k, v, None
    cache = extend(cache, k, v, at)
    return cache[0].astype(k.dtype), cache[1].astype(v.dtype), cache


def reach(context: Context, n: int, causal: bool) -> dict[str, Any]:
    """Arguments of attention for who may see whom."""
    seen, at = context.seen, context.at
    given: dict[str, Any] = {"finite_padding": True}
    if seen is not None:
        given["mask"] = seen[:, None, None, None, :]
    if at is not None and causal:
        at = at.astype(int)  # the kernel counts places in the default type
        given |= {"offset": at, "key_lengths": at + n}
    return given


def look(attend: Any, q: Array, k: Array, v: Array, record: Record, partial: bool, **given: Any) -> Array:
    """Means of values, with weights noted and checked."""

    def weights() -> Array:
        identity = jnp.eye(k.shape[-2], dtype=v.dtype)
        return attend(q, k, identity[None, None, None, :, :], **given)

    if record.changes("weights"):
        exchanged = record.through("weights", weights())
        return record.through("heads", exchanged @ v)
    record.note("weights", weights)
    if is_checking() and not partial:
        ensure(is_distribution, "attention weights", weights(), empty=True)
    means = attend(q, k, v, **given)
    return record.through("heads", means)
