"""Pallas kernels for GPUs: attention of whole sequences, and of one query against a cache."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.pallas.ops.gpu import attention, decode_attention, paged_attention
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.claims.peers._shared import attention_of_batch, paged_keys, pullback
from jaxmath.verify.claim import derivative, identity

_OPS = "jax.experimental.pallas.ops.gpu"
_MHA = dict(b=1, n=32, h=1, d=16)
_BLOCKS = attention.BlockSizes(
    **dict.fromkeys(("block_q", "block_k", "block_q_dkv", "block_kv_dkv", "block_q_dq", "block_kv_dq"), 16)
)
Sequence = Float[Array, "b n h d"]


def _mha(q: Array, k: Array, v: Array) -> Array:
    scale = 1.0 / np.sqrt(q.shape[-1])
    return attention.mha(q, k, v, None, sm_scale=float(scale), causal=True, block_sizes=_BLOCKS)


def _causal(q: Array, k: Array, v: Array) -> Array:
    return attention_of_batch(q, k, v, mask=definitions.masks.causal(q.shape[1]))


@identity(source=f"JAX, {_OPS}.attention.mha, causal=True", at=_MHA)
def mha_is_causal_attention(q: Sequence, k: Sequence, v: Sequence):
    r"""The kernel, which works with powers of two in blocks of 16, is causal attention."""
    return _mha(q, k, v), _causal(q, k, v)


@mha_is_causal_attention.mutant
def mha_sees_everything(q, k, v):
    return _mha(q, k, v), attention_of_batch(q, k, v)


@derivative(source=f"JAX, {_OPS}.attention.mha, causal=True; chain rule", at=_MHA)
def mha_pulls_back_by_the_chain_rule(q: Sequence, k: Sequence, v: Sequence):
    r"""The backward kernel, which recomputes the probabilities from saved logarithms, is the chain rule's."""
    return _causal, pullback(_mha)


@mha_pulls_back_by_the_chain_rule.mutant
def mha_pulls_back_without_the_mask(q, k, v):
    return attention_of_batch, pullback(_mha)


def _smallest() -> float:
    return float(jnp.finfo(jnp.float32).eps)


def _attention_short_of(
    eps: float, q: Float[Array, "h d"], k: Float[Array, "m d"], v: Float[Array, "m d"], seen: Array
) -> Float[Array, "h d"]:
    """Unscaled attention whose denominators, relative to the largest exponential, are larger by `eps`."""
    x = jnp.where(seen, q @ k.T, -jnp.inf)
    e = jnp.exp(x - x.max(-1, keepdims=True))
    return e @ v / (e.sum(-1, keepdims=True) + eps)


_DECODE = dict(h=16, m=32, d=4)


def _decode(q: Array, k: Array, v: Array) -> Array:
    return decode_attention.mqa(q[None], k[None], v[None], block_h=16, block_k=16, k_splits=2)[0]


@identity(source=f"JAX, {_OPS}.decode_attention.mqa", at=_DECODE)
def decode_attention_adds_epsilon_to_the_denominator(
    q: Float[Array, "h d"], k: Float[Array, "m d"], v: Float[Array, "m d"]
):
    r"""It is $\sum_j e^{x_j - \max x} v_j \,/\, (2^{-23} + \sum_j e^{x_j - \max x})$.

    That is attention up to $2^{-23}$ relative to the denominator, and not attention.
    """
    all_pairs = definitions.masks.window(q.shape[0], k.shape[0])
    return _decode(q, k, v), _attention_short_of(_smallest(), q / jnp.sqrt(q.shape[-1]), k, v, all_pairs)


@decode_attention_adds_epsilon_to_the_denominator.mutant
def decode_attention_is_attention(q, k, v):
    return _decode(q, k, v), definitions.attention(q, k, v)


_PAGED = dict(b=2, h=1, pages=4, size=16, d=4)
_TABLE = dict(lengths=np.array([20, 32], np.int32), pages_of=np.array([[3, 0], [1, 2]], np.int32))


def _paged(q: Array, k: Array, v: Array, lengths: Array, pages_of: Array) -> Array:
    return paged_attention.paged_attention(
        q, k, v, pages_of, lengths, block_h=16, pages_per_compute_block=1, k_splits=2
    )


def _of_pages(attend: Callable[..., Array], q: Array, k: Array, v: Array, *table: Array) -> Array:
    def item(q: Array, length: Array, pages_of: Array) -> Array:
        keys, values = paged_keys(k, pages_of)[0], paged_keys(v, pages_of)[0]
        return attend(q, keys, values, definitions.masks.padding(q.shape[0], keys.shape[0], length))

    return jax.vmap(item)(q, *table)


@identity(source=f"JAX, {_OPS}.paged_attention", at=_PAGED, given=_TABLE)
def paged_attention_adds_epsilon_to_the_denominator(
    q: Float[Array, "b h d"],
    k: Float[Array, "1 pages size d"],
    v: Float[Array, "1 pages size d"],
    lengths: Int[Array, " b"],
    pages_of: Int[Array, "b 2"],
):
    r"""Over the keys that the page table names it does what `decode_attention` does, without a scale."""
    attend = functools.partial(_attention_short_of, _smallest())
    return _paged(q, k, v, lengths, pages_of), _of_pages(attend, q, k, v, lengths, pages_of)


@paged_attention_adds_epsilon_to_the_denominator.mutant
def paged_attention_is_attention(q, k, v, lengths, pages_of):
    attend = functools.partial(definitions.attention, scale=1.0)
    return _paged(q, k, v, lengths, pages_of), _of_pages(attend, q, k, v, lengths, pages_of)
