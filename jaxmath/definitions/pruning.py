r"""Pruning: which weights may stay.

Source: Han et al., *Learning both weights and connections* (2015), arXiv:1506.02626 (magnitude);
Sun et al., *A simple and effective pruning approach* (2023), arXiv:2306.11695, eq. (1) (Wanda);
Mishra et al., *Accelerating sparse deep neural networks* (2021), arXiv:2104.08378, section 3 (n:m).
Claims: `jaxmath.claims.pruning`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.notation import checked


@checked
def keep_largest(scores: Float[Array, " n"], keep: int) -> Bool[Array, " n"]:
    r"""Marks the $k$ greatest scores; of equal ones the first. Magnitude pruning has scores $|w|$.

    Args:
      scores: what each weight is worth.
      keep: $k$.

    >>> print(keep_largest(jnp.abs(jnp.array([-3.0, 1.0, 2.0])), 2))
    [ True False  True]
    """
    _, places = jax.lax.top_k(scores, keep)
    return jnp.zeros(scores.shape, bool).at[places].set(True)


@checked
def keep_n_of_m(scores: Float[Array, " n"], keep: int, of: int) -> Bool[Array, " n"]:
    r"""Marks the $n$ greatest scores of every $m$ in a row, such as two of four.

    Args:
      scores: what each weight is worth; their number is a multiple of $m$.
      keep: $n$.
      of: $m$.

    Raises:
      ValueError: if the scores cannot be cut into pieces of $m$.

    >>> print(keep_n_of_m(jnp.array([5.0, 1.0, 0.0, 0.5]), 1, 2))
    [ True False False  True]
    """
    if scores.shape[0] % of:
        raise ValueError(
            f"keep_n_of_m: the number of scores must be a multiple of of={of}, but it is {scores.shape[0]}.\n"
            "  Prune along the axis that the product sums over, or pad it."
        )
    return jax.vmap(lambda s: keep_largest(s, keep))(scores.reshape(-1, of)).reshape(-1)


@checked
def wanda_scores(w: Float[Array, "d f"], x: Float[Array, "n d"]) -> Float[Array, "d f"]:
    r"""The size of a weight times that of what it meets, $|w_{jk}| \cdot \lVert x_{\cdot j} \rVert_2$.

    Weights are compared within an output, that is within a column.

    Args:
      w: weights, used as $x W$.
      x: inputs for calibration, one per row.

    >>> print(wanda_scores(jnp.array([[1.0], [2.0]]), jnp.array([[3.0, 1.0], [4.0, 0.0]])))
    [[5.]
     [2.]]
    """
    return jnp.abs(w) * jnp.sqrt((x**2).sum(0))[:, None]
