r"""Adafactor: the second moment of a matrix is kept as one row and one column.

Source: Shazeer & Stern, *Adafactor* (2018), arXiv:1804.04235, algorithm 4.
Claims: `jaxmath.claims.optimizers`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Matrix = Float[Array, "n m"]


def adafactor_decay(t: int, exponent: Scalar = 0.8) -> Scalar:
    r"""The decay at step $t$ (the first is 1), $\hat\beta_{2t} = 1 - t^{-0.8}$."""
    return 1 - t**-exponent


@checked
def factored_rms(
    grad: Matrix, row: Float[Array, " n"], col: Float[Array, " m"], b2: Scalar, eps: Scalar = 1e-30
) -> tuple[Matrix, Float[Array, " n"], Float[Array, " m"]]:
    r"""The gradient over the root of a second moment of rank one.

    $$ r' = \beta_2 r + (1 - \beta_2)\, \tfrac1m (g^2 + \epsilon) \mathbf 1, \quad
       c' = \beta_2 c + (1 - \beta_2)\, \tfrac1n (g^2 + \epsilon)^\top \mathbf 1, \quad
       u_{ij} = \frac{g_{ij}}{\sqrt{r'_i c'_j / \bar r'}}, \quad \bar r' = \frac1n \sum_i r'_i $$

    Departs from the source: means of rows and columns in place of sums, as in Optax.

    Args:
      grad: $g$.
      row: $r$, zero before the first step.
      col: $c$, zero before the first step.
      b2: $\beta_2$, see `adafactor_decay`.
      eps: $\epsilon$ ($\epsilon_1$ in the source).

    Returns:
      $u$, $r'$ and $c'$.

    >>> u, row, col = factored_rms(jnp.array([[1.0, 2.0], [3.0, 6.0]]), jnp.zeros(2), jnp.zeros(2), 0.0)
    >>> print(u.round(3), row, col)
    [[1. 1.]
     [1. 1.]] [ 2.5 22.5] [ 5. 20.]
    """
    square = grad**2 + eps
    row = b2 * row + (1 - b2) * square.mean(1)
    col = b2 * col + (1 - b2) * square.mean(0)
    return grad / jnp.sqrt(row[:, None] * col[None, :] / row.mean()), row, col


@checked
def adafactor(
    theta: Matrix,
    grad: Matrix,
    row: Float[Array, " n"],
    col: Float[Array, " m"],
    lr: Scalar,
    b2: Scalar,
    eps: Scalar = 1e-30,
    clip: Scalar = 1.0,
    min_scale: Scalar = 1e-3,
) -> tuple[Matrix, Float[Array, " n"], Float[Array, " m"]]:
    r"""A step of Adafactor for a matrix, in proportion to the size of the parameters.

    $$ \theta' = \theta - \eta\, \max(\epsilon_2, \mathrm{rms}\,\theta)\,
       \frac{u}{\max(1, \mathrm{rms}(u) / d)} $$

    Args:
      theta: $\theta$.
      grad: $g$.
      row: see `factored_rms`.
      col: see `factored_rms`.
      lr: $\eta$ ($\rho_t$ in the source).
      b2: see `factored_rms`.
      eps: see `factored_rms`.
      clip: $d$, the largest root mean square of an update.
      min_scale: $\epsilon_2$, the least size of the parameters.

    Returns:
      $\theta'$, $r'$ and $c'$.
    """
    u, row, col = factored_rms(grad, row, col, b2, eps)
    u = u / jnp.maximum(1, _rms(u) / clip)
    return theta - lr * jnp.maximum(min_scale, _rms(theta)) * u, row, col


def _rms(x: Array) -> Array:
    return jnp.sqrt((x**2).mean())
