r"""Advantages from the rewards of several answers to one prompt.

Source: Shao et al., *DeepSeekMath* (2024), arXiv:2402.03300, section 4.1.2 (GRPO);
Liu et al., *Understanding R1-Zero-like training* (2025), arXiv:2503.20783, section 3 (Dr. GRPO);
Kool et al., *Buy 4 REINFORCE samples, get a baseline for free!* (2019) and
Ahmadian et al., *Back to basics* (2024), arXiv:2402.14740, section 3.2 (RLOO).
Claims: `jaxmath.claims.policy_gradients`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Rewards = Float[Array, " answers"]


@checked
def centred_rewards(rewards: Rewards) -> Rewards:
    r"""Rewards minus their mean, $r_i - \bar r$: the advantages of Dr. GRPO.

    >>> print(centred_rewards(jnp.array([1.0, 3.0])))
    [-1.  1.]
    """
    return rewards - rewards.mean()


@checked
def grpo_advantages(rewards: Rewards, eps: Scalar = 1e-4) -> Rewards:
    r"""Group-relative advantages, $(r_i - \bar r) / (\mathrm{std}(r) + \epsilon)$.

    The standard deviation is that of the group, $\mathrm{std}^2 = \frac1n \sum_i (r_i - \bar r)^2$. Where all
    rewards are equal the advantages are zero.

    Args:
      rewards: $r$, one for each of $n$ answers.
      eps: $\epsilon$, zero in the source.

    >>> print(grpo_advantages(jnp.array([1.0, 3.0]), 0.0))
    [-1.  1.]
    """
    centred = centred_rewards(rewards)
    variance = (centred**2).mean()
    flat = variance == 0
    return jnp.where(flat, 0, centred / jnp.where(flat, 1, jnp.sqrt(jnp.where(flat, 1, variance)) + eps))


@checked
def rloo_advantages(rewards: Rewards) -> Rewards:
    r"""Rewards minus the mean of the others, $r_i - \frac{1}{n - 1} \sum_{j \ne i} r_j$.

    Args:
      rewards: $r$, two at least.

    >>> print(rloo_advantages(jnp.array([1.0, 2.0, 6.0])))
    [-3.  -1.5  4.5]
    """
    others = rewards.shape[0] - 1
    return rewards - (rewards.sum() - rewards) / others
