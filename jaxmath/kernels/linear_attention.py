r"""Linear attention in chunks: time linear in the positions, a state of fixed size.

The denominator is one more column of values, all ones. Definition: `jaxmath.definitions.linear_attention`.
Claims: `jaxmath.claims.linear_attention`.

Source: Katharopoulos et al., *Transformers are RNNs* (2020), arXiv:2006.16236, section 3.3.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.kernels._numeric import wide, widened
from jaxmath.kernels.retention import retention_from
from jaxmath.notation import checked

# Of the sums of keys times values, and of the keys alone.
State = tuple[Float[Array, "... d e"], Float[Array, "... d"]]


@checked
def linear_attention(
    q: Float[Array, "... n d"],
    k: Float[Array, "... m d"],
    v: Float[Array, "... m e"],
    *,
    causal: bool = False,
    chunk: int = 64,
) -> Float[Array, "... n e"]:
    """`jaxmath.definitions.linear_attention` of all keys, or with `causal` of those not after the query.

    A key of zeros is as good as none. A query whose weights sum to zero, as where it has met no key, is
    answered with zero, and has derivatives of zero.

    Args:
      q: features of queries.
      k: features of keys.
      v: values; leading axes broadcast.
      causal: whether query `i` sees keys up to `i` only; there must be as many queries as keys then.
      chunk: positions at once, where it is causal.

    Raises:
      NotationError: if the arguments do not fit together.
      ValueError: if `chunk` is no positive integer.
    """
    d, e = k.shape[-1], v.shape[-1]
    if causal:
        return linear_attention_from((jnp.zeros((d, e)), jnp.zeros(d)), q, k, v, chunk=chunk)[1]
    k, values = widened(k), _with_ones(v)
    return _divided(widened(q) @ (k.mT @ values)).astype(v.dtype)


@checked
def linear_attention_from(
    state: State,
    q: Float[Array, "... n d"],
    k: Float[Array, "... n d"],
    v: Float[Array, "... n e"],
    *,
    chunk: int = 64,
) -> tuple[State, Float[Array, "... n e"]]:
    r"""Causal linear attention after what is in a state, $(\sum_j k_j v_j^\top, \sum_j k_j)$.

    A key of zeros leaves the state as it is; a query that has met no other is answered with zero.

    Returns:
      The state after the last position, in float32 at least, and the answers.
    """
    joined = jnp.concatenate([state[0].astype(wide(v)), state[1].astype(wide(v))[..., None]], -1)
    joined, out = retention_from(joined, q, k, _with_ones(v), chunk=chunk)
    return (joined[..., :-1], joined[..., -1]), _divided(out).astype(v.dtype)


def _with_ones(v: jax.Array) -> jax.Array:
    return jnp.concatenate([widened(v), jnp.ones((*v.shape[:-1], 1), wide(v))], -1)


def _divided(out: jax.Array) -> jax.Array:
    total = out[..., -1:]
    some = total != 0
    # Twice `where`: a derivative of an unused branch must be finite too.
    return jnp.where(some, out[..., :-1] / jnp.where(some, total, 1), 0)
