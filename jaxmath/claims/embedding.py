"""What is true of embedding and read-out."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import kernels
from jaxmath.definitions import embed, embed_one_hot, softmax, unembed
from jaxmath.verify.claim import derivative, identity, independence

HUTTER = "Phuong & Hutter 2022, arXiv:2207.09238, algorithm 1"
PRESS = "Press & Wolf 2016, arXiv:1608.05859, section 3"
SHOEYBI = "Shoeybi et al. 2019, arXiv:1909.08053, section 3"
IDS = np.array([3, 1, 3, 0])
SIZES = dict(n=4, v=5, d=3)


@identity(source=HUTTER, at=SIZES, given=dict(ids=IDS))
def looking_up_is_multiplying_one_hot_vectors(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""Row `ids[t]` is the product of a one-hot vector and the table."""
    return embed(ids, table), embed_one_hot(ids, table)


@looking_up_is_multiplying_one_hot_vectors.mutant
def looking_up_counts_from_one(ids, table):
    return embed(ids, table), embed_one_hot(ids - 1, table)


@identity(
    source="policy of this library: no token, no vector", at=SIZES, given=dict(ids=np.array([-1, 5, 4, 0]))
)
def numbers_outside_the_vocabulary_get_zeros(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""Zeros for $-1$ and for $v$, in the table's rows and through one-hot vectors."""
    rows = jnp.stack([0 * table[0], 0 * table[0], table[4], table[0]])
    return (embed(ids, table), embed_one_hot(ids, table)), (rows, rows)


@numbers_outside_the_vocabulary_get_zeros.mutant
def numbers_outside_the_vocabulary_count_from_the_end(ids, table):
    rows = jnp.stack([table[4], 0 * table[0], table[4], table[0]])
    return (embed(ids, table), embed_one_hot(ids, table)), (rows, rows)


@derivative(source=f"{HUTTER}; chain rule", at=SIZES, given=dict(ids=IDS))
def a_row_collects_the_gradients_of_its_tokens(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""The cotangent of the table is a scatter-add: a token that occurs twice counts twice."""
    return embed, lambda ids, table, dy: jnp.zeros_like(table).at[ids].add(dy)


@a_row_collects_the_gradients_of_its_tokens.mutant
def a_row_keeps_the_gradient_of_one_token(ids, table):
    return embed, lambda ids, table, dy: jnp.zeros_like(table).at[ids].set(dy)


@identity(source=HUTTER, at=SIZES)
def few_vectors_are_read_out_as_all_are(x: Float[Array, "n d"], table: Float[Array, "v d"]):
    r"""One vector, several, and one each of a mapped batch: the kernel gives the textbook's scores."""
    one = kernels.unembed(x[0], table, few=True)
    several = kernels.unembed(x, table, few=True)
    mapped = jax.vmap(lambda x: kernels.unembed(x, table, few=True))(x)
    y = unembed(x, table)
    return (one, several, mapped), (y[0], y, y)


@few_vectors_are_read_out_as_all_are.mutant
def few_vectors_are_read_out_in_one_order(x, table):
    several = kernels.unembed(x, table, few=True)
    return several, unembed(x, table[::-1])


@derivative(source=f"{HUTTER}; chain rule", at=SIZES)
def the_read_out_has_the_textbook_backward_pass(x: Float[Array, "n d"], table: Float[Array, "v d"]):
    r"""For $y = x E^\top$: $dx = dy\, E$ and $dE = dy^\top x$."""
    return unembed, lambda x, table, dy: (dy @ table, dy.T @ x)


@the_read_out_has_the_textbook_backward_pass.mutant
def the_read_out_has_a_backward_pass_that_negates(x, table):
    return unembed, lambda x, table, dy: (dy @ table, -dy.T @ x)


@derivative(source=PRESS, at=SIZES, given=dict(ids=IDS))
def a_tied_table_adds_the_gradients_of_both_uses(
    ids: Int[Array, " n"], table: Float[Array, "v d"], w: Float[Array, "d d"]
):
    r"""For scores $E[\mathrm{ids}]\, W E^\top$: the look-up's scatter-add plus the read-out's product."""

    def scores(ids, table, w):
        return unembed(embed(ids, table) @ w, table)

    def vjp(ids, table, w, dy):
        x = embed(ids, table)
        dx = dy @ table
        return jnp.zeros_like(table).at[ids].add(dx @ w.T) + dy.T @ (x @ w), x.T @ dx

    return scores, vjp


@a_tied_table_adds_the_gradients_of_both_uses.mutant
def a_tied_table_learns_from_the_read_out_alone(ids, table, w):
    def scores(ids, table, w):
        return unembed(embed(ids, table) @ w, table)

    def vjp(ids, table, w, dy):
        x = embed(ids, table)
        return dy.T @ (x @ w), x.T @ (dy @ table)

    return scores, vjp


@identity(source=SHOEYBI, at=dict(SIZES, v=6), given=dict(ids=np.array([3, 1, 5, 0])))
def a_vocabulary_may_be_split_over_devices(
    ids: Int[Array, " n"], x: Float[Array, "n d"], table: Float[Array, "v d"]
):
    r"""Look-ups in shards with moved numbers add up; scores of shards stand side by side."""
    shards = table[:3], table[3:]
    looked_up = embed(ids, shards[0]) + embed(ids - 3, shards[1])
    scores = jnp.concatenate([unembed(x, shard) for shard in shards], axis=1)
    return (looked_up, scores), (embed(ids, table), unembed(x, table))


@a_vocabulary_may_be_split_over_devices.mutant
def a_vocabulary_may_be_split_without_moving_numbers(ids, x, table):
    shards = table[:3], table[3:]
    looked_up = embed(ids, shards[0]) + embed(ids, shards[1])
    scores = jnp.concatenate([unembed(x, shard) for shard in shards], axis=1)
    return (looked_up, scores), (embed(ids, table), unembed(x, table))


@identity(source="Nanda & Bloom 2022, TransformerLens, center_unembed", at=SIZES)
def a_vector_common_to_all_rows_of_the_read_out_changes_nothing(
    x: Float[Array, "n d"], table: Float[Array, "v d"]
):
    r"""Probabilities stay when the mean row is subtracted."""
    return softmax(unembed(x, table - table.mean(0, keepdims=True))), softmax(unembed(x, table))


@a_vector_common_to_all_rows_of_the_read_out_changes_nothing.mutant
def a_number_common_to_all_columns_of_the_read_out_changes_nothing(x, table):
    return softmax(unembed(x, table - table.mean(1, keepdims=True))), softmax(unembed(x, table))


@independence(source=HUTTER, at=SIZES, given=dict(ids=IDS))
def rows_of_absent_tokens_do_not_matter(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""The embedding of a text does not change with rows 2 and 4, which do not occur in it."""
    absent = np.repeat(np.isin(np.arange(5), IDS, invert=True)[:, None], 3, 1)
    return embed(ids, table), [(np.ones((4, 3), bool), dict(table=absent))]


@rows_of_absent_tokens_do_not_matter.mutant
def rows_of_present_tokens_do_not_matter(ids, table):
    present = np.repeat(np.isin(np.arange(5), IDS)[:, None], 3, 1)
    return embed(ids, table), [(np.ones((4, 3), bool), dict(table=present))]
