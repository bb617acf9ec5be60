"""`jax.nn.dot_product_attention`: which pairs meet."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from jaxmath.claims.peers._shared import attention_of_batch
from jaxmath.claims.peers.jax_nn.attention import SEEN, SIZES, SOURCE, Keys, Pairs, Queries, attend
from jaxmath.definitions import masks
from jaxmath.verify.claim import identity


@identity(source=SOURCE + ", argument is_causal", at=SIZES)
def attention_that_is_causal_begins_with_its_keys(q: Queries, k: Keys, v: Keys):
    r"""Query $i$ sees keys $j \le i$, also with more keys than queries: aligned at the top left."""
    causal = masks.causal(3, 4, "top-left")
    return attend(q, k, v, is_causal=True), attention_of_batch(q, k, v, mask=causal)


@attention_that_is_causal_begins_with_its_keys.mutant
def attention_that_is_causal_ends_with_its_keys(q, k, v):
    causal = masks.causal(3, 4, "bottom-right")
    return attend(q, k, v, is_causal=True), attention_of_batch(q, k, v, mask=causal)


@identity(source=SOURCE + ", argument mask", at=SIZES, given=dict(mask=SEEN))
def attention_sees_the_pairs_that_its_mask_marks(q: Queries, k: Keys, v: Keys, mask: Pairs):
    r"""`True` marks a pair that takes part."""
    return attend(q, k, v, mask=mask), attention_of_batch(q, k, v, mask=mask[0, 0])


@attention_sees_the_pairs_that_its_mask_marks.mutant
def attention_drops_the_pairs_that_its_mask_marks(q, k, v, mask):
    return attend(q, k, v, mask=mask), attention_of_batch(q, k, v, mask=~mask[0, 0])


@identity(
    source=SOURCE + ", arguments mask and is_causal",
    at=SIZES,
    given=dict(mask=SEEN | np.eye(3, 4, dtype=bool)),
)
def attention_with_a_mask_and_causal_sees_what_both_allow(q: Queries, k: Keys, v: Keys, mask: Pairs):
    r"""Mask and causality are combined by "and"."""
    both = masks.and_(mask[0, 0], masks.causal(3, 4))
    return attend(q, k, v, mask=mask, is_causal=True), attention_of_batch(q, k, v, mask=both)


@attention_with_a_mask_and_causal_sees_what_both_allow.mutant
def attention_with_a_mask_and_causal_sees_what_either_allows(q, k, v, mask):
    either = masks.or_(mask[0, 0], masks.causal(3, 4))
    return attend(q, k, v, mask=mask, is_causal=True), attention_of_batch(q, k, v, mask=either)


@identity(source=SOURCE + ", argument local_window_size", at=SIZES)
def attention_in_a_window_sees_so_many_before_and_after(q: Queries, k: Keys, v: Keys):
    r"""With `local_window_size=(1, 0)` query $i$ sees keys $i - 1$ and $i$."""
    window = masks.window(3, 4, left=1, right=0)
    return attend(q, k, v, local_window_size=(1, 0)), attention_of_batch(q, k, v, mask=window)


@attention_in_a_window_sees_so_many_before_and_after.mutant
def attention_in_a_window_counts_the_query_among_those_before(q, k, v):
    window = masks.window(3, 4, left=0, right=0)
    return attend(q, k, v, local_window_size=(1, 0)), attention_of_batch(q, k, v, mask=window)


@identity(
    source=SOURCE + ", argument key_value_seq_lengths",
    at=SIZES,
    given=dict(lengths=np.array([2, 4], np.int32)),
)
def attention_to_padded_keys_ends_at_their_length(q: Queries, k: Keys, v: Keys, lengths: Int[Array, " b"]):
    r"""Keys from the given length on are not seen."""
    items = [
        attention_of_batch(q[i : i + 1], k[i : i + 1, :n], v[i : i + 1, :n]) for i, n in enumerate((2, 4))
    ]
    return attend(q, k, v, key_value_seq_lengths=lengths), jnp.concatenate(items)


@attention_to_padded_keys_ends_at_their_length.mutant
def attention_to_padded_keys_ends_after_their_length(q, k, v, lengths):
    items = [
        attention_of_batch(q[i : i + 1], k[i : i + 1, :n], v[i : i + 1, :n]) for i, n in enumerate((3, 4))
    ]
    return attend(q, k, v, key_value_seq_lengths=lengths), jnp.concatenate(items)


@identity(
    source=SOURCE + ", argument query_seq_lengths", at=SIZES, given=dict(lengths=np.array([1, 3], np.int32))
)
def attention_of_padded_queries_is_zero(q: Queries, k: Keys, v: Keys, lengths: Int[Array, " b"]):
    r"""The answers of queries from the given length on are zero."""
    real = (np.arange(3) < np.array([[1], [3]]))[:, :, None, None]
    return attend(q, k, v, query_seq_lengths=lengths), jnp.where(real, attention_of_batch(q, k, v), 0)


@attention_of_padded_queries_is_zero.mutant
def attention_of_padded_queries_goes_on(q, k, v, lengths):
    return attend(q, k, v, query_seq_lengths=lengths), attention_of_batch(q, k, v)


@identity(source=SOURCE + ", implementation: masked scores are a large negative number", at=SIZES)
def attention_of_a_query_that_sees_nothing_is_the_mean_of_the_values(q: Queries, k: Keys, v: Keys):
    r"""Where every pair of a query is masked out the answer is the mean of all values; ours is zero."""
    nothing = jnp.zeros((2, 1, 3, 4), bool)
    mean = jnp.broadcast_to(v.mean(1, keepdims=True), q.shape)
    return attend(q, k, v, mask=nothing), mean


@attention_of_a_query_that_sees_nothing_is_the_mean_of_the_values.mutant
def attention_of_a_query_that_sees_nothing_is_zero(q, k, v):
    return attend(q, k, v, mask=jnp.zeros((2, 1, 3, 4), bool)), jnp.zeros_like(q)
