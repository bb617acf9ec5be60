r"""Means of models: of all their weights alike, of differences to a base, or by Fisher information.

Source: Wortsman et al., *Model soups* (2022), arXiv:2203.05482, section 2 (mean);
Ilharco et al., *Editing models with task arithmetic* (2022), arXiv:2212.04089, section 2;
Matena & Raffel, *Merging models with Fisher-weighted averaging* (2021), arXiv:2111.09832, section 3.
Claims: `jaxmath.claims.merging`.
"""

from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Models = Float[Array, "models n"]
Model = Float[Array, " n"]


@checked
def soup(models: Models, weights: Float[Array, " models"]) -> Model:
    r"""A weighted mean of models, $\sum_k \alpha_k \theta_k / \sum_k \alpha_k$.

    >>> import jax.numpy as jnp
    >>> print(soup(jnp.array([[0.0, 1.0], [4.0, 1.0]]), jnp.array([3.0, 1.0])))
    [1. 1.]
    """
    return weights @ models / weights.sum()


@checked
def task_arithmetic(base: Model, models: Models, scale: Scalar) -> Model:
    r"""The base plus what the models learnt, $\theta_0 + \lambda \sum_k (\theta_k - \theta_0)$.

    >>> import jax.numpy as jnp
    >>> print(task_arithmetic(jnp.zeros(1), jnp.array([[1.0], [2.0]]), 0.5))
    [1.5]
    """
    return base + scale * (models - base[None, :]).sum(0)


@checked
def fisher_merge(models: Models, fishers: Models) -> Model:
    r"""Entries weighed by their Fisher information, $\sum_k F_k \theta_k / \sum_k F_k$.

    Args:
      models: $\theta_k$, one per row.
      fishers: $F_k > 0$, the diagonals of their information matrices.

    >>> import jax.numpy as jnp
    >>> print(fisher_merge(jnp.array([[0.0], [4.0]]), jnp.array([[3.0], [1.0]])))
    [1.]
    """
    return (fishers * models).sum(0) / fishers.sum(0)
