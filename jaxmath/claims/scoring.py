"""What is true of scores of forecasts."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import entropy, kl, scoring, softmax
from jaxmath.verify.claim import identity

GNEITING = "Gneiting & Raftery 2007, section 4"
STEPHENSON = "Stephenson, Coelho & Jolliffe 2008, eq. (6)"
OUTCOMES = np.array([1.0, 0.0, 0.0, 1.0, 0.0], np.float32)
CELL = np.array([0, 0, 1, 1, 1])
Logits = Float[Array, " v"]


@identity(source=GNEITING, at=dict(v=3))
def the_log_score_loses_the_divergence(x: Logits, y: Logits):
    r"""$\mathbb E_p[S(q)] - \mathbb E_p[S(p)] = \mathrm{KL}(p \Vert q)$; the least is the entropy."""
    p, q = softmax(x), softmax(y)
    least = _expected(scoring.log_score, p, p)
    return (_expected(scoring.log_score, q, p) - least, least), (kl(p, q), entropy(p))


@the_log_score_loses_the_divergence.mutant
def the_log_score_loses_the_reverse_divergence(x, y):
    p, q = softmax(x), softmax(y)
    least = _expected(scoring.log_score, p, p)
    return (_expected(scoring.log_score, q, p) - least, least), (kl(q, p), entropy(p))


@identity(source=GNEITING, at=dict(v=3))
def the_brier_score_loses_the_squared_distance(x: Logits, y: Logits):
    r"""$\mathbb E_p[S(q)] - \mathbb E_p[S(p)] = \lVert p - q \rVert^2$: only the truth is best."""
    p, q = softmax(x), softmax(y)
    return _expected(scoring.brier, q, p) - _expected(scoring.brier, p, p), ((p - q) ** 2).sum()


@the_brier_score_loses_the_squared_distance.mutant
def the_linear_score_loses_the_squared_distance(x, y):
    """Minus the probability of what happened: a forecast of certainty beats the truth."""
    p, q = softmax(x), softmax(y)
    return _expected(_linear, q, p) - _expected(_linear, p, p), ((p - q) ** 2).sum()


@identity(source=GNEITING, at=dict(v=3))
def the_spherical_score_loses_by_the_angle(x: Logits, y: Logits):
    r"""$\mathbb E_p[S(q)] - \mathbb E_p[S(p)] = \lVert p \rVert - p \cdot q / \lVert q \rVert$."""
    p, q = softmax(x), softmax(y)
    norms = jnp.sqrt((p**2).sum()), jnp.sqrt((q**2).sum())
    return _expected(scoring.spherical, q, p) - _expected(scoring.spherical, p, p), norms[0] - p @ q / norms[
        1
    ]


@the_spherical_score_loses_by_the_angle.mutant
def the_spherical_score_loses_by_the_distance(x, y):
    p, q = softmax(x), softmax(y)
    return _expected(scoring.spherical, q, p) - _expected(scoring.spherical, p, p), ((p - q) ** 2).sum()


@identity(source="Murphy 1973, eq. (1)", given=dict(outcomes=OUTCOMES, cell=CELL))
def equal_forecasts_split_into_three_parts(
    forecasts: Float[Array, "2"], outcomes: Float[Array, "5"], cell: Int[Array, "5"]
):
    r"""Brier = reliability - resolution + uncertainty where all forecasts of a bin are equal."""
    each = forecasts[cell]
    parts = scoring.murphy(each, outcomes, cell, 2)
    score = ((each - outcomes) ** 2).mean()
    return score, parts.reliability - parts.resolution + parts.uncertainty


@equal_forecasts_split_into_three_parts.mutant
def equal_forecasts_gain_by_uncertainty(forecasts, outcomes, cell):
    each = forecasts[cell]
    parts = scoring.murphy(each, outcomes, cell, 2)
    return ((each - outcomes) ** 2).mean(), parts.reliability + parts.resolution + parts.uncertainty


@identity(source=STEPHENSON, given=dict(outcomes=OUTCOMES, cell=CELL))
def binned_forecasts_split_into_four_parts(
    forecasts: Float[Array, "5"], outcomes: Float[Array, "5"], cell: Int[Array, "5"]
):
    r"""With forecasts that differ within a bin, their variance and covariance there come on top."""
    parts = scoring.murphy(forecasts, outcomes, cell, 2)
    score = ((forecasts - outcomes) ** 2).mean()
    return score, parts.reliability - parts.resolution + parts.uncertainty + parts.within


@binned_forecasts_split_into_four_parts.mutant
def binned_forecasts_split_into_three_parts(forecasts, outcomes, cell):
    parts = scoring.murphy(forecasts, outcomes, cell, 2)
    score = ((forecasts - outcomes) ** 2).mean()
    return score, parts.reliability - parts.resolution + parts.uncertainty


def _linear(p: Array, outcome: Array) -> Array:
    return -p[outcome]


def _expected(score: Callable[..., Array], forecast: Array, truth: Array) -> Array:
    return truth @ jax.vmap(lambda outcome: score(forecast, outcome))(jnp.arange(truth.shape[0]))
