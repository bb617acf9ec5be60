r"""How many directions a matrix really uses, from its singular values.

Source: Rudelson & Vershynin, *Sampling from large matrices* (2007), arXiv:math/0503442 (stable rank, there
numerical rank); Roy & Vetterli, *The effective rank* (2007), definition 1;
Bell & Dean, *Atomic vibrations in vitreous silica* (1970) (participation ratio).
Claims: `jaxmath.claims.ranks`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.information import entropy


def stable_rank(singular: Float[Array, " rank"]) -> Float[Array, ""]:
    r"""$\lVert A \rVert_F^2 / \lVert A \rVert_2^2 = \sum_i \sigma_i^2 / \max_i \sigma_i^2$.

    Args:
      singular: $\sigma$, such as `jnp.linalg.svd(a, compute_uv=False)`.

    >>> print(stable_rank(jnp.array([2.0, 2.0, 0.0])))
    2.0
    """
    return (singular**2).sum() / (singular**2).max()


def participation_ratio(singular: Float[Array, " rank"]) -> Float[Array, ""]:
    r"""$(\sum_i \sigma_i^2)^2 / \sum_i \sigma_i^4$: of the eigenvalues of a covariance.

    >>> print(participation_ratio(jnp.array([2.0, 2.0, 0.0])))
    2.0
    """
    return (singular**2).sum() ** 2 / (singular**4).sum()


def effective_rank(singular: Float[Array, " rank"]) -> Float[Array, ""]:
    r"""$\exp H(p)$ with $p_i = \sigma_i / \sum_j \sigma_j$.

    >>> print(effective_rank(jnp.array([2.0, 2.0, 0.0])).round(6))
    2.0
    """
    return jnp.exp(entropy(singular / singular.sum()))
