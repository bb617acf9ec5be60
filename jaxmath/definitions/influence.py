r"""Influence: what a model would be without one of its examples.

Source: Koh & Liang, *Understanding black-box predictions via influence functions* (2017), arXiv:1703.04730,
eqs. (1) and (2); Cook, *Detection of influential observation in linear regression* (1977);
Sherman & Morrison, *Adjustment of an inverse matrix* (1950).
Claims: `jaxmath.claims.influence`.
"""

from jaxtyping import Array, Float

from jaxmath.notation import checked


@checked
def parameter_influence(
    inverse_hessian: Float[Array, "d d"], gradients: Float[Array, "b d"]
) -> Float[Array, "b d"]:
    r"""How fast the optimum moves with the weight of each example, $-H^{-1} \nabla \ell_i$.

    Args:
      inverse_hessian: $H^{-1}$, of the loss at the optimum.
      gradients: of the loss of each example there.

    >>> import jax.numpy as jnp
    >>> print(parameter_influence(jnp.eye(2) / 4, jnp.array([[2.0, 0.0]])))
    [[-0.5 -0. ]]
    """
    return -gradients @ inverse_hessian.T


@checked
def loss_influence(
    inverse_hessian: Float[Array, "d d"], gradients: Float[Array, "b d"], test: Float[Array, " d"]
) -> Float[Array, " b"]:
    r"""How fast another loss moves with the weight of each example, $-\nabla \ell^\top H^{-1} \nabla \ell_i$.

    Args:
      inverse_hessian: $H^{-1}$.
      gradients: of the loss of each example.
      test: gradient of the other loss.

    >>> import jax.numpy as jnp
    >>> print(loss_influence(jnp.eye(2) / 4, jnp.array([[2.0, 0.0]]), jnp.array([1.0, 1.0])))
    [-0.5]
    """
    return parameter_influence(inverse_hessian, gradients) @ test


@checked
def leave_one_out(
    inverse_hessian: Float[Array, "d d"],
    x: Float[Array, "b d"],
    y: Float[Array, " b"],
    theta: Float[Array, " d"],
) -> Float[Array, "b d"]:
    r"""What ridge regression finds without each of its examples, from the one solution with all of them.

    $$ \theta_{-i} = \theta - \frac{y_i - x_i^\top \theta}{1 - h_i} H^{-1} x_i,
       \qquad h_i = x_i^\top H^{-1} x_i $$

    Args:
      inverse_hessian: $H^{-1} = (X^\top X + \lambda I)^{-1}$.
      x: inputs.
      y: targets.
      theta: the solution $H^{-1} X^\top y$.

    >>> import jax.numpy as jnp
    >>> x, y = jnp.ones((2, 1)), jnp.array([2.0, 4.0])
    >>> print(leave_one_out(jnp.eye(1) / 3, x, y, jnp.array([2.0])).round(4))
    [[2.]
     [1.]]
    """
    moved = x @ inverse_hessian
    leverage = (x * moved).sum(1)
    return theta[None, :] - ((y - x @ theta) / (1 - leverage))[:, None] * moved
