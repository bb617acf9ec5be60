"""Caches: keys and values of what was read, passed in and handed out."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

Pair = tuple[Float[Array, "..."], Float[Array, "..."]]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Cache:
    """What a decoder remembers.

    Attributes:
      layers: keys and values of every layer, with room to spare.
      seen: `[b, m]`: which places hold a token.
      filled: how many places are in use, the same for all rows.
      memory: keys and values of every layer's cross-attention.
      memory_mask: `[b, k]`: which places of the other sequence hold a token.
    """

    layers: tuple[Pair, ...]
    seen: Bool[Array, "b m"]
    filled: Int[Array, ""]
    memory: tuple[Pair, ...] | None = None
    memory_mask: Bool[Array, "b k"] | None = None

    @property
    def room(self) -> int:
        """How many places there are."""
        return self.seen.shape[1]


def extend(
    pair: Pair, k: Float[Array, "b g 1 n d"], v: Float[Array, "b g 1 n e"], at: Int[Array, ""]
) -> Pair:
    """New keys and values in their places."""
    zero = jnp.zeros((), at.dtype)
    where = (zero, zero, zero, at, zero)
    old_k, old_v = pair
    return (
        jax.lax.dynamic_update_slice(old_k, k.astype(old_k.dtype), where),
        jax.lax.dynamic_update_slice(old_v, v.astype(old_v.dtype), where),
    )
