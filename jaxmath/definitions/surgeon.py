r"""Optimal brain surgeon: one weight is fixed, and the others make up for it.

The loss of a linear layer is $\tfrac12 \delta H \delta^\top$ in the change $\delta$ of a row of weights, with
$H$ the second moments of its inputs.

Source: LeCun et al., *Optimal brain damage* (1989), eq. (5);
Hassibi & Stork, *Second order derivatives for network pruning: optimal brain surgeon* (1992), eq. (5);
Frantar et al., *GPTQ* (2022), arXiv:2210.17323, eqs. (2) and (3).
Claims: `jaxmath.claims.surgeon`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked

Row = Float[Array, " d"]
Matrix = Float[Array, "d d"]


def brain_damage_saliency(w: Row, hessian: Matrix) -> Row:
    r"""What it costs to set a weight to zero and leave the others, $\tfrac12 H_{qq} w_q^2$.

    >>> print(brain_damage_saliency(jnp.array([1.0, 2.0]), jnp.eye(2)))
    [0.5 2. ]
    """
    return jnp.diagonal(hessian) * w**2 / 2


@checked
def surgeon_saliency(w: Row, inverse_hessian: Matrix) -> Row:
    r"""What it costs to set a weight to zero when the others make up for it, $w_q^2 / 2 [H^{-1}]_{qq}$.

    >>> print(surgeon_saliency(jnp.array([1.0, 2.0]), jnp.eye(2)))
    [0.5 2. ]
    """
    return w**2 / (2 * jnp.diagonal(inverse_hessian))


@checked
def surgeon_update(w: Row, inverse_hessian: Matrix, place: int, value: Float[Array, ""]) -> Row:
    r"""The row after one weight got a value: zero to prune it, the nearest level to quantise it.

    $$ w' = w - \frac{w_q - c}{[H^{-1}]_{qq}}\, H^{-1}_{q \cdot} $$

    Args:
      w: the weights of one output.
      inverse_hessian: $H^{-1}$.
      place: $q$.
      value: $c$.

    >>> h = jnp.array([[1.0, 0.5], [0.5, 1.0]])
    >>> print(surgeon_update(jnp.array([2.0, 1.0]), h, 0, jnp.array(0.0)))
    [0. 0.]
    """
    row = inverse_hessian[place]
    return w - (w[place] - value) / row[place] * row


@checked
def without_weight(inverse_hessian: Matrix, place: int) -> Matrix:
    r"""The inverse of the Hessian of the other weights, one elimination from $H^{-1}$.

    $$ H^{-1} - \frac{1}{[H^{-1}]_{qq}} H^{-1}_{\cdot q} H^{-1}_{q \cdot} $$

    Its row and its column at `place` are zero.

    Args:
      inverse_hessian: $H^{-1}$.
      place: $q$.
    """
    row, column = inverse_hessian[place], inverse_hessian[:, place]
    return inverse_hessian - jnp.outer(column, row) / row[place]
