"""`flax.linen`: attention."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen
from jaxtyping import Array, Bool, Float

from jaxmath.claims.peers._shared import attention_of_batch, exponential_bits
from jaxmath.verify.claim import accounting, derivative, identity

_ATTENTION = "Flax documentation, linen.dot_product_attention"
_SIZES = dict(b=2, n=3, m=4, h=2, d=4)
_SEEN = np.array([[True, False, True, True], [False, True, True, False], [True, True, True, True]])
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]


@identity(source=_ATTENTION, at=_SIZES)
def attention_adds_its_bias_to_scaled_scores(q: Queries, k: Keys, v: Keys, bias: Float[Array, "b h n m"]):
    r"""In every item and head: softmax of $q k^\top / \sqrt d + b$, times $v$; queries are scaled first."""
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
    r"""For bfloat16 queries, keys and values exponentials are rounded to bfloat16; in `jax.nn` to float32."""
    return exponential_bits(linen.dot_product_attention, *[(1, 3, 2, 4)] * 3), 16


@attention_takes_its_exponentials_in_the_type_of_the_queries.mutant
def attention_takes_its_exponentials_in_single_precision():
    return exponential_bits(linen.dot_product_attention, *[(1, 3, 2, 4)] * 3), 32
