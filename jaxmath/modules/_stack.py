"""Layers one after the other."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from jaxmath import definitions
from jaxmath.modules import rotary
from jaxmath.modules._cache import Cache, Pair
from jaxmath.modules._configs import StackConfig
from jaxmath.modules._linear import param
from jaxmath.modules._record import Record
from jaxmath.modules.attention._parts import Context
from jaxmath.modules.blocks import Block
from jaxmath.modules.norms import Norm


class Passed(NamedTuple):
    """What a stack returns.

    Attributes:
      x: vectors after the last norm.
      layers: keys and values of every layer, with a cache.
      memory: those of every cross-attention.
    """

    x: Float[Array, "b n d"]
    layers: tuple[Pair | None, ...]
    memory: tuple[Pair | None, ...]


class Stack(nnx.Module):
    """Layers, each with parameters of its own.

    Attributes:
      layers: the layers.
      norm: after the last, or `None`.
      buckets: a bias for each bucket of relative positions and each head, or `None`.
    """

    def __init__(
        self, config: StackConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
        """
        self.config = config
        self.layers = nnx.List([Block(x, d, rngs=rngs, dtype=dtype, std=std) for x in config.blocks])
        self.norm = None if config.norm is None else Norm(config.norm, d, rngs=rngs, dtype=dtype)
        shape = None if config.buckets is None else (config.buckets, config.blocks[0].attention.heads)
        self.buckets = None if shape is None else param(rngs, shape, (None, "heads"), dtype, std=std)

    def __call__(
        self,
        x: Float[Array, "b n d"],
        positions: Int[Array, "b n"],
        record: Record,
        seen: Bool[Array, "b m"] | None = None,
        cache: Cache | None = None,
        memory: Float[Array, "b k d"] | None = None,
        memory_seen: Bool[Array, "b k"] | None = None,
    ) -> Passed:
        """Through all layers.

        Args:
          x: one vector a position.
          positions: where each stands.
          record: where intermediate values go.
          seen: which places, of those in the cache with one, hold a token.
          cache: what was read before.
          memory: the other sequence.
          memory_seen: which of its places hold a token.
        """
        at = None if cache is None else cache.filled
        length = positions.max() + 1
        kinds = {y.attention.rotary for y in self.config.blocks if y.attention.rotary is not None}
        context = Context(
            angles={y: rotary.angles(y, positions, length) for y in kinds},
            seen=seen,
            bias=self._bias(x.shape[1], at, cache),
            at=at,
            memory=memory,
            memory_seen=memory_seen,
        )
        kept: list[Pair | None] = []
        remembered: list[Pair | None] = []
        x = record.through("residual.0", x)
        for i, layer in enumerate(self.layers):
            pair = None if cache is None else cache.layers[i]
            other = None if cache is None or cache.memory is None else cache.memory[i]
            x, pair, other = layer(x, context._replace(record=record.inside(f"layers.{i}")), pair, other)
            x = record.through(f"residual.{i + 1}", x)
            kept.append(pair)
            remembered.append(other)
        x = x if self.norm is None else self.norm(x)
        x = record.through("final", x)
        return Passed(x, tuple(kept), tuple(remembered))

    def _bias(self, n: int, at: Array | None, cache: Cache | None) -> Array | None:
        """A bias for every head, query and key, `[h, 1, n, m]`."""
        if self.buckets is None:
            return None
        m = n if cache is None else cache.room
        queries = jnp.arange(n, dtype=jnp.int32) + (0 if at is None else at)
        relative = jnp.arange(m, dtype=jnp.int32)[None, :] - queries[:, None]
        table = self.buckets[...]
        both_ways = not getattr(self.config.blocks[0].attention, "causal", True)
        bucket = definitions.relative_position_bucket(
            relative, both_ways, table.shape[0], self.config.max_distance
        )
        return jnp.moveaxis(table[bucket], -1, 0)[:, None]
