"""Types of the parameters of small blocks and transformers, for claims that hold for all their values."""

from typing import Any

import jax
import jax.numpy as jnp

from jaxmath.definitions import (
    BlockParams,
    CrossBlockParams,
    DecoderParams,
    EncoderDecoderParams,
    EncoderParams,
    MLPParams,
    MultiHeadParams,
    NormParams,
)


def array(*shape: int) -> Any:
    """An unknown float32 array."""
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def norm(d: int) -> NormParams:
    """A norm with weight and bias."""
    return NormParams(array(d), array(d))


def heads(d: int, c: int, h: int = 2, k: int = 1) -> MultiHeadParams:
    """Heads without biases between a stream of width `d` and one of width `c`."""
    return MultiHeadParams(array(h, d, k), array(h, c, k), array(h, c, k), array(h, k, d))


def mlp(d: int, f: int = 2) -> MLPParams:
    """A feed-forward network with biases."""
    return MLPParams(array(d, f), array(f), array(f, d), array(d))


def block(d: int, h: int = 2, f: int = 2) -> BlockParams:
    """A block of an encoder or decoder."""
    return BlockParams(heads(d, d, h), norm(d), mlp(d, f), norm(d))


def cross_block(d: int, c: int, f: int = 2) -> CrossBlockParams:
    """A block that reads another sequence, of width `c`."""
    return CrossBlockParams(heads(d, d), norm(d), heads(d, c), norm(d), mlp(d, f), norm(d))


def decoder(v: int, t: int, d: int, blocks: int = 1) -> DecoderParams:
    """A decoder of a vocabulary of `v` and texts of at most `t` tokens."""
    return DecoderParams(array(v, d), array(t, d), (block(d),) * blocks, norm(d), array(v, d))


def encoder(v: int, t: int, d: int, f: int) -> EncoderParams:
    """An encoder of one block."""
    return EncoderParams(array(v, d), array(t, d), (block(d),), array(d, f), array(f), norm(f), array(v, f))


def encoder_decoder(v: int, t: int, d: int) -> EncoderDecoderParams:
    """One block to read and one to write."""
    return EncoderDecoderParams(
        array(v, d), array(t, d), (block(d, f=1),), (cross_block(d, d, 1),), array(v, d)
    )
