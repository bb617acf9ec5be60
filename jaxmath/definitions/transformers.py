r"""The three transformers: encoder-decoder, encoder, decoder.

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238, algorithms 8, 9, 10.
Departs from the source: a token is a row, not a column; logits are returned, of which the source
takes the softmax; the norms have an epsilon.
Claims: `jaxmath.claims.transformers`.
"""

from functools import partial

from jaxtyping import Array, Float, Int

from jaxmath.definitions.activations import gelu
from jaxmath.definitions.blocks import cross_attention_block, decoder_block, encoder_block
from jaxmath.definitions.embedding import embed, unembed
from jaxmath.definitions.feedforward import mlp
from jaxmath.definitions.norms import layer_norm
from jaxmath.definitions.params import DecoderParams, EncoderDecoderParams, EncoderParams


def encoder_decoder_transformer(
    source: Int[Array, " m"], target: Int[Array, " n"], params: EncoderDecoderParams
) -> Float[Array, "n v"]:
    r"""Row $t$ scores the successor of `target[: t + 1]`, given all of `source` (algorithm 8).

    Norms after the sums, ReLU.
    """
    z = _embed(source, params)
    for block in params.encoder:
        z = encoder_block(z, block)
    x = _embed(target, params)
    for layer in params.decoder:
        x = cross_attention_block(x, z, layer)
    return unembed(x, params.unembedding)


def encoder_transformer(ids: Int[Array, " n"], params: EncoderParams) -> Float[Array, "n v"]:
    r"""Row $t$ scores what a masked token `ids[t]` may have been, given all others (algorithm 9, BERT).

    Norms after the sums, GELU, and one more layer before the read-out.
    """
    x = _embed(ids, params)
    for block in params.blocks:
        x = encoder_block(x, block, feed=partial(mlp, activation=gelu))
    x = gelu(x @ params.final_w + params.final_b[None, :])
    return unembed(layer_norm(x, *params.norm), params.unembedding)


def decoder_transformer(ids: Int[Array, " n"], params: DecoderParams) -> Float[Array, "n v"]:
    r"""Row $t$ scores the successor of `ids[: t + 1]` (algorithm 10, GPT).

    Norms before the sublayers and at the end, GELU.
    """
    x = _embed(ids, params)
    for block in params.blocks:
        x = decoder_block(x, block, placement="pre", feed=partial(mlp, activation=gelu))
    return unembed(layer_norm(x, *params.norm), params.unembedding)


def _embed(ids: Array, params: EncoderDecoderParams | EncoderParams | DecoderParams) -> Array:
    return embed(ids, params.embedding) + params.positions[: ids.shape[0]]
