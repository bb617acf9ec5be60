r"""The clipped surrogate of proximal policy optimisation.

Source: Schulman et al., *Proximal policy optimization algorithms* (2017), arXiv:1707.06347, eq. (7);
Yu et al., *DAPO* (2025), arXiv:2503.14476, section 3.1 (two different ranges).
Claims: `jaxmath.claims.policy_gradients`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Tokens = Float[Array, "*shape"]


@checked
def ppo_clip(ratio: Tokens, advantage: Tokens, low: Scalar = 0.2, high: Scalar = 0.2) -> Tokens:
    r"""What is maximised at each token.

    $$ \min\bigl(\rho A,\; \mathrm{clip}(\rho, 1 - \epsilon, 1 + \epsilon') A\bigr) $$

    Args:
      ratio: $\rho = \pi(y) / \pi_{\mathrm{old}}(y)$.
      advantage: $A$.
      low: $\epsilon$.
      high: $\epsilon'$; equal to $\epsilon$ in the first source.

    >>> print(ppo_clip(jnp.array([0.5, 2.0, 2.0]), jnp.array([1.0, 1.0, -1.0])))
    [ 0.5  1.2 -2. ]
    """
    return jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - low, 1 + high) * advantage)
