"""`flax.linen`: linear layers and embedding, with given parameters."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.verify.claim import accounting, derivative, identity

_IDS = np.array([2, 0, 2, 1])
_EMBED = "Flax documentation, linen.Embed"


@identity(source="Flax documentation, linen.Dense", at=dict(n=3, d=4, f=2))
def dense_is_a_product_and_a_bias(
    x: Float[Array, "n d"], kernel: Float[Array, "d f"], bias: Float[Array, " f"]
):
    r"""`linen.Dense` is $x W + b$: the kernel has a row for every entry of the input."""
    out = linen.Dense(2).apply({"params": dict(kernel=kernel, bias=bias)}, x)
    return out, jnp.einsum("nd,df->nf", x, kernel) + bias[None]


@dense_is_a_product_and_a_bias.mutant
def dense_adds_its_bias_before_the_product(x, kernel, bias):
    out = linen.Dense(2).apply({"params": dict(kernel=kernel, bias=bias)}, x)
    return out, (x + bias.mean()) @ kernel


@identity(source="Flax documentation, linen.DenseGeneral", at=dict(n=3, h=2, d=4, f=2))
def dense_general_contracts_the_axes_that_it_is_given(
    x: Float[Array, "n h d"], kernel: Float[Array, "h d f"], bias: Float[Array, " f"]
):
    r"""`linen.DenseGeneral(f, axis=(-2, -1))` adds the heads up through a kernel for each."""
    layer = linen.DenseGeneral(2, axis=(-2, -1))
    return layer.apply({"params": dict(kernel=kernel, bias=bias)}, x), sum(
        x[:, i] @ kernel[i] for i in range(2)
    ) + bias[None]


@dense_general_contracts_the_axes_that_it_is_given.mutant
def dense_general_contracts_the_last_axis_of_the_first_head(x, kernel, bias):
    layer = linen.DenseGeneral(2, axis=(-2, -1))
    return layer.apply({"params": dict(kernel=kernel, bias=bias)}, x), x[:, 0] @ kernel[0] + bias[None]


@identity(source=_EMBED, at=dict(n=4, v=3, d=2), given=dict(ids=_IDS))
def embedding_is_a_look_up(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""`linen.Embed` returns row `ids[t]` of its table."""
    return linen.Embed(3, 2).apply({"params": dict(embedding=table)}, ids), definitions.embed(ids, table)


@embedding_is_a_look_up.mutant
def embedding_is_one_row_off(ids, table):
    return linen.Embed(3, 2).apply({"params": dict(embedding=table)}, ids), definitions.embed(ids - 1, table)


@derivative(source=_EMBED + "; chain rule", at=dict(n=4, v=3, d=2), given=dict(ids=_IDS))
def embedding_has_the_textbook_gradient(ids: Int[Array, " n"], table: Float[Array, "v d"]):
    r"""The gradients of a token that occurs twice are added up."""

    def vjp(ids, table, dy):
        return jax.vjp(lambda t: linen.Embed(3, 2).apply({"params": dict(embedding=t)}, ids), table)[1](dy)

    return definitions.embed, vjp


@embedding_has_the_textbook_gradient.mutant
def embedding_has_the_gradient_of_the_last_occurrence(ids, table):
    return definitions.embed, lambda ids, table, dy: jnp.zeros_like(table).at[ids[1:]].set(dy[1:])


@accounting(source=_EMBED + ', implementation: jnp.take with its mode "fill"')
def embedding_of_a_number_outside_the_vocabulary_is_not_a_number():
    r"""Both entries of the row for token 3 of 3 are NaN; ours are zero."""
    row = linen.Embed(3, 2).apply({"params": dict(embedding=jnp.ones((3, 2)))}, jnp.array([3]))
    return int(jnp.isnan(row).sum()), 2


@embedding_of_a_number_outside_the_vocabulary_is_not_a_number.mutant
def embedding_of_a_number_outside_the_vocabulary_is_the_last_row():
    row = linen.Embed(3, 2).apply({"params": dict(embedding=jnp.ones((3, 2)))}, jnp.array([3]))
    return int((row == 1).sum()), 2


@identity(source=_EMBED + ", method attend", at=dict(n=4, v=3, d=2))
def embedding_reads_out_with_the_same_table(x: Float[Array, "n d"], table: Float[Array, "v d"]):
    r"""`attend` is the tied read-out: inner products with the rows of the table, not scaled."""
    out = linen.Embed(3, 2).apply({"params": dict(embedding=table)}, x, method="attend")
    return out, definitions.unembed(x, table)


@embedding_reads_out_with_the_same_table.mutant
def embedding_reads_out_with_scaled_products(x, table):
    out = linen.Embed(3, 2).apply({"params": dict(embedding=table)}, x, method="attend")
    return out, definitions.unembed(x, table) / jnp.sqrt(2.0)
