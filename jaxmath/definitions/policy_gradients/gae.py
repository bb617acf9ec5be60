r"""Generalised advantage estimation.

Source: Schulman et al., *High-dimensional continuous control using generalized advantage estimation* (2015),
arXiv:1506.02438, eq. (16).
Claims: `jaxmath.claims.policy_gradients`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def gae(
    rewards: Float[Array, " t"],
    values: Float[Array, " t+1"],
    discounts: Float[Array, " t"],
    trace: Scalar = 0.95,
) -> Float[Array, " t"]:
    r"""How much better than expected each step was, with a trace of the steps after it.

    $$ A_s = \delta_s + \gamma_s \lambda A_{s+1}, \qquad A_t = 0, \qquad
       \delta_s = r_s + \gamma_s V_{s+1} - V_s $$

    Departs from the source: a discount for every step, so that it may be zero where an episode ends.

    Args:
      rewards: $r$.
      values: $V$, with the value of the state after the last step.
      discounts: $\gamma$ of each step; zero where the episode ends.
      trace: $\lambda$.

    >>> print(gae(jnp.array([1.0, 1.0]), jnp.zeros(3), jnp.ones(2), 0.5))
    [1.5 1. ]
    """
    surprises = rewards + discounts * values[1:] - values[:-1]

    def back(advantage: Array, step: tuple[Array, Array]) -> tuple[Array, Array]:
        surprise, discount = step
        advantage = surprise + discount * trace * advantage
        return advantage, advantage

    return jax.lax.scan(back, jnp.zeros((), rewards.dtype), (surprises, discounts), reverse=True)[1]
