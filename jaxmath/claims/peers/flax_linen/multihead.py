"""`flax.linen`: multi-head attention, with given parameters."""

import jax
import jax.numpy as jnp
from flax import linen
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.definitions import MultiHeadParams, masks
from jaxmath.verify.claim import derivative, identity

_MODULE = "Flax documentation, linen.MultiHeadDotProductAttention"
_WIDTHS = dict(n=3, h=2, g=2, d=4, c=4, k=4, v=4, e=4)
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]
Sequence = Float[Array, "n d"]


def _projections(p):
    inward = {
        name: dict(kernel=jnp.swapaxes(w, 0, 1), bias=b)
        for name, w, b in (("query", p.wq, p.bq), ("key", p.wk, p.bk), ("value", p.wv, p.bv))
    }
    return {"params": {**inward, "out": dict(kernel=p.wo, bias=p.bo)}}


@identity(source=_MODULE, at=_WIDTHS)
def multi_head_attention_is_the_textbook_one(x: Sequence, z: Sequence, params: MultiHeadParams):
    r"""Projections, attention in every head, and the way back, with biases, under a causal mask."""
    layer = linen.MultiHeadDotProductAttention(2, qkv_features=8)
    out = layer.apply(_projections(params), x, z, mask=linen.make_causal_mask(jnp.ones(3)))
    return out, definitions.multi_head_attention(x, z, params, masks.causal(3))


@multi_head_attention_is_the_textbook_one.mutant
def multi_head_attention_crosses_its_heads_on_the_way_back(x, z, params):
    layer = linen.MultiHeadDotProductAttention(2, qkv_features=8)
    out = layer.apply(_projections(params), x, z, mask=linen.make_causal_mask(jnp.ones(3)))
    crossed = params._replace(wo=params.wo[::-1])
    return out, definitions.multi_head_attention(x, z, crossed, masks.causal(3))


@derivative(source=_MODULE + "; chain rule", at=_WIDTHS)
def multi_head_attention_has_the_textbook_gradient(x: Sequence, params: MultiHeadParams):
    r"""Reverse mode through the module is exact for the sequence and for every parameter."""

    def peer(x, params):
        return linen.MultiHeadDotProductAttention(2, qkv_features=8).apply(_projections(params), x)

    def textbook(x, params):
        return definitions.multi_head_attention(x, x, params)

    return textbook, lambda x, params, dy: jax.vjp(peer, x, params)[1](dy)


@multi_head_attention_has_the_textbook_gradient.mutant
def multi_head_attention_has_the_gradient_of_the_queries_alone(x, params):
    def peer(x, params):
        fixed = jax.lax.stop_gradient(x)
        return linen.MultiHeadDotProductAttention(2, qkv_features=8).apply(_projections(params), x, fixed)

    def textbook(x, params):
        return definitions.multi_head_attention(x, x, params)

    return textbook, lambda x, params, dy: jax.vjp(peer, x, params)[1](dy)


def _decoded(x, params):
    layer = linen.MultiHeadDotProductAttention(2, qkv_features=8, decode=True)
    empty = jnp.zeros((3, 2, 4))
    cache = dict(cached_key=empty, cached_value=empty, cache_index=jnp.array(0, jnp.int32))
    rows = []
    for t in range(3):
        variables = {**_projections(params), "cache": cache}
        row, changed = layer.apply(variables, x[t : t + 1], mutable=["cache"])
        cache = changed["cache"]
        rows.append(row)
    return jnp.concatenate(rows)


@identity(source=_MODULE + ", argument decode", at=_WIDTHS)
def decoding_step_by_step_is_causal_attention(x: Sequence, params: MultiHeadParams):
    r"""One position at a time, with keys and values from the cache, gives what all positions at once give."""
    return _decoded(x, params), definitions.multi_head_attention(x, x, params, masks.causal(3))


@decoding_step_by_step_is_causal_attention.mutant
def decoding_step_by_step_is_attention_to_all(x, params):
    return _decoded(x, params), definitions.multi_head_attention(x, x, params)
