r"""The parameters of blocks and transformers, as trees of arrays.

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238,
algorithms 5 and 8 to 10.
"""

from typing import NamedTuple

from jaxtyping import Array, Float


class NormParams(NamedTuple):
    """The arguments of `layer_norm` (and, the first, of `rms_norm`) after the vectors."""

    weight: Float[Array, " d"] | None = None
    bias: Float[Array, " d"] | None = None


class MLPParams(NamedTuple):
    """The arguments of `mlp` after the vectors."""

    w1: Float[Array, "d f"]
    b1: Float[Array, " f"] | None
    w2: Float[Array, "f d"]
    b2: Float[Array, " d"] | None


class GatedMLPParams(NamedTuple):
    """The arguments of `gated_mlp` after the vectors."""

    w: Float[Array, "d f"]
    v: Float[Array, "d f"]
    w2: Float[Array, "f d"]


class MultiHeadParams(NamedTuple):
    """Projections of `multi_head_attention`: `h` heads in `g` groups, and back."""

    wq: Float[Array, "h d k"]
    wk: Float[Array, "g c k"]
    wv: Float[Array, "g c e"]
    wo: Float[Array, "h e d"]
    bq: Float[Array, "h k"] | None = None
    bk: Float[Array, "g k"] | None = None
    bv: Float[Array, "g e"] | None = None
    bo: Float[Array, " d"] | None = None


class BlockParams(NamedTuple):
    """Self-attention and feed-forward network, each with its norm."""

    attention: MultiHeadParams
    norm1: NormParams
    mlp: MLPParams | GatedMLPParams
    norm2: NormParams


class CrossBlockParams(NamedTuple):
    """Self-attention, attention to another sequence, and feed-forward network, each with its norm."""

    attention: MultiHeadParams
    norm1: NormParams
    cross: MultiHeadParams
    norm2: NormParams
    mlp: MLPParams | GatedMLPParams
    norm3: NormParams


class EncoderDecoderParams(NamedTuple):
    """Parameters of algorithm 8."""

    embedding: Float[Array, "v d"]
    positions: Float[Array, "t d"]
    encoder: tuple[BlockParams, ...]
    decoder: tuple[CrossBlockParams, ...]
    unembedding: Float[Array, "v d"]


class EncoderParams(NamedTuple):
    """Parameters of algorithm 9."""

    embedding: Float[Array, "v d"]
    positions: Float[Array, "t d"]
    blocks: tuple[BlockParams, ...]
    final_w: Float[Array, "d f"]
    final_b: Float[Array, " f"]
    norm: NormParams
    unembedding: Float[Array, "v f"]


class DecoderParams(NamedTuple):
    """Parameters of algorithm 10."""

    embedding: Float[Array, "v d"]
    positions: Float[Array, "t d"]
    blocks: tuple[BlockParams, ...]
    norm: NormParams
    unembedding: Float[Array, "v d"]
