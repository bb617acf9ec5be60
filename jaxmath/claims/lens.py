"""What is true of lenses."""

from functools import partial

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import (
    BlockParams,
    DecoderParams,
    MLPParams,
    MultiHeadParams,
    NormParams,
    decoder_block,
    decoder_transformer,
    embed,
    gelu,
    layer_norm,
    log_softmax,
    mlp,
    rms_norm,
)
from jaxmath.definitions.lens import logit_lens, tuned_lens
from jaxmath.verify.claim import identity

BELROSE = "Belrose et al. 2023, the tuned lens, arXiv:2303.08112"
NOSTALGEBRAIST = "nostalgebraist 2020, Interpreting GPT: the logit lens"
SIZES = dict(n=2, v=2, d=2, t=2, h=1, g=1, c=2, k=1, e=1, f=1)
VECTORS = dict(n=2, d=3, v=2)
IDS = dict(ids=np.array([1, 0], np.int32))
Rows = Float[Array, "n d"]
Table = Float[Array, "v d"]
Row = Float[Array, " d"]


def _stream(ids: Array, params: DecoderParams, layers: int) -> Array:
    x = embed(ids, params.embedding) + params.positions[: ids.shape[0]]
    for block in params.blocks[:layers]:
        x = decoder_block(x, block, placement="pre", feed=partial(mlp, activation=gelu))
    return x


def _decoder(table: Array, places: Array, heads: MultiHeadParams, feed: MLPParams) -> DecoderParams:
    block = BlockParams(MultiHeadParams(*heads[:4]), NormParams(), feed, NormParams())
    return DecoderParams(table, places, (block,), NormParams(), table)


def _plain(x: Array) -> Array:
    return layer_norm(x)


@identity(source=NOSTALGEBRAIST, at=SIZES, given=IDS)
def after_the_last_layer_the_lens_is_the_model(
    ids: Int[Array, " n"], table: Table, places: Float[Array, "t d"], heads: MultiHeadParams, feed: MLPParams
):
    r"""The logit lens of the stream after all layers gives the scores of the model."""
    params = _decoder(table, places, heads, feed)
    return logit_lens(_stream(ids, params, 1), table, _plain), decoder_transformer(ids, params)


@after_the_last_layer_the_lens_is_the_model.mutant
def before_the_last_layer_the_lens_is_the_model(ids, table, places, heads, feed):
    params = _decoder(table, places, heads, feed)
    return logit_lens(_stream(ids, params, 0), table, _plain), decoder_transformer(ids, params)


@after_the_last_layer_the_lens_is_the_model.mutant
def after_the_last_layer_the_lens_needs_no_norm(ids, table, places, heads, feed):
    params = _decoder(table, places, heads, feed)
    return logit_lens(_stream(ids, params, 1), table, lambda x: x), decoder_transformer(ids, params)


@identity(source=f"{BELROSE}; before any training", at=VECTORS)
def a_lens_tuned_to_the_identity_is_the_logit_lens(x: Rows, table: Table):
    r"""$A = I$ and $b = 0$ leave the logit lens."""
    tuned = tuned_lens(x, jnp.eye(3), jnp.zeros(3), table, _plain)
    return tuned, logit_lens(x, table, _plain)


@a_lens_tuned_to_the_identity_is_the_logit_lens.mutant
def a_lens_tuned_to_zero_is_the_logit_lens(x, table):
    tuned = tuned_lens(x, jnp.zeros((3, 3)), jnp.zeros(3), table, _plain)
    return tuned, logit_lens(x, table, _plain)


@identity(source=f"{BELROSE}; layers that are left and affine", at=VECTORS)
def a_tuned_lens_is_exact_where_the_rest_is_affine(
    x: Rows, w: Float[Array, "d d"], b: Row, table: Table, weight: Row
):
    r"""If a layer adds $x W + b$, the lens with $A = I + W$ before it says what the model says."""
    norm = partial(rms_norm, weight=weight)
    after = x + x @ w + b[None, :]
    return tuned_lens(x, jnp.eye(3) + w, b, table, norm), logit_lens(after, table, norm)


@a_tuned_lens_is_exact_where_the_rest_is_affine.mutant
def a_tuned_lens_is_exact_with_what_the_layer_adds(x, w, b, table, weight):
    norm = partial(rms_norm, weight=weight)
    after = x + x @ w + b[None, :]
    return tuned_lens(x, w, b, table, norm), logit_lens(after, table, norm)


@a_tuned_lens_is_exact_where_the_rest_is_affine.mutant
def a_logit_lens_is_exact_where_the_rest_is_affine(x, w, b, table, weight):
    norm = partial(rms_norm, weight=weight)
    return logit_lens(x, table, norm), logit_lens(x + x @ w + b[None, :], table, norm)


@identity(source="Nanda & Bloom 2022, TransformerLens, center_writing_weights", at=VECTORS)
def a_lens_through_layer_norm_ignores_the_mean_of_the_stream(x: Rows, table: Table, c: Float[Array, " n"]):
    r"""What is written to the stream may be centred."""
    return logit_lens(x + jnp.broadcast_to(c[:, None], x.shape), table, _plain), logit_lens(x, table, _plain)


@a_lens_through_layer_norm_ignores_the_mean_of_the_stream.mutant
def a_lens_through_rms_norm_ignores_the_mean_of_the_stream(x, table, c):
    moved = x + jnp.broadcast_to(c[:, None], x.shape)
    return logit_lens(moved, table, rms_norm), logit_lens(x, table, rms_norm)


@identity(source="Nanda & Bloom 2022, TransformerLens, center_unembed", at=VECTORS)
def probabilities_of_a_lens_ignore_the_mean_of_the_table(x: Rows, table: Table, u: Row):
    r"""A vector added to all rows of the read-out changes scores, and no probability."""

    def laws(table):
        return log_softmax(logit_lens(x, table, _plain))

    return laws(table + jnp.broadcast_to(u, table.shape)), laws(table)


@probabilities_of_a_lens_ignore_the_mean_of_the_table.mutant
def scores_of_a_lens_ignore_the_mean_of_the_table(x, table, u):
    moved = table + jnp.broadcast_to(u, table.shape)
    return logit_lens(x, moved, _plain), logit_lens(x, table, _plain)
