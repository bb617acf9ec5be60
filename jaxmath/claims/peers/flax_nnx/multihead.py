"""`flax.nnx`: multi-head attention, with given parameters."""

import functools

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.claims.peers.flax_nnx._filled import filled, projections
from jaxmath.definitions import MultiHeadParams, masks
from jaxmath.verify.claim import derivative, identity

_MODULE = "Flax documentation, nnx.MultiHeadAttention"
_WIDTHS = dict(n=3, h=4, g=2, d=4, c=4, k=4, v=4, e=4)
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]
Shared = Float[Array, "b m g d"]
Sequence = Float[Array, "n d"]
_make = functools.partial(nnx.MultiHeadAttention, 4, 4, qkv_features=16, num_kv_heads=2, decode=False)


@identity(source=_MODULE, at=_WIDTHS)
def multi_head_attention_is_the_textbook_one(x: Sequence, z: Sequence, params: MultiHeadParams):
    r"""Projections, causal attention of heads in groups, and the way back, with biases."""
    layer = filled(lambda: _make(rngs=nnx.Rngs(0)), **projections(params))
    out = layer(x, z, is_causal=True)
    return out, definitions.multi_head_attention(x, z, params, masks.causal(3))


@multi_head_attention_is_the_textbook_one.mutant
def multi_head_attention_takes_its_values_from_the_queries(x, z, params):
    layer = filled(lambda: _make(rngs=nnx.Rngs(0)), **projections(params))
    return layer(x, z, x, is_causal=True), definitions.multi_head_attention(x, z, params, masks.causal(3))


@derivative(source=_MODULE + "; chain rule", at=_WIDTHS)
def multi_head_attention_has_the_textbook_gradient(x: Sequence, params: MultiHeadParams):
    r"""Reverse mode through the module is exact for the sequence and for every parameter."""

    def peer(x, params):
        return filled(lambda: _make(rngs=nnx.Rngs(0)), **projections(params))(x)

    def textbook(x, params):
        return definitions.multi_head_attention(x, x, params)

    return textbook, lambda x, params, dy: jax.vjp(peer, x, params)[1](dy)


@multi_head_attention_has_the_textbook_gradient.mutant
def multi_head_attention_has_the_gradient_of_a_causal_one(x, params):
    def peer(x, params):
        return filled(lambda: _make(rngs=nnx.Rngs(0)), **projections(params))(x)

    def textbook(x, params):
        return definitions.multi_head_attention(x, x, params, masks.causal(3))

    return textbook, lambda x, params, dy: jax.vjp(peer, x, params)[1](dy)


@identity(source=_MODULE + ", argument normalize_qk", at=_WIDTHS)
def multi_head_attention_may_normalise_queries_and_keys(
    x: Sequence, params: MultiHeadParams, query_scale: Float[Array, " k"], key_scale: Float[Array, " k"]
):
    r"""With `normalize_qk` queries and keys of each head go through a layer norm with a scale, no bias."""
    scales = dict(query_ln=dict(scale=query_scale), key_ln=dict(scale=key_scale))
    layer = filled(lambda: _make(normalize_qk=True, rngs=nnx.Rngs(0)), **projections(params), **scales)

    def attend(q, k, v, mask, bias):
        q = definitions.layer_norm(q, query_scale, eps=1e-6)
        k = definitions.layer_norm(k, key_scale, eps=1e-6)
        return definitions.grouped_query_attention(q, k, v, mask, bias)

    return layer(x), definitions.multi_head_attention(x, x, params, attend=attend)


@multi_head_attention_may_normalise_queries_and_keys.mutant
def multi_head_attention_may_normalise_queries_alone(x, params, query_scale, key_scale):
    scales = dict(query_ln=dict(scale=query_scale), key_ln=dict(scale=key_scale))
    layer = filled(lambda: _make(normalize_qk=True, rngs=nnx.Rngs(0)), **projections(params), **scales)

    def attend(q, k, v, mask, bias):
        q = definitions.layer_norm(q, query_scale, eps=1e-6)
        return definitions.grouped_query_attention(q, k * key_scale[None, None], v, mask, bias)

    return layer(x), definitions.multi_head_attention(x, x, params, attend=attend)


def _decoded(x, params):
    layer = filled(lambda: _make(rngs=nnx.Rngs(0)), **projections(params))
    layer.init_cache(x.shape)
    return jnp.concatenate([layer(x[t : t + 1], decode=True) for t in range(3)])


@identity(source=_MODULE + ", argument decode", at=_WIDTHS)
def decoding_step_by_step_is_causal_attention(x: Sequence, params: MultiHeadParams):
    r"""One position at a time, with keys and values from the cache, gives what all positions at once give."""
    return _decoded(x, params), definitions.multi_head_attention(x, x, params, masks.causal(3))


@decoding_step_by_step_is_causal_attention.mutant
def decoding_step_by_step_is_attention_to_all(x, params):
    return _decoded(x, params), definitions.multi_head_attention(x, x, params)
