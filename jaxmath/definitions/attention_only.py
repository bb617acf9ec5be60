r"""A transformer of attention alone: no norms, no feed-forward networks.

Source: Elhage et al., *A mathematical framework for transformer circuits* (2021),
transformer-circuits.pub/2021/framework.
Claims: `jaxmath.claims.circuits`, `jaxmath.claims.induction`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions import masks
from jaxmath.definitions.attention import attention_weights
from jaxmath.definitions.embedding import embed, unembed
from jaxmath.definitions.multihead import multi_head_attention
from jaxmath.definitions.params import MultiHeadParams


class AttentionOnlyParams(NamedTuple):
    """Parameters of `attention_only_transformer`; as many heads in every layer, in groups of one."""

    embedding: Float[Array, "v d"]
    positions: Float[Array, "t d"]
    layers: tuple[MultiHeadParams, ...]
    unembedding: Float[Array, "v d"]


def attention_only_transformer(ids: Int[Array, " n"], params: AttentionOnlyParams) -> Float[Array, "n v"]:
    r"""Row $t$ scores the successor of `ids[: t + 1]`: causal heads write to a stream that is read out."""
    return unembed(_streams(ids, params)[-1], params.unembedding)


def attention_only_weights(ids: Int[Array, " n"], params: AttentionOnlyParams) -> Float[Array, "l h n n"]:
    """Attention weights of every layer and head."""
    streams = _streams(ids, params)[:-1]
    return jnp.stack([_weights(x, layer) for x, layer in zip(streams, params.layers, strict=True)])


def _streams(ids: Array, params: AttentionOnlyParams) -> list[Array]:
    streams = [embed(ids, params.embedding) + params.positions[: ids.shape[0]]]
    mask = masks.causal(ids.shape[0])
    for layer in params.layers:
        x = streams[-1]
        streams.append(x + multi_head_attention(x, x, layer, mask))
    return streams


def _weights(x: Array, params: MultiHeadParams) -> Array:
    mask = masks.causal(x.shape[0])
    return jax.vmap(lambda wq, wk: attention_weights(x @ wq, x @ wk, mask))(params.wq, params.wk)
