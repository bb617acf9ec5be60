"""`jax.nn.dot_product_attention`: which answers hang on which keys."""

import jax
import numpy as np
from jaxtyping import Array, Int

from jaxmath.claims.peers.jax_nn.attention import SIZES, SOURCE, Keys, Queries
from jaxmath.verify.claim import independence


@independence(source=SOURCE + ", argument is_causal", at=SIZES)
def attention_that_is_causal_does_not_look_ahead(q: Queries, k: Keys, v: Keys):
    r"""With `is_causal` the first two answers do not change when later keys and values do."""
    answers, later = np.zeros((2, 3, 2, 4), bool), np.zeros((2, 4, 2, 4), bool)
    answers[:, :2], later[:, 2:] = True, True
    return jax.nn.dot_product_attention(q, k, v, is_causal=True), [(answers, dict(k=later, v=later))]


@attention_that_is_causal_does_not_look_ahead.mutant
def attention_that_is_causal_does_not_look_at_itself(q, k, v):
    answers, own = np.zeros((2, 3, 2, 4), bool), np.zeros((2, 4, 2, 4), bool)
    answers[:, :2], own[:, 1:] = True, True
    return jax.nn.dot_product_attention(q, k, v, is_causal=True), [(answers, dict(k=own, v=own))]


@independence(
    source=SOURCE + ", argument key_value_seq_lengths", at=SIZES, given=dict(lengths=np.full(2, 3, np.int32))
)
def attention_to_padded_keys_does_not_look_at_the_padding(
    q: Queries, k: Keys, v: Keys, lengths: Int[Array, " b"]
):
    r"""No answer changes when keys and values after the given length do."""
    answers, padding = np.ones((2, 3, 2, 4), bool), np.zeros((2, 4, 2, 4), bool)
    padding[:, 3:] = True
    out = jax.nn.dot_product_attention(q, k, v, key_value_seq_lengths=lengths)
    return out, [(answers, dict(k=padding, v=padding))]


@attention_to_padded_keys_does_not_look_at_the_padding.mutant
def attention_to_padded_keys_does_not_look_at_the_last_key(q, k, v, lengths):
    answers, last = np.ones((2, 3, 2, 4), bool), np.zeros((2, 4, 2, 4), bool)
    last[:, 2:3] = True
    out = jax.nn.dot_product_attention(q, k, v, key_value_seq_lengths=lengths)
    return out, [(answers, dict(k=last, v=last))]
