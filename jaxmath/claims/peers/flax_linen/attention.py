"""`flax.linen`: attention, with given parameters."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen
from jaxtyping import Array, Bool, Float

from jaxmath import definitions
from jaxmath.claims.peers._shared import attention_of_batch, exponential_bits
from jaxmath.definitions import MultiHeadParams, masks
from jaxmath.verify.claim import accounting, derivative, identity

_ATTENTION = "Flax documentation, linen.dot_product_attention"
_MODULE = "Flax documentation, linen.MultiHeadDotProductAttention"
_SIZES = dict(b=2, n=3, m=4, h=2, d=4)
_WIDTHS = dict(n=3, h=2, g=2, d=4, c=4, k=4, v=4, e=4)
_SEEN = np.array([[True, False, True, True], [False, True, True, False], [True, True, True, True]])
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]
Sequence = Float[Array, "n d"]


@identity(source=_ATTENTION, at=_SIZES)
def attention_adds_its_bias_to_scaled_scores(q: Queries, k: Keys, v: Keys, bias: Float[Array, "b h n m"]):
    r"""In every item and head: softmax of $q k^\top / \sqrt d + b$, times $v$; the queries are scaled first."""
    return linen.dot_product_attention(q, k, v, bias), attention_of_batch(q, k, v, bias=bias)


@attention_adds_its_bias_to_scaled_scores.mutant
def attention_scales_its_bias_too(q, k, v, bias):
    scaled = bias / jnp.sqrt(q.shape[-1])
    return linen.dot_product_attention(q, k, v, bias), attention_of_batch(q, k, v, bias=scaled)


@identity(source=_ATTENTION + ", argument mask", at=_SIZES, given=dict(mask=_SEEN))
def attention_sees_the_pairs_that_its_mask_marks(q: Queries, k: Keys, v: Keys, mask: Bool[Array, "n m"]):
    r"""`True` marks a pair that takes part."""
    return linen.dot_product_attention(q, k, v, mask=mask), attention_of_batch(q, k, v, mask=mask)


@attention_sees_the_pairs_that_its_mask_marks.mutant
def attention_drops_the_pairs_that_its_mask_marks(q, k, v, mask):
    return linen.dot_product_attention(q, k, v, mask=mask), attention_of_batch(q, k, v, mask=~mask)


@identity(source=_ATTENTION + ", implementation: masked scores are the least finite number", at=_SIZES)
def attention_of_a_query_that_sees_nothing_is_the_mean_of_the_values(q: Queries, k: Keys, v: Keys):
    r"""Where every pair of a query is masked out the answer is the mean of all values; ours is zero."""
    out = linen.dot_product_attention(q, k, v, mask=jnp.zeros((3, 4), bool))
    return out, jnp.broadcast_to(v.mean(1, keepdims=True), q.shape)


@attention_of_a_query_that_sees_nothing_is_the_mean_of_the_values.mutant
def attention_of_a_query_that_sees_nothing_is_zero(q, k, v):
    return linen.dot_product_attention(q, k, v, mask=jnp.zeros((3, 4), bool)), jnp.zeros_like(q)


@derivative(source=_ATTENTION + "; chain rule", at=_SIZES)
def attention_has_the_textbook_gradient(q: Queries, k: Keys, v: Keys):
    r"""Reverse mode gives the exact $(dq, dk, dv)$."""
    return attention_of_batch, lambda q, k, v, dy: jax.vjp(linen.dot_product_attention, q, k, v)[1](dy)


@attention_has_the_textbook_gradient.mutant
def attention_has_the_gradient_of_another_scale(q, k, v):
    def vjp(q, k, v, dy):
        return jax.vjp(lambda *x: jax.nn.dot_product_attention(*x, scale=0.25), q, k, v)[1](dy)

    return attention_of_batch, vjp


@accounting(source=_ATTENTION + ", argument force_fp32_for_softmax is false unless told")
def attention_takes_its_exponentials_in_the_type_of_the_queries():
    r"""For bfloat16 queries, keys and values the exponentials are rounded to bfloat16; in `jax.nn` to float32."""
    return exponential_bits(linen.dot_product_attention, *[(1, 3, 2, 4)] * 3), 16


@attention_takes_its_exponentials_in_the_type_of_the_queries.mutant
def attention_takes_its_exponentials_in_single_precision():
    return exponential_bits(linen.dot_product_attention, *[(1, 3, 2, 4)] * 3), 32


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
