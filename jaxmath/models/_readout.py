"""Vectors to scores of tokens."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
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
        x, config = self._prepared(x), self.config
        y = kernels.unembed(x, jnp.asarray(tied)) if self.table is None else self.table(x)
        if self._shift is not None:
            y = y + jnp.broadcast_to(self._shift, y.shape)
        return y if config.soft_cap is None else definitions.soft_cap(y, config.soft_cap)

    def loss(
        self, x: Float[Array, "*b d"], tied: Float[Array, "v _"] | None, targets: Int[Array, "*b"], **how: Any
    ) -> Float[Array, ""]:
        """The mean cross-entropy of the right tokens; the matrix of scores is never whole.

        Args:
          x: vectors.
          tied: the table of the embedding.
          targets: the right tokens.
          **how: `weights`, `ignore`, `label_smoothing`, `z_loss` and `block` of
            `jaxmath.kernels.linear_cross_entropy`.
        """
        table = jnp.asarray(tied) if self.table is None else self.table.weight[...].T
        bias = None if self.table is None else self.table.bias
        shift = self._shift if bias is None else bias[...]
        how["soft_cap"] = self.config.soft_cap
        targets = targets.astype(int)  # the kernel counts words in the default type
        loss: Array = kernels.linear_cross_entropy(self._prepared(x), table, targets, bias=shift, **how)
        return loss

    def _prepared(self, x: Array) -> Array:
        """Vectors that a table makes scores of."""
        config = self.config
        if self.dense is not None:
            x = ACTIVATIONS[config.activation or ""](self.dense(x))
        x = x if self.norm is None else self.norm(x)
        x = x if self.narrow is None else self.narrow(x)
        return x if config.scale == 1 else x * jnp.asarray(config.scale, x.dtype)

    @property
    def _shift(self) -> Array | None:
        """Of the scores, if tied and with bias."""
        bias = None if self.bias is None else self.bias[...]
        return jax.lax.stop_gradient(bias) if self.config.constant and bias is not None else bias
