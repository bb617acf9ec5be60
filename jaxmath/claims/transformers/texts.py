"""Transformers: texts, their beginnings and their likelihoods."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    DecoderParams,
    EncoderDecoderParams,
    EncoderParams,
    decoder_transformer,
    encoder_decoder_transformer,
    encoder_transformer,
    softmax,
)
from jaxmath.verify.claim import identity

HUTTER = "Phuong & Hutter 2022, arXiv:2207.09238"
IDS = np.array([2, 0, 1])
DECODER = dict(params=_shapes.decoder(v=3, t=3, d=2), ids=IDS)
ENCODER = dict(params=_shapes.encoder(v=3, t=3, d=2, f=2), ids=IDS)
TRANSLATOR = dict(
    params=_shapes.encoder_decoder(v=3, t=3, d=2), source=np.array([2, 0]), target=np.array([1, 2])
)


@identity(source=f"{HUTTER}, algorithm 10", given=DECODER)
def a_decoder_scores_a_beginning_as_part_of_the_whole(ids: Int[Array, "3"], params: DecoderParams):
    r"""Scores after two tokens do not depend on there being a third."""
    return decoder_transformer(ids[:2], params), decoder_transformer(ids, params)[:2]


@a_decoder_scores_a_beginning_as_part_of_the_whole.mutant
def an_encoder_scores_a_beginning_as_part_of_the_whole(ids, params):
    rest = EncoderParams(*params[:3], jnp.eye(2), jnp.zeros(2), *params[3:])
    return encoder_transformer(ids[:2], rest), encoder_transformer(ids, rest)[:2]


@identity(source=f"{HUTTER}, algorithm 8", given=TRANSLATOR)
def a_translator_scores_a_beginning_as_part_of_the_whole(
    source: Int[Array, "2"], target: Int[Array, "2"], params: EncoderDecoderParams
):
    r"""Scores after one target token do not depend on there being a second."""
    whole = encoder_decoder_transformer(source, target, params)
    return encoder_decoder_transformer(source, target[:1], params), whole[:1]


@a_translator_scores_a_beginning_as_part_of_the_whole.mutant
def a_translator_scores_a_beginning_of_the_source_as_the_whole(source, target, params):
    whole = encoder_decoder_transformer(source, target, params)
    return encoder_decoder_transformer(source[:1], target, params), whole


@identity(source="chain rule of probability", given=dict(params=_shapes.decoder(v=2, t=2, d=2)))
def a_decoder_is_a_law_over_texts(params: DecoderParams):
    r"""The likelihoods of all texts of two tokens after a first one add up to one, for all parameters."""

    def likelihood(text):
        p = softmax(decoder_transformer(jnp.array([0, text[0]]), params))
        return p[0, text[0]] * p[1, text[1]]

    return sum(likelihood(text) for text in itertools.product(range(2), repeat=2)), jnp.ones(())


@a_decoder_is_a_law_over_texts.mutant
def a_decoder_that_reads_its_answer_is_a_law_over_texts(params):
    def likelihood(text):
        p = softmax(decoder_transformer(jnp.array(text), params))
        return p[0, text[0]] * p[1, text[1]]

    return sum(likelihood(text) for text in itertools.product(range(2), repeat=2)), jnp.ones(())


@identity(source="Yun et al. 2019, arXiv:1912.10077, claim 1", given=dict(ENCODER, order=np.array([2, 0, 1])))
def only_positions_tell_an_encoder_the_order(
    ids: Int[Array, "3"], params: EncoderParams, order: Int[Array, "3"]
):
    r"""Tokens permuted together with their positions: the scores are permuted."""
    moved = params._replace(positions=params.positions[order])
    return encoder_transformer(ids[order], moved), encoder_transformer(ids, params)[order]


@only_positions_tell_an_encoder_the_order.mutant
def not_even_positions_tell_an_encoder_the_order(ids, params, order):
    return encoder_transformer(ids[order], params), encoder_transformer(ids, params)[order]
