r"""Scores of forecasts, lower for better ones, and what a mean score is made of.

Source: Gneiting & Raftery, *Strictly proper scoring rules, prediction, and estimation* (2007), section 4;
Murphy, *A new vector partition of the probability score* (1973); Stephenson, Coelho & Jolliffe, *Two extra
components in the Brier score decomposition* (2008).
Claims: `jaxmath.claims.scoring`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.notation import checked

Outcome = Int[Array, ""] | int


class Murphy(NamedTuple):
    """Parts of a mean Brier score: reliability - resolution + uncertainty + within.

    Attributes:
      reliability: how far the shares in the bins are from their mean forecasts.
      resolution: how far they are from the share of all.
      uncertainty: the variance of the outcome.
      within: what forecasts that differ within a bin add; zero if they do not.
    """

    reliability: Float[Array, ""]
    resolution: Float[Array, ""]
    uncertainty: Float[Array, ""]
    within: Float[Array, ""]


@checked
def brier(p: Float[Array, " v"], outcome: Outcome) -> Float[Array, ""]:
    r"""$\lVert p - e_y \rVert^2$, from 0 to 2.

    >>> print(brier(jnp.array([0.5, 0.5]), 0))
    0.5
    """
    return ((p - jax.nn.one_hot(outcome, p.shape[0], dtype=p.dtype)) ** 2).sum()


@checked
def log_score(p: Float[Array, " v"], outcome: Outcome) -> Float[Array, ""]:
    r"""$-\log p_y$.

    >>> print(log_score(jnp.array([0.5, 0.5]), 0) / jnp.log(2.0))
    1.0
    """
    return -jnp.log(p[outcome])


@checked
def spherical(p: Float[Array, " v"], outcome: Outcome) -> Float[Array, ""]:
    r"""$-p_y / \lVert p \rVert$.

    >>> print(spherical(jnp.array([0.0, 1.0]), 1))
    -1.0
    """
    return -p[outcome] / jnp.sqrt((p**2).sum())


@checked
def murphy(
    forecasts: Float[Array, " b"], outcomes: Float[Array, " b"], cell: Int[Array, " b"], cells: int
) -> Murphy:
    r"""The parts of $\frac1n \sum_i (f_i - o_i)^2$ for outcomes of 0 and 1.

    $$ \frac1n \sum_k n_k (\bar f_k - \bar o_k)^2 - \frac1n \sum_k n_k (\bar o_k - \bar o)^2
       + \bar o (1 - \bar o) + \frac1n \sum_i (f_i - \bar f_k)^2 - 2 (f_i - \bar f_k)(o_i - \bar o_k) $$

    Args:
      forecasts: $f$, probabilities of the outcome 1.
      outcomes: $o$.
      cell: the bin $k$ of each forecast.
      cells: how many bins there are.

    >>> f, o = jnp.array([0.5, 0.5]), jnp.array([0.0, 1.0])
    >>> print([float(part) for part in murphy(f, o, jnp.array([0, 0]), 1)])
    [0.0, 0.0, 0.25, 0.0]
    """
    member = jax.nn.one_hot(cell, cells, dtype=forecasts.dtype)
    size = jnp.maximum(member.sum(0), 1)
    f, o = member @ (forecasts @ member / size), member @ (outcomes @ member / size)
    mean = outcomes.mean()
    within = (forecasts - f) ** 2 - 2 * (forecasts - f) * (outcomes - o)
    return Murphy(((f - o) ** 2).mean(), ((o - mean) ** 2).mean(), mean * (1 - mean), within.mean())
