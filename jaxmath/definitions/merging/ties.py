r"""TIES: models that disagree on a sign are not averaged.

Source: Yadav et al., *TIES-merging* (2023), arXiv:2306.01708, section 3.
Claims: `jaxmath.claims.merging`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.pruning import keep_largest
from jaxmath.notation import checked

Models = Float[Array, "models n"]
Model = Float[Array, " n"]


@checked
def ties_merge(base: Model, models: Models, keep: int, scale: Scalar) -> Model:
    r"""Trim, elect a sign, and take the mean of those that agree with it.

    With $\tau_k$ the $k$-th difference to the base of which only the largest entries are left, and
    $s = \mathrm{sign} \sum_k \tau_k$: $\theta_0 + \lambda$ times the mean of the $\tau_k$ that have sign $s$.

    Args:
      base: $\theta_0$.
      models: $\theta_k$, one per row.
      keep: how many entries of a difference are left.
      scale: $\lambda$.

    >>> print(ties_merge(jnp.zeros(2), jnp.array([[4.0, 1.0], [-1.0, 3.0]]), 2, 1.0))
    [4. 2.]
    """
    tasks = models - base[None, :]
    tasks = jnp.where(jax.vmap(lambda task: keep_largest(jnp.abs(task), keep))(tasks), tasks, 0)
    agree = (jnp.sign(tasks) == jnp.sign(tasks.sum(0))[None, :]) & (tasks != 0)
    mean = jnp.where(agree, tasks, 0).sum(0) / jnp.maximum(agree.astype(tasks.dtype).sum(0), 1)
    return base + scale * mean
