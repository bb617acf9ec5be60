r"""Scores by group: calibration, balance, distances, and decisions made fair by chance.

Source: Kleinberg, Mullainathan & Raghavan, *Inherent trade-offs in the fair determination of risk scores*
(2016), arXiv:1609.05807; Hardt, Price & Srebro (2016), arXiv:1610.02413, section 4.
Claims: `jaxmath.claims.fairness`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.fairness.rates import Confusion
from jaxmath.notation import checked


@checked
def calibration(
    scores: Float[Array, " b"], labels: Float[Array, " b"], cell: Int[Array, " b"], cells: int
) -> tuple[Float[Array, " _"], Float[Array, " _"]]:
    r"""Mean score and mean label in each cell, a bin of scores within a group; NaN where it is empty.

    A score is calibrated within groups if both are equal in every cell.

    >>> mean, share = calibration(jnp.array([0.25, 0.75]), jnp.array([0.0, 1.0]), jnp.array([0, 0]), 1)
    >>> print(mean, share)
    [0.5] [0.5]
    """
    member = jax.nn.one_hot(cell, cells, dtype=scores.dtype)
    size = member.sum(0)
    some = jnp.where(size == 0, jnp.nan, size)
    return scores @ member / some, labels @ member / some


@checked
def class_means(
    scores: Float[Array, " b"], labels: Float[Array, " b"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    r"""The mean score of the positives and of the negatives; balance asks both to be equal across groups.

    >>> print(class_means(jnp.array([0.25, 0.75, 0.5]), jnp.array([0.0, 1.0, 0.0])))
    (Array(0.75, dtype=float32), Array(0.375, dtype=float32))
    """
    return (labels * scores).sum() / labels.sum(), ((1 - labels) * scores).sum() / (1 - labels).sum()


@checked
def wasserstein(a: Float[Array, " b"], b: Float[Array, " b"]) -> Float[Array, ""]:
    r"""How far one group's scores have to be moved to be the other's, $\frac1b \sum |a_{(i)} - b_{(i)}|$.

    >>> print(wasserstein(jnp.array([1.0, 0.0]), jnp.array([0.5, 1.0])))
    0.25
    """
    return jnp.abs(jnp.sort(a) - jnp.sort(b)).mean()


def randomized(c: Confusion, keep: Scalar, add: Scalar) -> Confusion:
    r"""Expected counts where a selection is kept with one probability, and another made instead of none.

    >>> print([float(x) for x in randomized(Confusion(*jnp.array([4.0, 2.0, 2.0, 2.0])), 0.5, 1.0)])
    [4.0, 3.0, 2.0, 1.0]
    """
    tp, fp = keep * c.tp + add * c.fn, keep * c.fp + add * c.tn
    return Confusion(tp, fp, c.tp + c.fn - tp, c.fp + c.tn - fp)
