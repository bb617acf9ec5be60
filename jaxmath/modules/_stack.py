"""Layers one after the other."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from jaxmath import definitions
from jaxmath.modules import rotary
from jaxmath.modules._cache import Cache, Kept, Pair
from jaxmath.modules._configs import StackConfig
from jaxmath.modules._layers import one_by_one, scanned
from jaxmath.modules._linear import param
from jaxmath.modules._record import Record
from jaxmath.modules.attention._parts import Context
from jaxmath.modules.blocks import Block
from jaxmath.modules.norms import Norm


class Passed(NamedTuple):
    """What a stack returns.

    Attributes:
      x: vectors after the last norm.
      layers: what every layer keeps, with a cache.
      memory: those of every cross-attention.
    """

    x: Float[Array, "b n d"]
    layers: tuple[Kept | None, ...]
    memory: tuple[Pair | None, ...]


class Stack(nnx.Module):
    """Layers, each with parameters of its own.

    Attributes:
      layers: the layers.
      norm: after the last, or `None`.
      buckets: a bias for each bucket of relative positions and each head, or `None`.
      scan: whether layers that are alike share one program, which compiles faster and, since their parameters
        are put side by side in every call, runs slower; where values are captured or exchanged they do not.
      remat: whether the backward pass computes layers anew, of which only the inputs are kept.
    """

    def __init__(
        self,
        config: StackConfig,
        d: int,
        *,
        rngs: nnx.Rngs,
        dtype: Any = jnp.float32,
        std: float = 0.02,
        scan: bool = False,
        remat: bool = False,
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
          scan: whether layers that are alike share one program.
          remat: whether the backward pass computes layers anew.
        """
        self.config, self.scan, self.remat = config, scan, remat
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
        here: Bool[Array, "b n"] | None = None,
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
          here: which positions of `x` hold a token: those of `seen`, if left out without a cache. Only a
            cache in pages and layers that keep a state ask.
        """
        at = None if cache is None else cache.filled
        length = positions.max() + 1
        kinds: set[Any] = {getattr(y.attention, "rotary", None) for y in self.config.blocks} - {None}
        context = Context(
            angles={y: rotary.angles(y, positions, length) for y in kinds},
            seen=seen,
            bias=self._bias(x.shape[1], at, cache, seen),
            at=at,
            here=seen if here is None and cache is None else here,
            table=None if cache is None else cache.table,
            memory=memory,
            memory_seen=memory_seen,
            record=record,
        )
        pairs = [None] * len(self.layers) if cache is None else cache.layers
        others = [None] * len(self.layers) if cache is None or cache.memory is None else cache.memory
        through = scanned if self.scan and record.idle else one_by_one
        x, kept = through(x, list(zip(self.layers, pairs, others, strict=True)), context, self.remat)
        x = x if self.norm is None else self.norm(x)
        x = record.through("final", x)
        return Passed(x, tuple(pair for pair, _ in kept), tuple(other for _, other in kept))

    def _bias(self, n: int, at: Array | None, cache: Cache | None, seen: Array | None) -> Array | None:
        """A bias for every head, query and key, `[h, 1, n, m]`; of a cache in pages `[b, h, 1, n, m]`."""
        if self.buckets is None:
            return None
        m = n if cache is None else cache.room
        at = jnp.zeros((), jnp.int32) if at is None else at
        if cache is not None and cache.table is not None and seen is not None:
            at = seen.sum(1, dtype=jnp.int32) - n  # queries are the last of every row
        queries = jnp.add.outer(at, jnp.arange(n, dtype=jnp.int32))
        relative = -jnp.subtract.outer(queries, jnp.arange(m, dtype=jnp.int32))
        table = self.buckets[...]
        both_ways = not getattr(self.config.blocks[0].attention, "causal", True)
        bucket = definitions.relative_position_bucket(
            relative, both_ways, table.shape[0], self.config.max_distance
        )
        return jnp.moveaxis(table[bucket], -1, -3)[..., None, :, :]
