"""What comes before the layers and after them, in data."""

import dataclasses

from jaxmath.modules._configs.networks import NormConfig


@dataclasses.dataclass(frozen=True)
class EmbeddingConfig:
    """Tokens, and what is added to them.

    Attributes:
      vocabulary: how many tokens.
      width: of their vectors.
      scale: their vectors are multiplied by this.
      positions: rows of learned positions; `None` for none.
      offset: position 0 is this row.
      types: rows of learned kinds of token; `None` for none.
      norm: of the sum.
      padding: the token that stands for none, where positions count the others only.
      project: width of the tokens' vectors, where it differs and a projection follows.
    """

    vocabulary: int
    width: int
    scale: float = 1.0
    positions: int | None = None
    offset: int = 0
    types: int | None = None
    norm: NormConfig | None = None
    padding: int | None = None
    project: int | None = None


@dataclasses.dataclass(frozen=True)
class ReadoutConfig:
    """From vectors to scores of tokens.

    Attributes:
      tied: whether the table is that of the embedding.
      bias: whether scores are shifted.
      scale: they are multiplied by this.
      soft_cap: their bound.
      activation: of a layer before it, followed by `norm`; `None` for no such layer.
      norm: of that layer.
      dense_bias: whether that layer has a bias.
      constant: whether what scores are shifted by is not trained.
    """

    tied: bool
    bias: bool = False
    scale: float = 1.0
    soft_cap: float | None = None
    activation: str | None = None
    norm: NormConfig | None = None
    dense_bias: bool = True
    constant: bool = False
