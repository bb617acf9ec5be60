r"""Muon: momentum whose singular values are all brought near one.

Source: Jordan et al., *Muon: an optimizer for hidden layers in neural networks* (2024).
Claims: `jaxmath.claims.optimizers`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.newton_schulz import MUON, Coefficients, orthogonalised
from jaxmath.notation import checked

Matrix = Float[Array, "n m"]


@checked
def muon(
    theta: Matrix,
    grad: Matrix,
    velocity: Matrix,
    lr: Scalar,
    mu: Scalar = 0.95,
    steps: int = 5,
    coefficients: Coefficients = MUON,
) -> tuple[Matrix, Matrix]:
    r"""A step of Muon for a matrix that maps $n$ inputs to $m$ outputs, $y = x \theta$.

    $$ v' = \mu v + g, \qquad \theta' = \theta - \eta \sqrt{\max(1, m / n)}\; O(g + \mu v') $$

    where $O$ is `orthogonalised`.

    Args:
      theta: $\theta$.
      grad: $g$.
      velocity: $v$, zero before the first step.
      lr: $\eta$.
      mu: $\mu$.
      steps: see `orthogonalised`.
      coefficients: see `orthogonalised`.

    Returns:
      $\theta'$ and $v'$.

    >>> theta, v = muon(jnp.zeros((1, 1)), jnp.array([[-8.0]]), jnp.zeros((1, 1)), 1.0, steps=0)
    >>> print(theta, v)
    [[1.]] [[-8.]]
    """
    n, m = theta.shape
    velocity = mu * velocity + grad
    update = orthogonalised(grad + mu * velocity, steps, coefficients)
    return theta - lr * jnp.sqrt(jnp.asarray(max(1.0, m / n), theta.dtype)) * update, velocity
