r"""The delta rule: a state that is corrected where it is wrong, instead of added to.

The state is a linear map from keys to values; reading a pair moves it one step of gradient descent
towards answering that key with that value.

Source: Schlag, Irie & Schmidhuber, *Linear transformers are secretly fast weight programmers* (2021),
arXiv:2102.11174; Yang et al., *Parallelizing linear transformers with the delta rule over sequence
length* (2024), arXiv:2406.06484; with decay: Yang, Kautz & Hatamizadeh, *Gated delta networks* (2024),
arXiv:2412.06464. Kernel: `jaxmath.kernels.delta_rule`. Claims: `jaxmath.claims.delta_rule`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def delta_rule_step(
    state: Float[Array, "d e"],
    q: Float[Array, " d"],
    k: Float[Array, " d"],
    v: Float[Array, " e"],
    beta: Scalar,
    log_decay: Scalar = 0.0,
) -> tuple[Float[Array, "d e"], Float[Array, " e"]]:
    r"""One position more: the state fades, then what it answers to $k$ is moved towards $v$.

    $$ \tilde S = e^\alpha S, \qquad S' = \tilde S + \beta k\, (v - \tilde S^\top k)^\top, \qquad
       o = S'^\top q. $$

    Departs from the source: the state is transposed, so that it is applied from the right.

    Args:
      state: $S$, zero before the first position.
      q: the query.
      k: the key, of length one as a rule.
      v: the value.
      beta: the rate, between 0 and 1 as a rule.
      log_decay: $\alpha \le 0$.

    Returns:
      $S'$ and $o$.

    >>> k = jnp.array([1.0, 0.0])
    >>> print(delta_rule_step(jnp.ones((2, 1)), k, k, jnp.array([5.0]), 1.0)[1])
    [5.]
    """
    state = jnp.exp(jnp.asarray(log_decay, state.dtype)) * state
    state = state + beta * jnp.outer(k, v - k @ state)
    return state, q @ state


@checked
def delta_rule(
    q: Float[Array, "n d"],
    k: Float[Array, "n d"],
    v: Float[Array, "n e"],
    beta: Float[Array, " n"],
    log_decay: Float[Array, " n"] | None = None,
) -> Float[Array, "n e"]:
    r"""The answers of `delta_rule_step` at one position after the other; no decay without `log_decay`."""
    log_decay = jnp.zeros_like(beta) if log_decay is None else log_decay
    empty = jnp.zeros((k.shape[1], v.shape[1]), v.dtype)
    return jax.lax.scan(lambda s, x: delta_rule_step(s, *x), empty, (q, k, v, beta, log_decay))[1]
