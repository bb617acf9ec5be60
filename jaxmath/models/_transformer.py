"""A model with one stack: a decoder, or an encoder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from jaxmath import notation
from jaxmath.models import _checkpoint
from jaxmath.models._config import Config
from jaxmath.models._readout import Readout
from jaxmath.modules import Cache, Embedding, Intervention, LatentConfig, Linear, Record, Stack, StackConfig


class Result(NamedTuple):
    """What a model returns.

    Attributes:
      logits: scores of the next token at every position, or `None` without a read-out.
      hidden: vectors after the last layer and norm.
      cache: the new one, if one was passed.
      captured: intermediate values that were asked for, by name.
      pooled: what the pooler makes of the first position, or `None` without one.
    """

    logits: Float[Array, "b n v"] | None
    hidden: Float[Array, "b n d"]
    cache: Cache | None
    captured: dict[str, Array]
    pooled: Float[Array, "b d"] | None = None


class Transformer(nnx.Module):
    """A decoder or an encoder of any family.

    Attributes:
      config: what it is.
      embedding: tokens to vectors.
      stack: the layers.
      readout: vectors to scores, or `None`.
      pooler: a layer after the first position, or `None`.
    """

    def __init__(self, config: Config, *, rngs: nnx.Rngs, dtype: Any = jnp.float32):
        """Make one with random parameters.

        Args:
          config: what it is.
          rngs: randomness, not kept.
          dtype: of the parameters.
        """
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": config.std}
        self.config = config
        self.embedding = Embedding(config.embedding, **how)
        self.stack = Stack(config.stack, config.width, **how)
        self.readout = None if config.readout is None else Readout(config.readout, config, **how)
        self.pooler = Linear(config.width, config.width, **how) if config.pooler else None

    def __call__(
        self,
        input_ids: Int[Array, "b n"],
        attention_mask: Bool[Array, "b n"] | Int[Array, "b n"] | None = None,
        positions: Int[Array, "b n"] | None = None,
        cache: Cache | None = None,
        *,
        token_types: Int[Array, "b n"] | None = None,
        capture: tuple[str, ...] = (),
        interventions: Mapping[str, Intervention] | None = None,
        keep: int | None = None,
    ) -> Result:
        """Scores of tokens, and vectors.

        Args:
          input_ids: tokens.
          attention_mask: which of them are there; the others are padding, on whichever side.
          positions: of each; counted over those that are there if left out.
          cache: what was read before; `input_ids` come after it.
          token_types: kind of each, for models that tell them apart.
          capture: patterns of names of intermediate values, such as `"residual.*"`,
            `"layers.0.attention.weights"`, `"layers.*.attention.heads"`, `"layers.*.mlp.out"`.
          interventions: by such a name, what takes the place of a value: another, or a function of it.
          keep: scores are computed at the last so many positions only.

        Returns:
          The result; parameters are as before.

        Raises:
          ValueError: if a value to be exchanged never came by, or has another shape or dtype.
        """
        notation.check("model", input_ids=(input_ids, Int[Array, "b n"]))
        record = Record(tuple(capture), interventions=interventions or {})
        here = _there(input_ids, attention_mask, self.config.embedding.padding, cache)
        if positions is None:
            positions = count(here, input_ids.shape, cache)
        x = self.embedding(input_ids, positions, token_types)
        seen, cache = look_back(here, input_ids.shape, cache)
        x, layers, _ = self.stack(x, positions, record, seen, cache)
        if cache is not None:
            cache = advance(cache, layers, input_ids.shape[1])
        logits = None if self.readout is None else self.readout(x[:, -(keep or 0) :], self._table)
        pooled = None if self.pooler is None else jnp.tanh(self.pooler(x[:, 0]))
        record.finish()
        return Result(logits, x, cache, record.values, pooled)

    @property
    def _table(self) -> Array:
        table: Array = self.embedding.table[...]  # type: ignore[index]
        return table

    def cache(self, rows: int, room: int, dtype: Any = None) -> Cache:
        """An empty cache.

        Args:
          rows: of the batch.
          room: how many positions it can hold.
          dtype: of keys and values; that of the embedding if left out.
        """
        return empty(self.config.stack, rows, room, dtype or self._table.dtype)

    def save(self, directory: str | Path) -> None:
        """Write a checkpoint that `transformers` reads."""
        _checkpoint.save(self, self.config, Path(directory))


def empty(config: StackConfig, rows: int, room: int, dtype: Any) -> Cache:
    """An empty cache for these layers."""
    layers = []
    for block in config.blocks:
        x = block.attention
        latent = isinstance(x, LatentConfig)
        g, k, e = (x.heads, x.d + x.rotary.d, x.e) if latent else (x.groups, x.d, x.e or x.d)  # type: ignore
        layers.append((jnp.zeros((rows, g, 1, room, k), dtype), jnp.zeros((rows, g, 1, room, e), dtype)))
    return Cache(tuple(layers), jnp.zeros((rows, room), bool), jnp.zeros((), jnp.int32))


def count(here: Array | None, shape: tuple[int, ...], cache: Cache | None) -> Int[Array, "b n"]:
    """Positions, counted over the tokens that are there."""
    if here is None:
        return jnp.broadcast_to(jnp.arange(shape[1], dtype=jnp.int32), shape)
    before = 0 if cache is None else cache.seen.sum(1, dtype=jnp.int32)[:, None]
    return jnp.maximum(jnp.cumsum(here, 1, dtype=jnp.int32) - 1 + before, 0)


def _there(ids: Array, mask: Array | None, padding: int | None, cache: Cache | None) -> Array | None:
    if mask is not None:
        return mask.astype(bool)
    if padding is not None:
        return ids != padding
    return None if cache is None else jnp.ones(ids.shape, bool)


def look_back(
    here: Array | None, shape: tuple[int, ...], cache: Cache | None
) -> tuple[Array | None, Cache | None]:
    """Which places of the cache hold a token, the new ones included."""
    if cache is None or here is None:
        return here, cache
    zero = jnp.zeros((), jnp.int32)
    seen = jax.lax.dynamic_update_slice(cache.seen, here, (zero, cache.filled))
    return seen, Cache(cache.layers, seen, cache.filled, cache.memory, cache.memory_mask)


def advance(cache: Cache, layers: Any, n: int) -> Cache:
    """The cache after `n` more positions."""
    return Cache(layers, cache.seen, cache.filled + n, cache.memory, cache.memory_mask)
