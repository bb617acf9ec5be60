"""`flax.nnx`: linear layers, low-rank adaptation and embedding, with given parameters."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.claims.peers.flax_nnx._filled import filled
from jaxmath.verify.claim import derivative, identity

_IDS = np.array([2, 0, 2, 1])
_EMBED = "Flax documentation, nnx.Embed"
_SIZES = dict(n=4, v=3, d=2)
Table = Float[Array, "v d"]


def _embed(table):
    return filled(lambda: nnx.Embed(3, 2, rngs=nnx.Rngs(0)), embedding=table)


def _einsum(kernel, bias):
    make = functools.partial(nnx.Einsum, "nhd,hdf->nf", (2, 4, 2), (2,))
    return filled(lambda: make(rngs=nnx.Rngs(0)), kernel=kernel, bias=bias)


def _adapted(kernel, bias, a, b):
    lora = dict(lora_a=a, lora_b=b)
    return filled(
        lambda: nnx.LoRALinear(4, 2, lora_rank=1, rngs=nnx.Rngs(0)), kernel=kernel, bias=bias, lora=lora
    )


@identity(source="Flax documentation, nnx.Linear", at=dict(n=3, d=4, f=2))
def linear_is_a_product_and_a_bias(
    x: Float[Array, "n d"], kernel: Float[Array, "d f"], bias: Float[Array, " f"]
):
    r"""`nnx.Linear` is $x W + b$: the kernel has a row for every entry of the input."""
    layer = filled(lambda: nnx.Linear(4, 2, rngs=nnx.Rngs(0)), kernel=kernel, bias=bias)
    return layer(x), jnp.einsum("nd,df->nf", x, kernel) + bias[None]


@linear_is_a_product_and_a_bias.mutant
def linear_scales_its_product(x, kernel, bias):
    layer = filled(lambda: nnx.Linear(4, 2, rngs=nnx.Rngs(0)), kernel=kernel, bias=bias)
    return layer(x), x @ kernel / jnp.sqrt(4.0) + bias[None]


@identity(source="Flax documentation, nnx.LinearGeneral", at=dict(n=3, d=4, h=2, k=3))
def linear_general_makes_the_axes_that_it_is_given(
    x: Float[Array, "n d"], kernel: Float[Array, "d h k"], bias: Float[Array, "h k"]
):
    r"""`nnx.LinearGeneral(d, (h, k))` gives every position a row for each head."""
    layer = filled(lambda: nnx.LinearGeneral(4, (2, 3), rngs=nnx.Rngs(0)), kernel=kernel, bias=bias)
    return layer(x), jnp.stack([x @ kernel[:, i] + bias[i][None] for i in range(2)], axis=1)


@linear_general_makes_the_axes_that_it_is_given.mutant
def linear_general_makes_its_axes_in_the_other_order(x, kernel, bias):
    layer = filled(lambda: nnx.LinearGeneral(4, (2, 3), rngs=nnx.Rngs(0)), kernel=kernel, bias=bias)
    heads = jnp.stack([x @ kernel[:, i] + bias[i][None] for i in range(2)], axis=-1)
    return layer(x), heads.reshape(3, 2, 3)


@identity(source="Flax documentation, nnx.Einsum", at=dict(n=3, h=2, d=4, f=2))
def einsum_sums_over_heads_and_adds_a_bias(
    x: Float[Array, "n h d"], kernel: Float[Array, "h d f"], bias: Float[Array, " f"]
):
    r"""`nnx.Einsum("nhd,hdf->nf", ...)` is $\sum_h x_h W_h + b$."""
    return _einsum(kernel, bias)(x), x[:, 0] @ kernel[0] + x[:, 1] @ kernel[1] + bias[None]


@einsum_sums_over_heads_and_adds_a_bias.mutant
def einsum_adds_a_bias_for_every_head(x, kernel, bias):
    return _einsum(kernel, bias)(x), x[:, 0] @ kernel[0] + x[:, 1] @ kernel[1] + 2 * bias[None]


@identity(
    source="Flax documentation, nnx.LoRALinear; Hu et al. 2021, arXiv:2106.09685, eq. (3)",
    at=dict(n=3, d=4, r=1, f=2),
)
def low_rank_adaptation_adds_a_product_to_the_kernel(
    x: Float[Array, "n d"],
    kernel: Float[Array, "d f"],
    bias: Float[Array, " f"],
    a: Float[Array, "d r"],
    b: Float[Array, "r f"],
):
    r"""`nnx.LoRALinear` is the linear layer with the kernel $W + A B$, without a factor $\alpha / r$."""
    return _adapted(kernel, bias, a, b)(x), x @ (kernel + a @ b) + bias[None]


@low_rank_adaptation_adds_a_product_to_the_kernel.mutant
def low_rank_adaptation_replaces_the_kernel(x, kernel, bias, a, b):
    return _adapted(kernel, bias, a, b)(x), x @ (a @ b) + bias[None]


@identity(source=_EMBED, at=_SIZES, given=dict(ids=_IDS))
def embedding_is_a_look_up(ids: Int[Array, " n"], table: Table):
    r"""`nnx.Embed` returns row `ids[t]` of its table."""
    return _embed(table)(ids), definitions.embed(ids, table)


@embedding_is_a_look_up.mutant
def embedding_is_scaled_by_the_root_of_the_width(ids, table):
    return _embed(table)(ids), definitions.embed(ids, table) * jnp.sqrt(2.0)


@derivative(source=_EMBED + "; chain rule", at=_SIZES, given=dict(ids=_IDS))
def embedding_has_the_textbook_gradient(ids: Int[Array, " n"], table: Table):
    r"""The gradients of a token that occurs twice are added up."""
    return definitions.embed, lambda ids, table, dy: jax.vjp(lambda t: _embed(t)(ids), table)[1](dy)


@embedding_has_the_textbook_gradient.mutant
def embedding_has_the_gradient_of_the_last_occurrence(ids, table):
    return definitions.embed, lambda ids, table, dy: jnp.zeros_like(table).at[ids[1:]].set(dy[1:])


@identity(source=_EMBED + ", method attend", at=_SIZES)
def embedding_reads_out_with_the_same_table(x: Float[Array, "n d"], table: Table):
    r"""`attend` is the tied read-out: inner products with the rows of the table, not scaled."""
    return _embed(table).attend(x), definitions.unembed(x, table)


@embedding_reads_out_with_the_same_table.mutant
def embedding_reads_out_with_cosines(x, table):
    unit = table / jnp.sqrt((table**2).sum(-1, keepdims=True))
    return _embed(table).attend(x), definitions.unembed(x, unit)
