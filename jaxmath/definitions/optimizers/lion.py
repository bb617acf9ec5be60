r"""Lion: only the sign of a momentum moves the parameters.

Source: Chen et al., *Symbolic discovery of optimization algorithms* (2023), arXiv:2302.06675, algorithm 2.
Claims: `jaxmath.claims.optimizers`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def lion(
    theta: Float[Array, "*shape"],
    grad: Float[Array, "*shape"],
    m: Float[Array, "*shape"],
    lr: Scalar,
    b1: Scalar = 0.9,
    b2: Scalar = 0.99,
    weight_decay: Scalar = 0.0,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""A step of Lion.

    $$ \theta' = \theta - \eta \bigl(\mathrm{sign}(\beta_1 m + (1 - \beta_1) g) + \lambda \theta\bigr),
       \qquad m' = \beta_2 m + (1 - \beta_2) g $$

    Args:
      theta: $\theta$.
      grad: $g$.
      m: momentum, zero before the first step.
      lr: $\eta$.
      b1: $\beta_1$.
      b2: $\beta_2$.
      weight_decay: $\lambda$.

    Returns:
      $\theta'$ and $m'$.

    >>> theta, m = lion(jnp.array(1.0), jnp.array(8.0), jnp.array(0.0), lr=0.25, b2=0.75)
    >>> print(theta, m)
    0.75 2.0
    """
    u = jnp.sign(b1 * m + (1 - b1) * grad)
    return theta - lr * (u + weight_decay * theta), b2 * m + (1 - b2) * grad
