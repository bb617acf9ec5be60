r"""How many parameters a transformer has.

Source: Kaplan et al., *Scaling laws for neural language models* (2020), arXiv:2001.08361, table 1 (the
leading terms); the tensors that *transformers* (Wolf et al. 2020, arXiv:1910.03771) writes for each family
(the rest).
"""

from jaxmath.definitions.costs._weights import Weights, of_attention, of_experts, of_mlp
from jaxmath.definitions.shapes import AttentionShape, MLPShape, TransformerShape


def attention_parameters(attention: AttentionShape, width: int, context: int | None = None) -> int:
    r"""Parameters of attention, $d h k + 2 c g k + h k d$ without biases where values are as wide as keys.

    Args:
      attention: its sizes.
      width: width $d$ of the stream that it reads and writes.
      context: width $c$ of the stream of keys and values, if that is another.
    """
    return sum(of_attention(attention, width, width if context is None else context))


def mlp_parameters(mlp: MLPShape, width: int) -> int:
    r"""Parameters of a feed-forward network, $2 d f$, or $3 d f$ with a gate, without biases."""
    return sum(of_mlp(mlp, width))


def embedding_parameters(shape: TransformerShape) -> int:
    r"""Parameters of the tables that are looked up: tokens, positions, kinds of tokens."""
    return (shape.vocabulary + shape.positions + shape.segments) * shape.width


def parameters(shape: TransformerShape) -> int:
    r"""All parameters.

    For GPT-2, $V d + T d + L (12 d^2 + 13 d) + 2 d$; for Llama,
    $2 V d + L (2 d h k + 2 d g k + 3 d f + 2 d) + d$.
    """
    return _with_experts(shape, shape.experts.count if shape.experts else 0)


def active_parameters(shape: TransformerShape) -> int:
    r"""Parameters that one token meets: those of `active` experts instead of all `count`."""
    return _with_experts(shape, shape.experts.active if shape.experts else 0)


def matrix_parameters(shape: TransformerShape) -> int:
    r"""Entries of matrices that a token of a decoder is multiplied with, read-out included, tables not.

    Two operations each: $2 N$ for a token, before attention between tokens.
    """
    experts = shape.experts.active if shape.experts else 0
    readout = shape.readout * shape.vocabulary * shape.width
    return _stack(shape, experts).matrices + readout


def _with_experts(shape: TransformerShape, experts: int) -> int:
    return embedding_parameters(shape) + sum(_readout(shape) + _outside(shape) + _blocks(shape, experts))


def _blocks(shape: TransformerShape, experts: int) -> Weights:
    encoder = _dense(shape) * shape.encoder_layers
    crossed = of_attention(shape.attention, shape.width, shape.width) + _norm(shape)
    return _stack(shape, experts) + encoder + (crossed * shape.layers if shape.encoder_layers else (0, 0))


def _stack(shape: TransformerShape, experts: int) -> Weights:
    dense = _dense(shape) * shape.dense_layers
    if shape.experts is None:
        return dense
    sparse = _attention(shape) + of_experts(shape.experts, shape.width, experts)
    return dense + sparse * shape.sparse_layers


def _dense(shape: TransformerShape) -> Weights:
    return _attention(shape) + of_mlp(shape.mlp, shape.width)


def _attention(shape: TransformerShape) -> Weights:
    """Attention with all norms of its block."""
    return of_attention(shape.attention, shape.width, shape.width) + _norm(shape) * shape.norm.per_block


def _norm(shape: TransformerShape) -> Weights:
    return Weights(0, shape.norm.vectors * shape.width)


def _readout(shape: TransformerShape) -> Weights:
    own = shape.readout and not shape.tied
    return Weights(own * shape.vocabulary * shape.width, shape.readout_bias * shape.vocabulary)


def _outside(shape: TransformerShape) -> Weights:
    stacks = 2 if shape.encoder_layers else 1
    square = Weights(shape.width**2, shape.width) * shape.pooler
    buckets = Weights(0, stacks * shape.buckets * shape.attention.heads)
    return square + buckets + _norm(shape) * shape.norm.outside
