"""Tokens to vectors."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from jaxmath import kernels, notation
from jaxmath.modules._configs import EmbeddingConfig
from jaxmath.modules._linear import Linear, param
from jaxmath.modules.norms import Norm


class Embedding(nnx.Module):
    """Vectors of tokens, scaled, with those of positions and kinds added.

    Attributes:
      table: `[v, d]`, or `None` where another one is passed in.
      positions: a row for every position, or `None`.
      types: a row for every kind, or `None`.
      norm: of the sum, or `None`.
      project: from the width of the table to that of the model, or `None`.
    """

    def __init__(
        self, config: EmbeddingConfig, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial vectors.
        """
        d, narrow = config.width, config.project or config.width
        axes = ("vocab", "embed")
        self.config = config
        shape = (config.vocabulary, narrow)
        self.table = param(rngs, shape, axes, dtype, std=std) if config.vocabulary else None
        rows = None if config.positions is None else (config.positions + config.offset, d)
        self.positions = None if rows is None else param(rngs, rows, (None, "embed"), dtype, std=std)
        rows = None if config.types is None else (config.types, d)
        self.types = None if rows is None else param(rngs, rows, (None, "embed"), dtype, std=std)
        self.norm = None if config.norm is None else Norm(config.norm, d, rngs=rngs, dtype=dtype)
        self.project = None if narrow == d else Linear(narrow, d, rngs=rngs, dtype=dtype, bias=False, std=std)

    def __call__(
        self,
        ids: Int[Array, "b n"],
        positions: Int[Array, "b n"],
        types: Int[Array, "b n"] | None = None,
        table: Float[Array, "v d"] | None = None,
    ) -> Float[Array, "b n d"]:
        """One vector a token.

        Args:
          ids: tokens.
          positions: of each.
          types: kind of each; 0 if left out.
          table: in place of its own.
        """
        notation.check("Embedding", ids=(ids, "b n"), positions=(positions, "b n"))
        x = kernels.embed(ids, self.table[...] if table is None else table)  # type: ignore[index]
        if self.config.scale != 1:
            x = x * jnp.asarray(self.config.scale, x.dtype)
        if self.project is not None:
            x = self.project(x)
        if self.types is not None:
            x = x + kernels.embed(jnp.zeros_like(ids) if types is None else types, self.types[...])
        if self.positions is not None:
            x = x + kernels.embed(positions + self.config.offset, self.positions[...])
        return x if self.norm is None else self.norm(x)
