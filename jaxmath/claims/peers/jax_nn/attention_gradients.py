"""`jax.nn.dot_product_attention`: derivatives, against the exact derivative of the textbook's attention."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.peers._shared import attention_of_batch
from jaxmath.claims.peers.jax_nn.attention import SEEN, SIZES, SOURCE, Bias, Keys, Pairs, Queries, Shared
from jaxmath.definitions import masks
from jaxmath.verify.claim import derivative, identity


def _pullback(*args, **options):
    *arrays, dy = args
    return jax.vjp(lambda *arrays: jax.nn.dot_product_attention(*arrays, **options), *arrays)[1](dy)


@derivative(source=SOURCE + "; chain rule", at=SIZES)
def attention_has_the_textbook_gradient(q: Queries, k: Keys, v: Keys):
    r"""Reverse mode gives the exact $(dq, dk, dv)$."""
    return attention_of_batch, _pullback


@attention_has_the_textbook_gradient.mutant
def attention_has_the_gradient_of_fixed_weights(q, k, v):
    def vjp(q, k, v, dy):
        _, _, dv = _pullback(q, k, v, dy)
        return jnp.zeros_like(q), jnp.zeros_like(k), dv

    return attention_of_batch, vjp


@derivative(source=SOURCE + "; chain rule", at=SIZES)
def attention_that_is_causal_has_the_textbook_gradient(q: Queries, k: Keys, v: Keys):
    r"""The same with `is_causal`, for fewer queries than keys."""

    def attention(q, k, v):
        return attention_of_batch(q, k, v, mask=masks.causal(3, 4))

    return attention, lambda *args: _pullback(*args, is_causal=True)


@attention_that_is_causal_has_the_textbook_gradient.mutant
def attention_that_is_causal_has_the_gradient_of_all_pairs(q, k, v):
    return lambda q, k, v: attention_of_batch(q, k, v, mask=masks.causal(3, 4)), _pullback


@derivative(source=SOURCE + "; chain rule", at=SIZES, given=dict(mask=SEEN))
def attention_with_bias_and_mask_has_the_textbook_gradient(
    q: Queries, k: Keys, v: Keys, bias: Bias, mask: Pairs
):
    r"""The same with a bias, which has a gradient of its own, and a mask."""

    def attention(q, k, v, bias, mask):
        return attention_of_batch(q, k, v, bias=bias, mask=mask[0, 0])

    return attention, lambda q, k, v, bias, mask, dy: _pullback(q, k, v, bias, dy, mask=mask)


@attention_with_bias_and_mask_has_the_textbook_gradient.mutant
def attention_with_bias_and_mask_has_no_gradient_for_the_bias(q, k, v, bias, mask):
    def attention(q, k, v, bias, mask):
        return attention_of_batch(q, k, v, bias=bias, mask=mask[0, 0])

    def vjp(q, k, v, bias, mask, dy):
        return *_pullback(q, k, v, bias, dy, mask=mask)[:3], jnp.zeros_like(bias)

    return attention, vjp


@derivative(source=SOURCE + "; chain rule", at=SIZES | dict(h=4, g=2))
def attention_in_groups_has_the_textbook_gradient(q: Queries, k: Shared, v: Shared):
    r"""The gradients of keys and values that heads share are added up."""
    return attention_of_batch, _pullback


@attention_in_groups_has_the_textbook_gradient.mutant
def attention_in_groups_has_the_gradient_of_one_head_in_each(q, k, v):
    def vjp(q, k, v, dy):
        first = _pullback(q[:, :, ::2], k, v, dy[:, :, ::2])
        return _pullback(q, k, v, dy)[0], *first[1:]

    return attention_of_batch, vjp


@derivative(source=SOURCE + "; chain rule", at=SIZES)
def attention_in_a_window_has_the_textbook_gradient(q: Queries, k: Keys, v: Keys):
    r"""The same with a local window."""

    def attention(q, k, v):
        return attention_of_batch(q, k, v, mask=masks.window(3, 4, left=1, right=0))

    return attention, lambda *args: _pullback(*args, local_window_size=(1, 0))


@attention_in_a_window_has_the_textbook_gradient.mutant
def attention_in_a_window_has_the_gradient_of_a_causal_one(q, k, v):
    def attention(q, k, v):
        return attention_of_batch(q, k, v, mask=masks.window(3, 4, left=1, right=0))

    return attention, lambda *args: _pullback(*args, is_causal=True)


@identity(source=SOURCE + ", implementation: the residual is behind a stop_gradient", at=SIZES)
def attention_residual_has_no_gradient(q: Queries, k: Keys, v: Keys, dy: Float[Array, "b n h"]):
    r"""Reverse mode through the residual gives zero, although the residual depends on queries and keys."""
    arrays = (q, k, v)
    lse = jax.vjp(lambda *x: jax.nn.dot_product_attention(*x, return_residual=True)[1], *arrays)[1]
    return lse(dy), tuple(jnp.zeros_like(x) for x in arrays)


@attention_residual_has_no_gradient.mutant
def attention_residual_has_the_gradient_of_a_logarithm(q, k, v, dy):
    lse = jax.vjp(lambda *x: jax.nn.dot_product_attention(*x, return_residual=True)[1], q, k, v)[1]
    p = jax.nn.softmax(jnp.einsum("bnhd,bmhd->bhnm", q, k) / jnp.sqrt(q.shape[-1]))
    dq = jnp.einsum("bnh,bhnm,bmhd->bnhd", dy, p, k) / jnp.sqrt(q.shape[-1])
    return lse(dy)[0], dq
