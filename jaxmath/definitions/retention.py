r"""Retention: linear attention without a denominator, of a state that fades.

With one decay a head this is RetNet's retention and lightning attention; with a decay that depends on
the position, the state space dual of Mamba-2 and gated retention; without decay, linear attention as
DeltaNet has it.

Source: Sun et al., *Retentive network* (2023), arXiv:2307.08621, section 2.1;
Dao & Gu, *Transformers are SSMs* (2024), arXiv:2405.21060 (decays of positions);
Qin et al., *Lightning attention-2* (2024), arXiv:2401.04658.
Kernel: `jaxmath.kernels.retention`. Claims: `jaxmath.claims.retention`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.masks import causal
from jaxmath.notation import checked


@checked
def retention(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"], log_decay: Float[Array, " n"]
) -> Float[Array, "n e"]:
    r"""Every position reads the earlier ones, the less the more has been forgotten since.

    $$ o_i = \sum_{j \le i} e^{\alpha_{j + 1} + \dots + \alpha_i}\, (q_i \cdot k_j)\, v_j. $$

    Departs from the source: rotations of queries and keys, and the norm of heads, are left to the caller.

    Args:
      q: queries.
      k: keys.
      v: values.
      log_decay: $\alpha_i \le 0$, the logarithm of what position $i$ lets through of the state before it.

    >>> x, v = jnp.ones((2, 1)), jnp.array([[4.0], [1.0]])
    >>> print(retention(x, x, v, jnp.log(jnp.array([0.5, 0.5]))).T)
    [[4. 3.]]
    """
    since = jnp.cumsum(log_decay)
    seen = causal(q.shape[0])
    fading = jnp.where(seen, jnp.exp(jnp.where(seen, since[:, None] - since[None, :], 0)), 0)
    return (q @ k.T * fading) @ v


@checked
def retention_step(
    state: Float[Array, "d e"],
    q: Float[Array, " d"],
    k: Float[Array, " d"],
    v: Float[Array, " e"],
    log_decay: Scalar,
) -> tuple[Float[Array, "d e"], Float[Array, " e"]]:
    r"""One position more: $S' = e^\alpha S + k v^\top$, $o = S'^\top q$.

    Returns:
      The state after this position, and its answer; the first state is zero.
    """
    state = jnp.exp(jnp.asarray(log_decay, state.dtype)) * state + jnp.outer(k, v)
    return state, q @ state


def retention_log_decays(heads: int) -> Float[Array, " h"]:
    r"""RetNet's decays of heads, $\log(1 - 2^{-5 - h})$ for $h = 0, 1, \dots$.

    >>> print(jnp.exp(retention_log_decays(2)))
    [0.96875  0.984375]
    """
    return jnp.log1p(-(2.0 ** (-5.0 - jnp.arange(heads, dtype=float))))
