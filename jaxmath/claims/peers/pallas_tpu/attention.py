"""Pallas kernels for TPUs: flash, splash and paged attention."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.pallas.ops.tpu import flash_attention
from jax.experimental.pallas.ops.tpu.paged_attention import paged_attention_kernel
from jax.experimental.pallas.ops.tpu.splash_attention import splash_attention_kernel, splash_attention_mask
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.claims.peers._shared import paged_keys, pullback
from jaxmath.verify.claim import derivative, identity

_OPS = "jax.experimental.pallas.ops.tpu"
_FLASH = dict(b=1, h=1, n=8, m=256, d=4)
# Keys come 128 at a time, the width of a vector register; queries may come in fewer.
_BLOCKS = flash_attention.BlockSizes(
    block_b=1,
    **dict.fromkeys(("block_q", "block_q_major_dkv", "block_q_dkv", "block_q_dq"), 8),
    **dict.fromkeys(
        ("block_k_major", "block_k", "block_k_major_dkv", "block_k_dkv", "block_k_major_dq", "block_k_dq"),
        128,
    ),
)
Queries = Float[Array, "b h n d"]
Keys = Float[Array, "b h m d"]


def _flash(q: Array, k: Array, v: Array) -> Array:
    return flash_attention.flash_attention(q, k, v, causal=True, sm_scale=0.5, block_sizes=_BLOCKS)


def _causal(q: Array, k: Array, v: Array) -> Array:
    mask = definitions.masks.causal(q.shape[2], k.shape[2])
    return jax.vmap(jax.vmap(lambda *x: definitions.attention(*x, mask)))(q, k, v)


def _full(q: Array, k: Array, v: Array) -> Array:
    return jax.vmap(jax.vmap(definitions.attention))(q, k, v)


@identity(source=f"JAX, {_OPS}.flash_attention, causal=True", at=_FLASH)
def flash_attention_is_causal_attention(q: Queries, k: Keys, v: Keys):
    r"""With a scale of $1/\sqrt d$ the kernel is causal attention, queries and keys beginning together."""
    return _flash(q, k, v), _causal(q, k, v)


@flash_attention_is_causal_attention.mutant
def flash_attention_ignores_the_flag(q, k, v):
    return _flash(q, k, v), _full(q, k, v)


@derivative(source=f"JAX, {_OPS}.flash_attention, causal=True; chain rule", at=_FLASH)
def flash_attention_pulls_back_by_the_chain_rule(q: Queries, k: Keys, v: Keys):
    r"""The two backward kernels return the cotangents of queries, keys and values."""
    return _causal, pullback(_flash)


@flash_attention_pulls_back_by_the_chain_rule.mutant
def flash_attention_pulls_back_without_the_mask(q, k, v):
    return _full, pullback(_flash)


_SPLASH = dict(h=1, n=8, m=128, d=4)


def _splash(q: Array, k: Array, v: Array) -> Array:
    queries: dict[str, Any] = dict.fromkeys(("block_q", "block_q_dkv", "block_q_dq"), 8)
    names = ("block_kv", "block_kv_compute", "block_kv_dkv", "block_kv_dkv_compute", "block_kv_dq")
    keys: dict[str, Any] = dict.fromkeys(names, 128)
    sizes = splash_attention_kernel.BlockSizes(**queries, **keys)
    shape = (q.shape[1], k.shape[1])
    mask = splash_attention_mask.MultiHeadMask([splash_attention_mask.CausalMask(shape)] * q.shape[0])
    kernel = splash_attention_kernel.make_splash_mha(
        mask=mask, block_sizes=sizes, head_shards=1, q_seq_shards=1
    )
    return kernel(q, k, v)


def _unscaled(q: Array, k: Array, v: Array) -> Array:
    mask = definitions.masks.causal(q.shape[1], k.shape[1])
    return jax.vmap(lambda *x: definitions.attention(*x, mask, scale=1.0))(q, k, v)


def _scaled(q: Array, k: Array, v: Array) -> Array:
    mask = definitions.masks.causal(q.shape[1], k.shape[1])
    return jax.vmap(lambda *x: definitions.attention(*x, mask))(q, k, v)


@identity(source=f"JAX, {_OPS}.splash_attention, CausalMask", at=_SPLASH)
def splash_attention_is_causal_attention_without_a_scale(
    q: Float[Array, "h n d"], k: Float[Array, "h m d"], v: Float[Array, "h m d"]
):
    r"""The kernel is causal attention with scores $q k^\top$: scaling is left to the caller."""
    return _splash(q, k, v), _unscaled(q, k, v)


@splash_attention_is_causal_attention_without_a_scale.mutant
def splash_attention_scales(q, k, v):
    return _splash(q, k, v), _scaled(q, k, v)


@derivative(source=f"JAX, {_OPS}.splash_attention, CausalMask; chain rule", at=_SPLASH)
def splash_attention_pulls_back_by_the_chain_rule(
    q: Float[Array, "h n d"], k: Float[Array, "h m d"], v: Float[Array, "h m d"]
):
    r"""The backward kernels return the cotangents of queries, keys and values."""
    return _unscaled, pullback(_splash)


@splash_attention_pulls_back_by_the_chain_rule.mutant
def splash_attention_pulls_back_with_a_scale(q, k, v):
    return _scaled, pullback(_splash)


_PAGED = dict(b=2, h=2, pages=4, size=4, d=4)
_TABLE = dict(lengths=np.array([5, 8], np.int32), pages_of=np.array([[3, 0], [1, 2]], np.int32))


def _paged(q: Array, k: Array, v: Array, lengths: Array, pages_of: Array) -> Array:
    with jax.numpy_dtype_promotion("standard"):
        return paged_attention_kernel.paged_attention(q, k, v, lengths, pages_of, pages_per_compute_block=2)


def _of_pages(q: Array, k: Array, v: Array, lengths: Array, pages_of: Array) -> Array:
    def item(q: Array, length: Array, table: Array) -> Array:
        keys, values = paged_keys(k, table)[0], paged_keys(v, table)[0]
        mask = definitions.masks.padding(q.shape[0], keys.shape[0], length)
        return definitions.attention(q, keys, values, mask, scale=1.0)

    return jax.vmap(item)(q, lengths, pages_of)


@identity(source=f"JAX, {_OPS}.paged_attention", at=_PAGED, given=_TABLE)
def paged_attention_is_attention_over_the_pages(
    q: Float[Array, "b h d"],
    k: Float[Array, "1 pages size d"],
    v: Float[Array, "1 pages size d"],
    lengths: Int[Array, " b"],
    pages_of: Int[Array, "b 2"],
):
    r"""Copies through semaphores and a page table change nothing: unscaled attention over the sequence."""
    return _paged(q, k, v, lengths, pages_of), _of_pages(q, k, v, lengths, pages_of)


@paged_attention_is_attention_over_the_pages.mutant
def paged_attention_sees_one_key_more(q, k, v, lengths, pages_of):
    return _paged(q, k, v, lengths, pages_of), _of_pages(q, k, v, jnp.minimum(lengths + 1, 8), pages_of)
