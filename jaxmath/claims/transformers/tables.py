"""Transformers: their vocabularies and tables."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    DecoderParams,
    decoder_transformer,
    embed,
    layer_norm,
    unembed,
)
from jaxmath.verify.claim import derivative, identity, independence

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
IDS = np.array([2, 0, 1])
DECODER = dict(params=_shapes.decoder(v=3, t=3, d=2), ids=IDS)


@identity(source="a vocabulary has no order", given=dict(DECODER, order=np.array([1, 2, 0])))
def names_of_tokens_do_not_matter(ids: Int[Array, "3"], params: DecoderParams, order: Int[Array, "3"]):
    r"""Numbers of tokens may be permuted together with the rows of both tables."""
    moved = params._replace(embedding=params.embedding[order], unembedding=params.unembedding[order])
    return decoder_transformer(jnp.argsort(order)[ids], moved), decoder_transformer(ids, params)[:, order]


@names_of_tokens_do_not_matter.mutant
def names_of_tokens_do_not_matter_to_the_read_out(ids, params, order):
    moved = params._replace(embedding=params.embedding[order])
    return decoder_transformer(jnp.argsort(order)[ids], moved), decoder_transformer(ids, params)[:, order]


@identity(source=ELHAGE, given=dict(params=_shapes.decoder(v=3, t=3, d=2, blocks=0), ids=IDS))
def a_decoder_without_blocks_knows_one_token(ids: Int[Array, "3"], params: DecoderParams):
    r"""Without blocks the scores are $\mathrm{LN}(E_t + P_t) U^\top$: a bigram table for each place."""
    x = embed(ids, params.embedding) + params.positions
    return decoder_transformer(ids, params), unembed(layer_norm(x, *params.norm), params.unembedding)


@a_decoder_without_blocks_knows_one_token.mutant
def a_decoder_without_blocks_knows_its_place_only(ids, params):
    x = params.positions
    return decoder_transformer(ids, params), unembed(layer_norm(x, *params.norm), params.unembedding)


@independence(source="definition of a table", given=dict(DECODER, ids=np.array([2, 0])))
def what_is_not_used_does_not_matter(ids: Int[Array, "2"], params: DecoderParams):
    r"""A text of two tokens does not see the third position, nor the embedding of the absent token."""
    unused = jax.tree.map(lambda leaf: np.zeros(leaf.shape, bool), DECODER["params"])
    last, absent = (
        np.array([[False] * 2] * 2 + [[True] * 2]),
        np.array([[False] * 2, [True] * 2, [False] * 2]),
    )
    marks = unused._replace(positions=last, embedding=absent)
    return decoder_transformer(ids, params), [(np.ones((2, 3), bool), dict(params=marks))]


@what_is_not_used_does_not_matter.mutant
def what_is_not_read_out_does_not_matter(ids, params):
    unused = jax.tree.map(lambda leaf: np.zeros(leaf.shape, bool), DECODER["params"])
    marks = unused._replace(unembedding=np.array([[False] * 2, [True] * 2, [False] * 2]))
    return decoder_transformer(ids, params), [(np.ones((2, 3), bool), dict(params=marks))]


@derivative(
    source="Press & Wolf 2016, arXiv:1608.05859, section 3",
    given=dict(params=_shapes.decoder(v=2, t=2, d=2), ids=np.array([1, 1])),
)
def a_tied_decoder_adds_the_gradients_of_both_tables(ids: Int[Array, "2"], params: DecoderParams):
    r"""With one table for look-up and read-out its cotangent is the sum of the two of an untied decoder."""

    def tied(ids, params):
        return decoder_transformer(ids, params._replace(unembedding=params.embedding))

    def vjp(ids, params, dy):
        untied = params._replace(unembedding=params.embedding)
        d = jax.vjp(functools.partial(decoder_transformer, ids), untied)[1](dy)[0]
        return d._replace(embedding=d.embedding + d.unembedding, unembedding=0 * d.unembedding)

    return tied, vjp


@a_tied_decoder_adds_the_gradients_of_both_tables.mutant
def a_tied_decoder_takes_the_gradient_of_its_read_out(ids, params):
    def tied(ids, params):
        return decoder_transformer(ids, params._replace(unembedding=params.embedding))

    def vjp(ids, params, dy):
        untied = params._replace(unembedding=params.embedding)
        d = jax.vjp(functools.partial(decoder_transformer, ids), untied)[1](dy)[0]
        return d._replace(embedding=d.unembedding, unembedding=0 * d.unembedding)

    return tied, vjp
