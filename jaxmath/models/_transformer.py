"""A model with one stack: a decoder, or an encoder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from jaxmath import notation
from jaxmath.models import _checkpoint
from jaxmath.models._caches import advance, count, empty, look_back
from jaxmath.models._config import Config
from jaxmath.models._readout import Readout
from jaxmath.modules import Cache, CacheKind, Embedding, Intervention, Linear, Record, Stack


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

    def __init__(
        self,
        config: Config,
        *,
        rngs: nnx.Rngs,
        dtype: Any = jnp.float32,
        scan: bool = False,
        remat: bool = False,
    ):
        """Make one with random parameters.

        Args:
          config: what it is.
          rngs: randomness, not kept.
          dtype: of the parameters.
          scan: whether layers that are alike share one program, as in `jaxmath.modules.Stack`.
          remat: whether the backward pass computes layers anew.
        """
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": config.std}
        self.config = config
        self.embedding = Embedding(config.embedding, **how)
        self.stack = Stack(config.stack, config.width, **how, scan=scan, remat=remat)
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
        x, layers, _ = self.stack(x, positions, record, seen, cache, here=here)
        if cache is not None:
            cache = advance(cache, layers, input_ids.shape[1])
        logits = None if self.readout is None else self.readout(x[:, -(keep or 0) :], self._table)
        pooled = None if self.pooler is None else jnp.tanh(self.pooler(x[:, 0]))
        record.finish()
        return Result(logits, x, cache, record.values, pooled)

    def loss(
        self,
        input_ids: Int[Array, "b n"],
        targets: Int[Array, "b n"],
        attention_mask: Bool[Array, "b n"] | Int[Array, "b n"] | None = None,
        positions: Int[Array, "b n"] | None = None,
        *,
        token_types: Int[Array, "b n"] | None = None,
        **how: Any,
    ) -> Float[Array, ""]:
        """Mean cross-entropy, of which no matrix of scores is kept.

        Args:
          input_ids: tokens.
          targets: the right answer at each position: of a decoder, the next token; -100 where none counts.
          attention_mask: which tokens are there.
          positions: of each.
          token_types: kind of each.
          **how: `weights`, `ignore`, `label_smoothing`, `z_loss` and `block` of
            `jaxmath.kernels.linear_cross_entropy`.

        Raises:
          ValueError: if the model has no read-out.
        """
        if self.readout is None:
            raise ValueError(
                "model: a loss needs a read-out; this model has none. Use `.hidden` of its result."
            )
        result = self(input_ids, attention_mask, positions, token_types=token_types, keep=1)
        return self.readout.loss(result.hidden, self._table, targets, **how)

    @property
    def _table(self) -> Array:
        table: Array = self.embedding.table[...]  # type: ignore[index]
        return table

    def cache(
        self, rows: int, room: int, dtype: Any = None, *, kind: CacheKind = "contiguous", page: int = 16
    ) -> Cache:
        """An empty cache.

        Args:
          rows: of the batch.
          room: how many positions it can hold.
          dtype: of keys and values; that of the embedding if left out.
          kind: `"contiguous"`; `"rolling"`: layers with a window keep no more than it reaches; `"paged"`:
            rows have pages, and lengths, of their own; `"latent"`: layers with latent attention keep latent
            vectors only.
          page: positions of a page.

        Raises:
          ValueError: if `kind` is unknown, if no layer, or not every layer of a cache in pages, can keep what
            is asked for, or if `page` is not positive.
        """
        return empty(self.config.stack, rows, room, dtype or self._table.dtype, kind, page)

    def save(self, directory: str | Path) -> None:
        """Write a checkpoint that `transformers` reads."""
        _checkpoint.save(self, self.config, Path(directory))


def _there(ids: Array, mask: Array | None, padding: int | None, cache: Cache | None) -> Array | None:
    if mask is not None:
        return mask.astype(bool)
    if padding is not None:
        return ids != padding
    return None if cache is None else jnp.ones(ids.shape, bool)
