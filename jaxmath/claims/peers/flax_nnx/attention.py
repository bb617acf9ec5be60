"""`flax.nnx`: attention."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float

from jaxmath import definitions
from jaxmath.claims.peers._shared import attention_of_batch, exponential_bits
from jaxmath.definitions import masks
from jaxmath.verify.claim import accounting, derivative, identity

_ATTENTION = "Flax documentation, nnx.dot_product_attention"
_SIZES = dict(b=2, n=3, m=4, h=2, g=1, d=4)
_SEEN = np.array([[True, False, True, True], [False, True, True, False], [True, True, True, True]])
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]
Shared = Float[Array, "b m g d"]


@identity(source=_ATTENTION, at=_SIZES, given=dict(mask=_SEEN))
def attention_is_the_textbook_attention_of_each_head(q: Queries, k: Keys, v: Keys, mask: Bool[Array, "n m"]):
    r"""In every item and head: softmax of $q k^\top / \sqrt d$ over the marked pairs, times $v$."""
    out = nnx.dot_product_attention(q, k, v, mask=jnp.broadcast_to(mask, (2, 2, 3, 4)))
    return out, attention_of_batch(q, k, v, mask=mask)


@attention_is_the_textbook_attention_of_each_head.mutant
def attention_forgets_its_mask(q, k, v, mask):
    out = nnx.dot_product_attention(q, k, v, mask=jnp.broadcast_to(mask, (2, 2, 3, 4)))
    return out, attention_of_batch(q, k, v)


@identity(source="Flax documentation, nnx.dot_product_attention_weights", at=_SIZES | dict(h=4, g=2))
def attention_weights_of_groups_are_the_textbook_ones(q: Queries, k: Shared):
    r"""Head $i$ of $h$ compares queries with keys $\lfloor i g / h \rfloor$ of $g$, under a causal mask."""
    weights = jax.vmap(jax.vmap(definitions.attention_weights, (1, 1, None)), (0, 0, None))
    out = nnx.nn.attention.dot_product_attention_weights(q, k, is_causal=True)
    return out, weights(q, jnp.repeat(k, 2, axis=2), masks.causal(3, 4))


@attention_weights_of_groups_are_the_textbook_ones.mutant
def attention_weights_of_groups_take_turns(q, k):
    weights = jax.vmap(jax.vmap(definitions.attention_weights, (1, 1, None)), (0, 0, None))
    out = nnx.nn.attention.dot_product_attention_weights(q, k, is_causal=True)
    return out, weights(q, jnp.concatenate([k, k], axis=2), masks.causal(3, 4))


@derivative(source=_ATTENTION + "; chain rule", at=_SIZES | dict(h=4, g=2))
def attention_has_the_textbook_gradient(q: Queries, k: Shared, v: Shared):
    r"""Reverse mode gives the exact $(dq, dk, dv)$, also where heads share keys and values."""
    return attention_of_batch, lambda q, k, v, dy: jax.vjp(nnx.dot_product_attention, q, k, v)[1](dy)


@attention_has_the_textbook_gradient.mutant
def attention_has_the_gradient_of_a_causal_one(q, k, v):
    causal = functools.partial(nnx.dot_product_attention, is_causal=True)
    return attention_of_batch, lambda q, k, v, dy: jax.vjp(causal, q, k, v)[1](dy)


@identity(source=_ATTENTION + ", implementation: calls jax.nn.dot_product_attention", at=_SIZES)
def attention_of_a_query_that_sees_nothing_is_the_mean_of_the_values(q: Queries, k: Keys, v: Keys):
    r"""Where every pair of a query is masked out the answer is the mean of all values; ours is zero."""
    out = nnx.dot_product_attention(q, k, v, mask=jnp.zeros((2, 2, 3, 4), bool))
    return out, jnp.broadcast_to(v.mean(1, keepdims=True), q.shape)


@attention_of_a_query_that_sees_nothing_is_the_mean_of_the_values.mutant
def attention_of_a_query_that_sees_nothing_is_zero(q, k, v):
    return nnx.dot_product_attention(q, k, v, mask=jnp.zeros((2, 2, 3, 4), bool)), jnp.zeros_like(q)


@accounting(source=_ATTENTION + ", implementation: calls jax.nn.dot_product_attention")
def attention_takes_its_exponentials_in_single_precision():
    r"""For bfloat16 queries, keys and values exponentials are computed in float32; not so in Linen."""
    return exponential_bits(nnx.dot_product_attention, *[(1, 3, 2, 4)] * 3), 32


@attention_takes_its_exponentials_in_single_precision.mutant
def attention_takes_its_exponentials_in_the_type_of_the_queries():
    return exponential_bits(nnx.dot_product_attention, *[(1, 3, 2, 4)] * 3), 16
