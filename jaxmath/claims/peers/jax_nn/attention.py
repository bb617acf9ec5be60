"""`jax.nn.dot_product_attention`: values.

Arrays carry the batch in front and the heads behind the positions.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxmath import definitions
from jaxmath.claims.peers._shared import attention_of_batch
from jaxmath.definitions import masks
from jaxmath.verify.claim import identity

SOURCE = "JAX documentation, jax.nn.dot_product_attention"
SIZES = dict(b=2, n=3, m=4, h=2, g=1, d=4)
SEEN = np.array([[[True, False, True, True], [False, True, True, False], [True, True, True, True]]] * 2)[:, None]
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]
Shared = Float[Array, "b m g d"]
Pairs = Bool[Array, "b 1 n m"]
Bias = Float[Array, "b h n m"]
attend = jax.nn.dot_product_attention


@identity(source=SOURCE, at=SIZES)
def attention_is_the_textbook_attention_of_each_head(q: Queries, k: Keys, v: Keys):
    r"""In every item of the batch and every head: softmax of $q k^\top / \sqrt d$, times $v$."""
    return attend(q, k, v), attention_of_batch(q, k, v)


@attention_is_the_textbook_attention_of_each_head.mutant
def attention_does_not_scale_its_scores(q, k, v):
    return attend(q, k, v), attention_of_batch(q, k, v, scale=1.0)


@identity(source=SOURCE + ", shape TNH", at=SIZES)
def attention_without_a_batch_is_that_of_one_item(
    q: Float[Array, "n h d"], k: Float[Array, "m h d"], v: Float[Array, "m h d"]
):
    r"""The axis of the batch may be left out."""
    return attend(q, k, v), attention_of_batch(q[None], k[None], v[None])[0]


@attention_without_a_batch_is_that_of_one_item.mutant
def attention_without_a_batch_crosses_its_heads(q, k, v):
    return attend(q, k, v), attention_of_batch(q[None], k[None, :, ::-1], v[None])[0]


@identity(source=SOURCE + ", argument scale", at=SIZES)
def attention_takes_a_scale_in_place_of_the_root(q: Queries, k: Keys, v: Keys, scale: Float[Array, ""]):
    r"""A given scale replaces $1 / \sqrt d$."""
    return attend(q, k, v, scale=scale), attention_of_batch(q, k, v, scale=scale)


@attention_takes_a_scale_in_place_of_the_root.mutant
def attention_takes_a_scale_besides_the_root(q, k, v, scale):
    return attend(q, k, v, scale=scale), attention_of_batch(q, k, v, scale=scale / jnp.sqrt(q.shape[-1]))


@identity(source=SOURCE + ", argument bias", at=SIZES)
def attention_adds_its_bias_to_scaled_scores(q: Queries, k: Keys, v: Keys, bias: Bias):
    r"""The scores are $q k^\top / \sqrt d + b$: the bias is not scaled."""
    return attend(q, k, v, bias), attention_of_batch(q, k, v, bias=bias)


@attention_adds_its_bias_to_scaled_scores.mutant
def attention_scales_its_bias_too(q, k, v, bias):
    return attend(q, k, v, bias), attention_of_batch(q, k, v, bias=bias / jnp.sqrt(q.shape[-1]))


@identity(source=SOURCE + ", argument is_causal", at=SIZES)
def attention_that_is_causal_begins_with_its_keys(q: Queries, k: Keys, v: Keys):
    r"""Query $i$ sees keys $j \le i$, also where there are more keys than queries: aligned at the top left."""
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


@identity(source=SOURCE + ", arguments mask and is_causal", at=SIZES, given=dict(mask=SEEN | np.eye(3, 4, dtype=bool)))
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


@identity(source=SOURCE + ", argument key_value_seq_lengths", at=SIZES, given=dict(lengths=np.array([2, 4], np.int32)))
def attention_to_padded_keys_ends_at_their_length(q: Queries, k: Keys, v: Keys, lengths: Int[Array, " b"]):
    r"""Keys from the given length on are not seen."""
    items = [attention_of_batch(q[i : i + 1], k[i : i + 1, :n], v[i : i + 1, :n]) for i, n in enumerate((2, 4))]
    return attend(q, k, v, key_value_seq_lengths=lengths), jnp.concatenate(items)


@attention_to_padded_keys_ends_at_their_length.mutant
def attention_to_padded_keys_ends_after_their_length(q, k, v, lengths):
    items = [attention_of_batch(q[i : i + 1], k[i : i + 1, :n], v[i : i + 1, :n]) for i, n in enumerate((3, 4))]
    return attend(q, k, v, key_value_seq_lengths=lengths), jnp.concatenate(items)


@identity(source=SOURCE + ", argument query_seq_lengths", at=SIZES, given=dict(lengths=np.array([1, 3], np.int32)))
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


@identity(source=SOURCE + ", shape BSKH", at=SIZES | dict(h=4, g=2))
def attention_heads_share_keys_in_groups_of_neighbours(q: Queries, k: Shared, v: Shared):
    r"""Head $i$ of $h$ attends to keys and values $\lfloor i g / h \rfloor$ of $g$."""
    return attend(q, k, v), attention_of_batch(q, k, v)


@attention_heads_share_keys_in_groups_of_neighbours.mutant
def attention_heads_share_keys_in_turns(q, k, v):
    turns = [0, 2, 1, 3]
    return attend(q, k, v), attention_of_batch(q[:, :, turns], k, v)[:, :, turns]


@identity(source=SOURCE + ", argument return_residual", at=SIZES)
def attention_residual_is_the_logarithm_of_the_denominator(q: Queries, k: Keys, v: Keys):
    r"""The residual is $\log \sum_j e^{x_{ij}}$ of the scaled scores."""
    each = jax.vmap(jax.vmap(definitions.attention_lse, in_axes=1, out_axes=1))
    return attend(q, k, v, return_residual=True)[1], each(q, k)


@attention_residual_is_the_logarithm_of_the_denominator.mutant
def attention_residual_is_that_of_unscaled_scores(q, k, v):
    each = jax.vmap(jax.vmap(lambda q, k: definitions.attention_lse(q, k, scale=1.0), in_axes=1, out_axes=1))
    return attend(q, k, v, return_residual=True)[1], each(q, k)
