"""Blocks of encoders and decoders."""

import functools

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    BlockParams,
    MLPParams,
    MultiHeadParams,
    decoder_block,
    encoder_block,
    gelu,
    layer_norm,
    masks,
    mlp,
    multi_head_attention,
)
from jaxmath.verify.claim import identity, independence

HUTTER = "Phuong & Hutter 2022, arXiv:2207.09238"
SHOEYBI = "Shoeybi et al. 2019, arXiv:1909.08053, section 3"
BLOCK = dict(params=_shapes.block(2))
SMOOTH = functools.partial(mlp, activation=gelu)


def _rows(first: int, last: int, n: int = 3, d: int = 2) -> np.ndarray:
    rows = np.zeros((n, d), bool)
    rows[first:last] = True
    return rows


@identity(source="Xiong et al. 2020, arXiv:2002.04745, table 1", at=dict(n=2, d=2), given=BLOCK)
def a_pre_norm_block_adds_two_readings_of_the_stream(x: Float[Array, "n d"], params: BlockParams):
    r"""$y = x + \mathrm{MHA}(\mathrm{LN}_1 x)$, then $y + \mathrm{MLP}(\mathrm{LN}_2 y)$."""
    read = layer_norm(x, *params.norm1)
    y = x + multi_head_attention(read, read, params.attention)
    return (
        encoder_block(x, params, placement="pre", feed=SMOOTH),
        y + SMOOTH(layer_norm(y, *params.norm2), *params.mlp),
    )


@a_pre_norm_block_adds_two_readings_of_the_stream.mutant
def a_pre_norm_block_reads_the_stream_twice_at_once(x, params):
    read = layer_norm(x, *params.norm1)
    y = x + multi_head_attention(read, read, params.attention)
    return (
        encoder_block(x, params, placement="pre", feed=SMOOTH),
        y + SMOOTH(layer_norm(x, *params.norm2), *params.mlp),
    )


@independence(source=f"{HUTTER}, algorithm 10", at=dict(n=3, d=2), given=BLOCK)
def decoder_blocks_do_not_see_the_future(x: Float[Array, "n d"], params: BlockParams):
    r"""Row $t$ of two blocks depends on rows up to $t$ only, wherever the norms stand."""
    post = decoder_block(decoder_block(x, params), params)
    pre = decoder_block(decoder_block(x, params, placement="pre"), params, placement="pre")
    pairs = [((_rows(t, t + 1),) * 2, dict(x=_rows(t + 1, 3))) for t in (0, 1)]
    return (post, pre), pairs


@decoder_blocks_do_not_see_the_future.mutant
def encoder_blocks_do_not_see_the_future(x, params):
    pairs = [((_rows(t, t + 1),) * 2, dict(x=_rows(t + 1, 3))) for t in (0, 1)]
    return (decoder_block(x, params), encoder_block(x, params)), pairs


@identity(
    source="Yun et al. 2019, arXiv:1912.10077, claim 1",
    at=dict(n=3, d=2),
    given=dict(BLOCK, order=np.array([2, 0, 1])),
)
def encoder_blocks_follow_the_order_of_the_sequence(
    x: Float[Array, "n d"], params: BlockParams, order: Int[Array, " n"]
):
    r"""Without a mask or positions, permuted rows give permuted rows."""
    return encoder_block(x[order], params, feed=SMOOTH), encoder_block(x, params, feed=SMOOTH)[order]


@encoder_blocks_follow_the_order_of_the_sequence.mutant
def decoder_blocks_follow_the_order_of_the_sequence(x, params, order):
    return decoder_block(x[order], params, feed=SMOOTH), decoder_block(x, params, feed=SMOOTH)[order]


@identity(source="Pope et al. 2022, arXiv:2211.05102, section 2", at=dict(n=3, d=2), given=BLOCK)
def a_text_may_be_cut_off_anywhere(x: Float[Array, "n d"], params: BlockParams):
    r"""A decoder block of the first two rows is the first two rows of the block."""
    return decoder_block(x[:2], params, feed=SMOOTH), decoder_block(x, params, feed=SMOOTH)[:2]


@a_text_may_be_cut_off_anywhere.mutant
def a_text_may_be_cut_off_at_its_beginning(x, params):
    return decoder_block(x[1:], params, feed=SMOOTH), decoder_block(x, params, feed=SMOOTH)[1:]


@identity(source="definition of padding", at=dict(n=3, d=2), given=BLOCK)
def padded_rows_change_nothing(x: Float[Array, "n d"], params: BlockParams):
    r"""Two rows and one of padding, masked: the two rows come out as by themselves."""
    padded = encoder_block(x, params, masks.padding(3, 3, 2), feed=SMOOTH)
    return padded[:2], encoder_block(x[:2], params, feed=SMOOTH)


@padded_rows_change_nothing.mutant
def padded_rows_of_zero_change_nothing(x, params):
    padded = encoder_block(x.at[2].set(0), params, feed=SMOOTH)
    return padded[:2], encoder_block(x[:2], params, feed=SMOOTH)


@identity(source=SHOEYBI, at=dict(n=2, d=2), given=BLOCK)
def a_block_may_be_split_over_two_devices(x: Float[Array, "n d"], params: BlockParams):
    r"""Each device has one head and one hidden unit; two sums per block, the output bias once."""
    read = layer_norm(x, *params.norm1)
    halves = [MultiHeadParams(*(w[i : i + 1] for w in params.attention[:4])) for i in (0, 1)]
    y = x + multi_head_attention(read, read, halves[0]) + multi_head_attention(read, read, halves[1])
    w1, b1, w2, b2 = jax.tree.leaves(params.mlp)
    read = layer_norm(y, *params.norm2)
    parts = [SMOOTH(read, *MLPParams(w1[:, i : i + 1], b1[i : i + 1], w2[i : i + 1], None)) for i in (0, 1)]
    return y + parts[0] + parts[1] + b2[None, :], encoder_block(x, params, placement="pre", feed=SMOOTH)


@a_block_may_be_split_over_two_devices.mutant
def a_block_may_be_split_with_one_sum_at_its_end(x, params):
    halves = [MultiHeadParams(*(w[i : i + 1] for w in params.attention[:4])) for i in (0, 1)]
    parts = [
        encoder_block(x, params._replace(attention=half), placement="pre", feed=SMOOTH) for half in halves
    ]
    return parts[0] + parts[1] - x, encoder_block(x, params, placement="pre", feed=SMOOTH)
