r"""Low-rank adaptation: a frozen matrix of weights plus a product of two thin ones.

Source: Hu et al., *LoRA* (2021), arXiv:2106.09685, eq. (3);
Kalajdzievski, *A rank stabilization scaling factor* (2023), arXiv:2312.03732 (rsLoRA);
Liu et al., *DoRA: weight-decomposed low-rank adaptation* (2024), arXiv:2402.09353, eq. (5).
Claims: `jaxmath.claims.lora`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Weights = Float[Array, "d f"]
Down = Float[Array, "d rank"]
Up = Float[Array, "rank f"]


def lora_scale(alpha: Scalar, rank: int) -> Scalar:
    r"""The factor $s = \alpha / r$ of a low-rank update of rank $r$.

    >>> print(lora_scale(16.0, 8))
    2.0
    """
    return alpha / rank


def rslora_scale(alpha: Scalar, rank: int) -> Array:
    r"""The rank-stabilised factor $s = \alpha / \sqrt r$.

    >>> print(rslora_scale(16.0, 4))
    8.0
    """
    return alpha / jnp.sqrt(rank)


@checked
def lora(x: Float[Array, "n d"], w: Weights, a: Down, b: Up, scale: Scalar) -> Float[Array, "n f"]:
    r"""A linear map with a low-rank update beside it, $x W + s\,(x A) B$.

    Departs from the source: vectors are rows, so $A$ comes first.

    Args:
      x: inputs, one per row.
      w: $W$, frozen.
      a: $A$, which goes down to the rank.
      b: $B$, which comes up again; zero before training.
      scale: $s$, see `lora_scale` and `rslora_scale`.

    >>> one = jnp.ones((1, 1))
    >>> print(lora(one, one, one, 3 * one, 0.5))
    [[2.5]]
    """
    return x @ w + scale * (x @ a) @ b


@checked
def merge_lora(w: Weights, a: Down, b: Up, scale: Scalar) -> Weights:
    r"""The weights of one linear map that does the same, $W + s A B$; a negative scale unmerges.

    >>> one = jnp.ones((1, 1))
    >>> print(merge_lora(one, one, 3 * one, 0.5))
    [[2.5]]
    """
    return w + scale * a @ b


@checked
def dora_weights(w: Weights, a: Down, b: Up, scale: Scalar, magnitude: Float[Array, " f"]) -> Weights:
    r"""Directions from a low-rank update, lengths learnt apart.

    $$ W'_{\cdot j} = m_j \frac{V_{\cdot j}}{\lVert V_{\cdot j} \rVert}, \qquad V = W + s A B $$

    Departs from the source: a column holds the weights of one output, as in its published code.

    Args:
      w: $W$, frozen.
      a: $A$.
      b: $B$, zero before training.
      scale: $s$.
      magnitude: $m$, the lengths of the columns; those of $W$ before training, see `column_norms`.

    >>> w = jnp.array([[3.0], [4.0]])
    >>> print(dora_weights(w, jnp.zeros((2, 1)), jnp.zeros((1, 1)), 1.0, jnp.array([10.0])))
    [[6.]
     [8.]]
    """
    v = merge_lora(w, a, b, scale)
    return magnitude[None, :] * v / column_norms(v)[None, :]


def column_norms(w: Weights) -> Float[Array, " f"]:
    r"""The Euclidean length of each column, $\lVert W_{\cdot j} \rVert$.

    >>> print(column_norms(jnp.array([[3.0], [4.0]])))
    [5.]
    """
    return jnp.sqrt((w**2).sum(0))
