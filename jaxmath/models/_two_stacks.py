"""A model with two stacks: an encoder, and a decoder that reads what it made."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Int

from jaxmath.models import _checkpoint
from jaxmath.models._caches import advance, count, empty, look_back
from jaxmath.models._config import Config
from jaxmath.models._readout import Readout
from jaxmath.models._transformer import Result
from jaxmath.modules import Cache, CacheKind, Embedding, Intervention, Record, Stack

Mask = Bool[Array, "..."] | Int[Array, "..."] | None


class EncoderDecoder(nnx.Module):
    """An encoder-decoder of any family.

    Attributes:
      config: what it is.
      embedding: tokens to vectors, those of the decoder too.
      encoder: its layers.
      decoder_embedding: what the decoder adds to tokens.
      decoder: its layers.
      readout: vectors to scores, or `None`.
    """

    def __init__(
        self,
        config: Config,
        *,
        rngs: nnx.Rngs,
        dtype: Any = jnp.float32,
        scan: bool = False,
        remat: bool = False,
    ):
        """Make one with random parameters; the arguments are those of `Transformer`."""
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": config.std}
        assert config.encoder is not None and config.decoder_embedding is not None
        self.config = config
        self.embedding = Embedding(config.embedding, **how)
        self.encoder = Stack(config.encoder, config.width, **how, scan=scan, remat=remat)
        self.decoder_embedding = Embedding(config.decoder_embedding, **how)
        self.decoder = Stack(config.stack, config.width, **how, scan=scan, remat=remat)
        self.readout = None if config.readout is None else Readout(config.readout, config, **how)

    def __call__(
        self,
        input_ids: Int[Array, "b m"] | None = None,
        attention_mask: Mask = None,
        positions: Int[Array, "b n"] | None = None,
        cache: Cache | None = None,
        *,
        decoder_input_ids: Int[Array, "b n"],
        decoder_attention_mask: Mask = None,
        capture: tuple[str, ...] = (),
        interventions: Mapping[str, Intervention] | None = None,
        keep: int | None = None,
    ) -> Result:
        """Scores of the decoder's tokens.

        Args:
          input_ids: tokens of the encoder; not needed with a cache that knows what it made.
          attention_mask: which of them are there.
          positions: of the decoder's tokens.
          cache: what the decoder read before, and keys and values of the encoder.
          decoder_input_ids: tokens of the decoder.
          decoder_attention_mask: which of them are there.
          capture: patterns of names, which begin with `encoder.` or `decoder.`.
          interventions: what takes the place of a value, by its name.
          keep: scores are computed at the last so many positions only.

        Returns:
          The result; `hidden` is the decoder's.
        """
        record = Record(tuple(capture), interventions=interventions or {})
        memory, memory_seen = self._memory(input_ids, attention_mask, cache, record)
        ids = decoder_input_ids
        here = None if decoder_attention_mask is None else decoder_attention_mask.astype(bool)
        if here is None and cache is not None:
            here = jnp.ones(ids.shape, bool)
        if positions is None:
            positions = count(here, ids.shape, cache)
        x = self.decoder_embedding(ids, positions, table=self._table)
        seen, cache = look_back(here, ids.shape, cache)
        inner = record.inside("decoder")
        x, layers, remembered = self.decoder(x, positions, inner, seen, cache, memory, memory_seen, here)
        if cache is not None:
            cache = advance(cache, layers, ids.shape[1])
            cache = dataclasses.replace(cache, memory=remembered, memory_mask=memory_seen)  # type: ignore
        logits = None if self.readout is None else self.readout(x[:, -(keep or 0) :], self._table)
        record.finish()
        return Result(logits, x, cache, record.values)

    @property
    def _table(self) -> Array:
        table: Array = self.embedding.table[...]  # type: ignore[index]
        return table

    def _memory(
        self, ids: Array | None, mask: Mask, cache: Cache | None, record: Record
    ) -> tuple[Array | None, Array | None]:
        """What the encoder made, and which places of it hold a token."""
        if ids is None:
            if cache is None or cache.memory is None:
                raise ValueError(
                    "model: input_ids must be given where no cache knows what the encoder made; got None."
                )
            return None, cache.memory_mask
        here = jnp.ones(ids.shape, bool) if mask is None else mask.astype(bool)
        positions = jnp.broadcast_to(jnp.arange(ids.shape[1], dtype=jnp.int32), ids.shape)
        x = self.embedding(ids, positions)
        return self.encoder(x, positions, record.inside("encoder"), here).x, here

    def cache(
        self, rows: int, room: int, dtype: Any = None, *, kind: CacheKind = "contiguous", page: int = 16
    ) -> Cache:
        """An empty cache of the decoder; the arguments are those of `Transformer.cache`."""
        return empty(self.config.stack, rows, room, dtype or self._table.dtype, kind, page)

    def save(self, directory: str | Path) -> None:
        """Write a checkpoint that `transformers` reads."""
        _checkpoint.save(self, self.config, Path(directory))
