r"""Sizes of a whole transformer.

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238, algorithms 8 to 10.
"""

import dataclasses

from jaxmath.definitions.shapes._demand import demand_natural
from jaxmath.definitions.shapes.experts import ExpertsShape
from jaxmath.definitions.shapes.parts import AttentionShape, MLPShape, NormShape


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransformerShape:
    """A stack of equal blocks between a table of embeddings and a read-out.

    Attributes:
      width: width of the model.
      layers: blocks; of an encoder-decoder, those of the decoder, which also read the encoder.
      vocabulary: rows of the table of embeddings.
      attention: sizes of attention.
      mlp: sizes of the feed-forward network of a block without experts.
      experts: sizes of the mixture in the other blocks, if there is one.
      norm: how many norms, and of what.
      encoder_layers: blocks of the encoder of an encoder-decoder.
      positions: rows of a learned table of positions.
      segments: rows of a learned table of kinds of tokens.
      buckets: rows of a table of relative positions, one for each stack.
      tied: whether the read-out is the table of embeddings.
      readout: whether there is a read-out.
      readout_bias: whether it has a bias.
      pooler: whether a square layer with bias reads the first token.
      causal: whether no token sees a later one.
      windowed_layers: blocks whose attention has the window of `attention.window`.
    """

    width: int
    layers: int
    vocabulary: int
    attention: AttentionShape
    mlp: MLPShape
    experts: ExpertsShape | None = None
    norm: NormShape = NormShape()
    encoder_layers: int = 0
    positions: int = 0
    segments: int = 0
    buckets: int = 0
    tied: bool = False
    readout: bool = True
    readout_bias: bool = False
    pooler: bool = False
    causal: bool = True
    windowed_layers: int = 0

    def __post_init__(self) -> None:
        demand_natural(self)
        if self.windowed_layers > self.layers or self.dense_layers > self.layers:
            raise ValueError(
                f"TransformerShape: of {self.layers} layers {self.windowed_layers} have a window and "
                f"{self.dense_layers} no experts.\n  Neither can be more than there are."
            )
        if self.windowed_layers and not self.attention.window:
            raise ValueError(
                f"TransformerShape: windowed_layers is {self.windowed_layers}, but attention.window is 0.\n"
                "  Give the window's length."
            )

    @property
    def dense_layers(self) -> int:
        """Blocks without experts."""
        return self.layers if self.experts is None else self.experts.dense_layers

    @property
    def sparse_layers(self) -> int:
        """Blocks with experts."""
        return self.layers - self.dense_layers

    @property
    def active_hidden(self) -> int:
        """Hidden units that a token meets in the widest block."""
        dense = self.mlp.hidden if self.dense_layers else 0
        e = self.experts
        return max(dense, e.active * e.expert.hidden + e.shared if e and self.sparse_layers else 0)
