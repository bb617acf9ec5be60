r"""The delta rule in chunks: a triangular system inside a chunk, a recurrence from one to the next.

What position $t$ writes is $k_t u_t^\top$ with $u_t = \beta_t (v_t - e^{\alpha_t} S_{t - 1}^\top k_t)$. With
$c$ the running sums of the log decays of the chunk, $D_{ij} = e^{c_i - c_j}$ for $j \le i$, and $S$ the state
before the chunk,

$$ \bigl(I + \operatorname{diag}(\beta)\, \operatorname{tril}(D \odot K K^\top, -1)\bigr)\, U
   = \operatorname{diag}(\beta)\, (V - e^c \odot K S), $$
$$ O = (Q K^\top \odot D)\, U + e^c \odot (Q S), \qquad
   S' = e^{c_{\mathrm{last}}} S + (e^{c_{\mathrm{last}} - c} \odot K)^\top U. $$

Products of 16-bit numbers are added up in float32. Definition: `jaxmath.definitions.delta_rule`.
Claims: `jaxmath.claims.delta_rule`.

Source: Yang et al., *Parallelizing linear transformers with the delta rule over sequence length* (2024),
arXiv:2406.06484, section 3 (WY and UT forms); Yang, Kautz & Hatamizadeh (2024), arXiv:2412.06464 (decay).
"""

import functools

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from jaxmath.kernels._chunks import Chunk, check_chunk, fading, one_by_one, over_chunks
from jaxmath.kernels._numeric import wide
from jaxmath.notation import checked


@checked
def delta_rule(
    q: Float[Array, "... n d"],
    k: Float[Array, "... n d"],
    v: Float[Array, "... n e"],
    beta: Float[Array, "... n"],
    log_decay: Float[Array, "... n"] | None = None,
    *,
    chunk: int = 64,
) -> Float[Array, "... n e"]:
    """`jaxmath.definitions.delta_rule`. Leading axes broadcast.

    Args:
      q: queries.
      k: keys.
      v: values.
      beta: rates.
      log_decay: logarithms of what each position lets through of the state before it, at most zero.
      chunk: positions at once.

    Raises:
      NotationError: if the arguments do not fit together.
      ValueError: if `chunk` is no positive integer.
    """
    empty = jnp.zeros((k.shape[-1], v.shape[-1]), wide(v))
    return delta_rule_from(empty, q, k, v, beta, log_decay, chunk=chunk)[1]


@checked
def delta_rule_from(
    state: Float[Array, "... d e"],
    q: Float[Array, "... n d"],
    k: Float[Array, "... n d"],
    v: Float[Array, "... n e"],
    beta: Float[Array, "... n"],
    log_decay: Float[Array, "... n"] | None = None,
    *,
    chunk: int = 64,
) -> tuple[Float[Array, "... d e"], Float[Array, "... n e"]]:
    """The same with a state before the first position.

    Returns:
      The state after the last position, in float32 at least, and the answers.
    """
    check_chunk("delta_rule", chunk)
    log_decay = jnp.zeros(k.shape[-2], wide(k)) if log_decay is None else log_decay
    one = functools.partial(_one, chunk=chunk)
    signature = "(d,e),(n,d),(n,d),(n,e),(n),(n)->(d,e),(n,e)"
    state, out = one_by_one(one, signature, state, q, k, v, beta, log_decay)
    return state, out.astype(v.dtype)


def _one(state: jax.Array, *operands: jax.Array, chunk: int) -> tuple[jax.Array, jax.Array]:
    return over_chunks(_step, state, operands, chunk)


def _step(state: jax.Array, part: Chunk) -> tuple[jax.Array, jax.Array]:
    q, k, v, beta, log_decay = part
    inside, before, after = fading(log_decay)
    system = jnp.eye(k.shape[0], dtype=k.dtype) + beta[:, None] * jnp.tril(inside * (k @ k.T), -1)
    wrong = beta[:, None] * (v - before[:, None] * (k @ state))
    written = solve_triangular(system, wrong, lower=True, unit_diagonal=True)
    out = (q @ k.T * inside) @ written + before[:, None] * (q @ state)
    return before[-1] * state + (after[:, None] * k).T @ written, out
