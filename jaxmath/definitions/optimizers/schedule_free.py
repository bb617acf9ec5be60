r"""Schedule-free descent: an average in place of a schedule.

Source: Defazio et al., *The road less scheduled* (2024), arXiv:2405.15682, eq. (2) to (4).
Claims: `jaxmath.claims.optimizers`.
"""

from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar

Params = Float[Array, "*shape"]


def schedule_free_point(z: Params, x: Params, beta: Scalar = 0.9) -> Params:
    r"""Where the gradient is taken, $y = (1 - \beta) z + \beta x$.

    >>> import jax.numpy as jnp
    >>> print(schedule_free_point(jnp.array(1.0), jnp.array(3.0), 0.75))
    2.5
    """
    return (1 - beta) * z + beta * x


def schedule_free(z: Params, x: Params, grad: Params, t: int, lr: Scalar) -> tuple[Params, Params]:
    r"""A step of descent and of the average of all iterates.

    $$ z' = z - \eta g, \qquad x' = (1 - c)\, x + c\, z', \qquad c = \frac{1}{t} $$

    Departs from the source: steps are counted from 1, so that $c = 1 / t$ (there $1 / (t + 1)$ from 0).

    Args:
      z: the iterate.
      x: the average, at which the model is evaluated.
      grad: $g$, the gradient at `schedule_free_point`.
      t: the number of this step; the first is 1.
      lr: $\eta$.

    Returns:
      $z'$ and $x'$.

    >>> import jax.numpy as jnp
    >>> z, x = schedule_free(jnp.array(1.0), jnp.array(5.0), jnp.array(2.0), t=2, lr=0.5)
    >>> print(z, x)
    0.0 2.5
    """
    z = z - lr * grad
    return z, x + (z - x) / t
