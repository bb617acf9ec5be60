"""Attention: what kernels made elsewhere compute, read operation by operation."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.verify.claim import derivative, identity

# One item with one head, as the kernels know no other way to have none.
SMALL = dict(n=4, d=2)
# Splash takes keys by the 128.
LANES = dict(n=8, m=128, d=2)
OPS = "JAX, `jax.experimental.pallas.ops"
NUMBERS = dict(numbers=np.array([0, 0, 1, 1]))


def _pallas(name: str, q: Array, k: Array, v: Array, **given: object) -> Array:
    run = functools.partial(kernels.attention, implementation=name, interpret=True)
    return run(q[None], k[None], v[None], **given)[0]


def _pullback(name: str, **given: object) -> Callable[..., tuple[Array, Array, Array]]:
    return lambda q, k, v, dy: jax.vjp(functools.partial(_pallas, name, **given), q, k, v)[1](dy)


def _textbook(q: Array, k: Array, v: Array) -> Array:
    return definitions.attention(q, k, v, masks.causal(q.shape[0], k.shape[0]))


@identity(source=f"{OPS}.gpu.attention.mha`", at=SMALL)
def triton_is_causal_attention(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n d"]):
    r"""Blocks of a Pallas kernel for GPUs, with its own exponentials of base two."""
    return _pallas("triton", q, k, v, causal=True), _textbook(q, k, v)


@triton_is_causal_attention.mutant
def triton_sees_everything(q, k, v):
    return _pallas("triton", q, k, v), _textbook(q, k, v)


@identity(source=f"{OPS}.gpu.attention.mha`", at=SMALL)
def triton_gives_the_log_denominators(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n d"]):
    r"""Natural logarithms, though the kernel's own are of base two."""
    return _pallas_lse(q, k, v), definitions.attention_lse(q, k)


def _pallas_lse(q: Array, k: Array, v: Array) -> Array:
    run = functools.partial(kernels.attention, implementation="triton", interpret=True, return_lse=True)
    return run(q[None], k[None], v[None])[1][0]


@triton_gives_the_log_denominators.mutant
def triton_gives_logarithms_of_base_two(q, k, v):
    return _pallas_lse(q, k, v) / jnp.log(2.0), definitions.attention_lse(q, k)


@identity(source=f"{OPS}.gpu.attention.mha`", at=SMALL, given=NUMBERS)
def triton_keeps_segments_apart(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n d"], numbers: Int[Array, " n"]
):
    r"""A query sees the keys of its own segment."""
    found = _pallas("triton", q, k, v, segments=numbers[None])
    return found, definitions.attention(q, k, v, masks.segment(numbers))


@triton_keeps_segments_apart.mutant
def triton_mixes_segments(q, k, v, numbers):
    return _pallas("triton", q, k, v), definitions.attention(q, k, v, masks.segment(numbers))


@derivative(source=f"{OPS}.gpu.attention.mha`; chain rule", at=SMALL)
def triton_pulls_back_by_the_chain_rule(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n d"]
):
    r"""The kernel's own backward pass."""
    return _textbook, _pullback("triton", causal=True)


@triton_pulls_back_by_the_chain_rule.mutant
def triton_pulls_back_without_a_mask(q, k, v):
    return _textbook, _pullback("triton")


@identity(source=f"{OPS}.tpu.splash_attention`, CausalMask", at=LANES)
def splash_is_causal_attention(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m d"]):
    r"""Queries are scaled before, which the kernel does not do."""
    return _pallas("splash", q, k, v, causal=True), _textbook(q, k, v)


@splash_is_causal_attention.mutant
def splash_sees_everything(q, k, v):
    return _pallas("splash", q, k, v), _textbook(q, k, v)


@identity(source=f"{OPS}.tpu.splash_attention`, LocalMask", at=LANES)
def splash_has_a_window(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m d"]):
    r"""One key before its own, and its own."""
    found = _pallas("splash", q, k, v, causal=True, window=(1, 0))
    return found, definitions.attention(q, k, v, masks.window(q.shape[0], k.shape[0], left=1, right=0))


@splash_has_a_window.mutant
def splash_counts_itself_into_the_window(q, k, v):
    found = _pallas("splash", q, k, v, causal=True, window=(2, 0))
    return found, definitions.attention(q, k, v, masks.window(q.shape[0], k.shape[0], left=1, right=0))


@identity(source=f"{OPS}.tpu.splash_attention`, `attn_logits_soft_cap`", at=LANES)
def splash_caps_scores(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m d"]):
    r"""$c \tanh(x / c)$ before the mask."""
    found = _pallas("splash", q, k, v, soft_cap=2.0)
    return found, definitions.attention(q, k, v, soft_cap=2.0)


@splash_caps_scores.mutant
def splash_caps_at_another_height(q, k, v):
    return _pallas("splash", q, k, v, soft_cap=4.0), definitions.attention(q, k, v, soft_cap=2.0)


@derivative(source=f"{OPS}.tpu.splash_attention`; chain rule", at=LANES)
def splash_pulls_back_by_the_chain_rule(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m d"]
):
    r"""The kernel's own backward pass."""
    return _textbook, _pullback("splash", causal=True)


@splash_pulls_back_by_the_chain_rule.mutant
def splash_pulls_back_without_a_mask(q, k, v):
    return _textbook, _pullback("splash")
