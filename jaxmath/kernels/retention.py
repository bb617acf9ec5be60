r"""Retention in chunks: quadratic inside a chunk, recurrent from one to the next.

$$ O = (Q K^\top \odot D)\, V + e^{c} \odot (Q S), \qquad
   S' = e^{c_{\mathrm{last}}} S + (e^{c_{\mathrm{last}} - c} \odot K)^\top V $$

with $c$ the running sums of the log decays of the chunk. Time is $O(n\, (d e + C (d + e)))$, and what has
to be kept for a gradient is one state a chunk. Products of 16-bit numbers are added up in float32.
Definition: `jaxmath.definitions.retention`. Claims: `jaxmath.claims.retention`.

Source: Sun et al., *Retentive network* (2023), arXiv:2307.08621, section 2.1, chunkwise form.
"""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.kernels._chunks import Chunk, check_chunk, fading, one_by_one, over_chunks
from jaxmath.kernels._numeric import wide
from jaxmath.notation import checked


@checked
def retention(
    q: Float[Array, "... n d"],
    k: Float[Array, "... n d"],
    v: Float[Array, "... n e"],
    log_decay: Float[Array, "... n"] | None = None,
    *,
    chunk: int = 64,
) -> Float[Array, "... n e"]:
    """`jaxmath.definitions.retention`; no decay without `log_decay`. Leading axes broadcast.

    Args:
      q: queries.
      k: keys.
      v: values.
      log_decay: logarithms of what each position lets through of the state before it, at most zero.
      chunk: positions at once.

    Raises:
      NotationError: if the arguments do not fit together.
      ValueError: if `chunk` is no positive integer.
    """
    empty = jnp.zeros((k.shape[-1], v.shape[-1]), wide(v))
    return retention_from(empty, q, k, v, log_decay, chunk=chunk)[1]


@checked
def retention_from(
    state: Float[Array, "... d e"],
    q: Float[Array, "... n d"],
    k: Float[Array, "... n d"],
    v: Float[Array, "... n e"],
    log_decay: Float[Array, "... n"] | None = None,
    *,
    chunk: int = 64,
) -> tuple[Float[Array, "... d e"], Float[Array, "... n e"]]:
    """The same with a state before the first position.

    Returns:
      The state after the last position, in float32 at least, and the answers.
    """
    check_chunk("retention", chunk)
    log_decay = jnp.zeros(k.shape[-2], wide(k)) if log_decay is None else log_decay
    one = functools.partial(_one, chunk=chunk)
    state, out = one_by_one(one, "(d,e),(n,d),(n,d),(n,e),(n)->(d,e),(n,e)", state, q, k, v, log_decay)
    return state, out.astype(v.dtype)


def _one(state: jax.Array, *operands: jax.Array, chunk: int) -> tuple[jax.Array, jax.Array]:
    return over_chunks(_step, state, operands, chunk)


def _step(state: jax.Array, part: Chunk) -> tuple[jax.Array, jax.Array]:
    q, k, v, log_decay = part
    inside, before, after = fading(log_decay)
    out = (q @ k.T * inside) @ v + before[:, None] * (q @ state)
    return before[-1] * state + (after[:, None] * k).T @ v, out
