r"""The policy that a reward and a reference ask for.

Source: Rafailov et al., *Direct preference optimization* (2023), arXiv:2305.18290, eqs. (3) and (4).
Claims: `jaxmath.claims.preferences`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import softmax
from jaxmath.notation import checked


@checked
def tilted_policy(
    reference: Float[Array, " n"], reward: Float[Array, " n"], beta: Scalar
) -> Float[Array, " n"]:
    r"""The best policy for a reward, at a price for every nat away from the reference.

    $$ \pi^\star_i = \frac{1}{Z}\, \pi_{\mathrm{ref},i}\, e^{r_i / \beta}, \quad\text{which maximises}\quad
       J(\pi) = \mathbb E_\pi[r] - \beta\, D(\pi \Vert \pi_{\mathrm{ref}}) $$

    Args:
      reference: $\pi_{\mathrm{ref}}$, over all answers.
      reward: $r$, of each answer.
      beta: $\beta$, the price.

    >>> print((4 * tilted_policy(jnp.array([0.5, 0.5]), jnp.log(jnp.array([1.0, 3.0])), 1.0)).round())
    [1. 3.]
    """
    return softmax(jnp.log(reference) + reward / beta)
