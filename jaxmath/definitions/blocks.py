r"""Transformer blocks: attention and a feed-forward network, each added to a residual stream.

Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.1 (encoder, and decoder
with attention to the encoder); Radford et al., *Improving language understanding by generative
pre-training* (2018), section 3.1 (decoder alone).
Claims: `jaxmath.claims.blocks`.
"""

from collections.abc import Callable
from typing import Any

from jaxtyping import Array, Bool, Float

from jaxmath.definitions import masks
from jaxmath.definitions.feedforward import mlp
from jaxmath.definitions.multihead import grouped_query_attention, multi_head_attention
from jaxmath.definitions.norms import layer_norm
from jaxmath.definitions.params import BlockParams, CrossBlockParams
from jaxmath.definitions.residual import Placement, residual


def encoder_block(
    x: Float[Array, "n d"],
    params: BlockParams,
    mask: Bool[Array, "n n"] | None = None,
    *,
    placement: Placement = "post",
    norm: Callable[..., Array] = layer_norm,
    feed: Callable[..., Array] = mlp,
    attend: Callable[..., Array] = grouped_query_attention,
) -> Float[Array, "n d"]:
    r"""Self-attention, then the feed-forward network.

    Args:
      x: a sequence of vectors.
      params: the parameters.
      mask: which pairs may meet (all by default).
      placement: where the norms stand.
      norm: `norm(x, *params.norm1)`.
      feed: `feed(x, *params.mlp)`.
      attend: attention over heads, see `multi_head_attention`.
    """

    def attention(y: Array) -> Array:
        return multi_head_attention(y, y, params.attention, mask, attend=attend)

    x = residual(x, attention, lambda y: norm(y, *params.norm1), placement)
    return residual(x, lambda y: feed(y, *params.mlp), lambda y: norm(y, *params.norm2), placement)


def decoder_block(
    x: Float[Array, "n d"], params: BlockParams, mask: Bool[Array, "n n"] | None = None, **how: Any
) -> Float[Array, "n d"]:
    r"""An `encoder_block` (with its keywords) in which no position sees a later one.

    `mask` may hide more pairs.
    """
    return encoder_block(x, params, _causal(x, mask), **how)


def cross_attention_block(
    x: Float[Array, "n d"],
    z: Float[Array, "m c"],
    params: CrossBlockParams,
    mask: Bool[Array, "n n"] | None = None,
    cross_mask: Bool[Array, "n m"] | None = None,
    *,
    placement: Placement = "post",
    norm: Callable[..., Array] = layer_norm,
    feed: Callable[..., Array] = mlp,
    attend: Callable[..., Array] = grouped_query_attention,
) -> Float[Array, "n d"]:
    r"""Causal self-attention, attention to the sequence `z`, then the feed-forward network.

    Args:
      x: the sequence being written.
      z: the sequence being read, already encoded.
      params: the parameters.
      mask: as in `decoder_block`.
      cross_mask: pairs of `x` and `z` that may meet (all by default).
      placement: where the norms stand.
      norm: see `encoder_block`.
      feed: see `encoder_block`.
      attend: attention over heads, for both attentions.
    """

    def attention(y: Array) -> Array:
        return multi_head_attention(y, y, params.attention, _causal(x, mask), attend=attend)

    def cross(y: Array) -> Array:
        return multi_head_attention(y, z, params.cross, cross_mask, attend=attend)

    x = residual(x, attention, lambda y: norm(y, *params.norm1), placement)
    x = residual(x, cross, lambda y: norm(y, *params.norm2), placement)
    return residual(x, lambda y: feed(y, *params.mlp), lambda y: norm(y, *params.norm3), placement)


def _causal(x: Array, mask: Array | None) -> Array:
    causal = masks.causal(x.shape[0])
    return causal if mask is None else masks.and_(causal, mask)
