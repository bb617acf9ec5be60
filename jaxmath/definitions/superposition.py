r"""Superposition: more features than dimensions, and how far they stand in each other's way.

Source: Elhage et al., *Toy models of superposition* (2022), arXiv:2209.10652;
Welch, *Lower bounds on the maximum cross correlation of signals* (1974), eq. (4) at $k = 1$.
Claims: `jaxmath.claims.superposition`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.activations import relu
from jaxmath.notation import checked

Directions = Float[Array, "features d"]


@checked
def toy_model(
    x: Float[Array, " features"], w: Float[Array, "features d"], bias: Float[Array, " features"]
) -> Float[Array, " features"]:
    r"""Features squeezed through fewer dimensions and read again, $\mathrm{ReLU}(x W W^\top + b)$.

    Args:
      x: how strong each feature is.
      w: a direction for each.
      bias: $b$.

    >>> print(toy_model(jnp.array([1.0, 0.0]), jnp.array([[1.0], [-1.0]]), jnp.zeros(2)))
    [1. 0.]
    """
    return relu(x @ w @ w.T + bias)


def cosines(w: Float[Array, "features d"]) -> Float[Array, "features features"]:
    r"""$\langle w_i, w_j \rangle / \lVert w_i \rVert \lVert w_j \rVert$.

    >>> print(cosines(jnp.array([[2.0, 0.0], [0.0, 3.0]])))
    [[1. 0.]
     [0. 1.]]
    """
    unit = w / jnp.sqrt((w**2).sum(1, keepdims=True))
    return unit @ unit.T


def coherence(w: Float[Array, "features d"]) -> Float[Array, ""]:
    r"""The largest $|\cos|$ between different directions.

    >>> print(coherence(jnp.array([[2.0, 0.0], [-1.0, 0.0], [0.0, 3.0]])))
    1.0
    """
    same = jnp.eye(w.shape[0], dtype=bool)
    return jnp.where(same, 0, jnp.abs(cosines(w))).max()


def welch_bound(features: int, d: int) -> float:
    r"""The least coherence of so many directions, $\sqrt{\frac{n - d}{d (n - 1)}}$, or 0 with room for all.

    >>> welch_bound(3, 2)
    0.5
    """
    return (max(features - d, 0) / (d * max(features - 1, 1))) ** 0.5


def feature_dimensionality(w: Float[Array, "features d"]) -> Float[Array, " features"]:
    r"""The share of a dimension that each feature has.

    $$ D_i = \frac{\lVert w_i \rVert^2}{\sum_j \langle \hat w_i, w_j \rangle^2} $$

    >>> print(feature_dimensionality(jnp.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 3.0]])))
    [0.5 0.5 1. ]
    """
    squares = (w**2).sum(1)
    return squares**2 / ((w @ w.T) ** 2).sum(1)
