"""Vectors to scores of tokens."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.models._config import Config
from jaxmath.modules import ACTIVATIONS, Linear, Norm, ReadoutConfig
from jaxmath.modules._linear import param


class Readout(nnx.Module):
    """A table, maybe that of the embedding, with what comes before and after it.

    Attributes:
      table: `[d, v]`, a linear map, or `None` if tied.
      bias: of the scores, if tied and with bias.
      dense: a layer before, or `None`.
      norm: of that layer, or `None`.
    """

    def __init__(self, config: ReadoutConfig, model: Config, *, rngs: nnx.Rngs, dtype: Any, std: float):
        """Make one.

        Args:
          config: what it is.
          model: the model it belongs to.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
        """
        d, v = model.width, model.embedding.vocabulary
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": std}
        self.config = config
        narrow = model.embedding.project
        self.narrow = None if narrow is None else Linear(d, narrow, bias=False, **how)
        axes = ("embed", "vocab")
        self.table = None if config.tied else Linear(narrow or d, v, bias=config.bias, axes=axes, **how)
        shifted = config.tied and config.bias
        self.bias = param(rngs, (v,), ("vocab",), dtype, fill=0) if shifted else None
        self.dense = None if config.activation is None else Linear(d, d, bias=config.dense_bias, **how)
        self.norm = None if config.norm is None else Norm(config.norm, d, rngs=rngs, dtype=dtype)

    def __call__(self, x: Float[Array, "*b d"], tied: Float[Array, "v _"] | None) -> Float[Array, "*b v"]:
        """Scores of all tokens.

        Args:
          x: vectors.
          tied: the table of the embedding, as wide as what is read out.
        """
        config = self.config
        if self.dense is not None:
            x = ACTIVATIONS[config.activation or ""](self.dense(x))
        x = x if self.norm is None else self.norm(x)
        x = x if self.narrow is None else self.narrow(x)
        x = x if config.scale == 1 else x * jnp.asarray(config.scale, x.dtype)
        y = definitions.unembed(x, jnp.asarray(tied)) if self.table is None else self.table(x)
        if self._shift is not None:
            y = y + jnp.broadcast_to(self._shift, y.shape)
        return y if config.soft_cap is None else definitions.soft_cap(y, config.soft_cap)

    @property
    def _shift(self) -> Array | None:
        """Of the scores, if tied and with bias."""
        bias = None if self.bias is None else self.bias[...]
        return jax.lax.stop_gradient(bias) if self.config.constant and bias is not None else bias
