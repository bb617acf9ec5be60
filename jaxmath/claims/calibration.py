"""What is true of calibration."""

import itertools
from fractions import Fraction
from math import comb

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import calibration, softmax
from jaxmath.verify.claim import derivative, distribution, identity

GUO = "Guo et al. 2017, arXiv:1706.04599, section 4.2"
MOIVRE = "de Moivre 1730; Diaconis & Zabell 1991, Closed form summation for classical distributions"
ERROR = calibration.expected_calibration_error
LABELS = np.array([1, 0, 2])
CONFIDENCES = [np.array(c) / 8 for c in itertools.product((2, 5, 7), repeat=3)]
OUTCOMES = [np.array(c) for c in itertools.product((False, True), repeat=3)]
Scalar = Float[Array, ""]


@distribution(source=MOIVRE, given=dict(error=ERROR))
def the_calibration_error_of_a_calibrated_model_is_a_mean_deviation(error: Process):
    r"""$\mathbb E[\mathrm{ECE}] = 2 \frac\nu n \binom n\nu p^\nu (1 - p)^{n - \nu + 1}$ for one confidence.

    $\nu = \lfloor np \rfloor + 1$ for $n$ forecasts of $p$ that are right; 0.1875 at $n = 4$, $p = 1/2$.
    """
    cases = [(n, p) for n in (1, 4) for p in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))]
    return [_expected(error, n, p) for n, p in cases], [_moivre(n, p) for n, p in cases]


@the_calibration_error_of_a_calibrated_model_is_a_mean_deviation.mutant
def the_calibration_error_of_a_calibrated_model_is_zero(error):
    return [_expected(error, n, Fraction(1, 4)) for n in (1, 4)], [Fraction(0)] * 2


@distribution(source="Naeini, Cooper & Hauskrecht 2015", given=dict(error=ERROR))
def the_calibration_error_weighs_bins_by_their_cases(error: Process):
    r"""Over all outcomes of three forecasts in four bins $(m / 4, (m + 1) / 4]$."""
    cases = list(itertools.product(CONFIDENCES, OUTCOMES))
    found = [round(24 * float(error(jnp.asarray(c), jnp.asarray(o), 4))) for c, o in cases]
    return found, [sum(map(abs, _surplus(c, o))) for c, o in cases]


@the_calibration_error_weighs_bins_by_their_cases.mutant
def the_calibration_error_forgets_the_sign_within_a_bin(error):
    """Means of absolute deviations, where deviations within a bin should cancel first."""
    cases = list(itertools.product(CONFIDENCES, OUTCOMES))
    found = [round(24 * float(error(jnp.asarray(c), jnp.asarray(o), 4))) for c, o in cases]
    return found, [round(8 * np.abs(o - c).sum()) for c, o in cases]


@distribution(
    source="Naeini, Cooper & Hauskrecht 2015",
    given=dict(error=ERROR, largest=calibration.maximum_calibration_error),
)
def the_mean_calibration_error_is_below_the_greatest(error: Process, largest: Process):
    r"""$|\overline{o - c}| \le \mathrm{ECE} \le \mathrm{MCE} \le 1$."""
    cases = [(jnp.asarray(c), jnp.asarray(o)) for c, o in itertools.product(CONFIDENCES[::3], OUTCOMES)]
    mean = [round(24 * float(jnp.abs((o.astype(c.dtype) - c).mean()))) for c, o in cases]
    found = [(round(24 * float(error(c, o, 4))), round(24 * float(largest(c, o, 4)))) for c, o in cases]
    ordered = [m <= e <= top <= 24 for m, (e, top) in zip(mean, found, strict=True)]
    return ordered, [True for _ in cases]


@the_mean_calibration_error_is_below_the_greatest.mutant
def the_mean_calibration_error_is_the_greatest(error, largest):
    cases = [(jnp.asarray(c), jnp.asarray(o)) for c, o in itertools.product(CONFIDENCES[::3], OUTCOMES)]
    return [float(error(c, o, 4)) for c, o in cases], [float(largest(c, o, 4)) for c, o in cases]


@derivative(source=GUO, at=dict(b=3, v=3), given=dict(labels=LABELS))
def the_loss_is_stationary_where_scores_are_as_expected(
    beta: Scalar, logits: Float[Array, "b v"], labels: Int[Array, " b"]
):
    r"""$dL / d\beta$ is the mean of $\mathbb E_p[x] - x_y$, $p = \mathrm{softmax}(\beta x)$."""

    def vjp(beta, logits, labels, dl):
        surplus = softmax(beta * logits) - jax.nn.one_hot(labels, 3)
        return dl * (surplus * logits).sum(1).mean(), dl * beta * surplus / 3

    return lambda beta, logits, labels: calibration.scaled_loss(logits, labels, beta), vjp


@the_loss_is_stationary_where_scores_are_as_expected.mutant
def the_loss_is_stationary_where_probabilities_are_as_expected(beta, logits, labels):
    def vjp(beta, logits, labels, dl):
        surplus = softmax(beta * logits) - jax.nn.one_hot(labels, 3)
        return dl * surplus.sum(1).mean(), dl * beta * surplus / 3

    return lambda beta, logits, labels: calibration.scaled_loss(logits, labels, beta), vjp


@identity(source=GUO, at=dict(b=2, v=3), given=dict(labels=LABELS[:2]))
def the_loss_is_convex_in_the_inverse_temperature(
    beta: Scalar, logits: Float[Array, "b v"], labels: Int[Array, " b"]
):
    r"""$d^2 L / d\beta^2$ is the mean variance of the scores, so there is one best temperature."""
    p = jax.vmap(softmax)(beta * logits)
    mean = (p * logits).sum(1, keepdims=True)
    curvature = jax.grad(jax.grad(lambda b: calibration.scaled_loss(logits, labels, b)))(beta)
    return curvature, (p * (logits - mean) ** 2).sum(1).mean()


@the_loss_is_convex_in_the_inverse_temperature.mutant
def the_loss_is_as_convex_in_the_temperature(beta, logits, labels):
    p = jax.vmap(softmax)(logits / beta)
    mean = (p * logits).sum(1, keepdims=True)
    curvature = jax.grad(jax.grad(lambda t: calibration.scaled_loss(logits, labels, 1 / t)))(beta)
    return curvature, (p * (logits - mean) ** 2).sum(1).mean()


@distribution(source=GUO, given=dict(fit=calibration.fitted_temperature), roundings=200)
def the_fitted_temperature_is_the_best(fit: Process):
    r"""Odds of 1 to 4 that are right in two of three cases are odds of 1 to 2: $T = \log 4 / \log 2$."""
    logits = jnp.log(jnp.asarray(np.array([[1.0, 4.0]] * 3)))
    twice = fit(2 * logits, jnp.array([1, 1, 0]))
    return [float(fit(logits, jnp.array([1, 1, 0]))), float(twice)], [2.0, 4.0]


@the_fitted_temperature_is_the_best.mutant
def the_fitted_temperature_is_its_inverse(fit):
    logits = jnp.log(jnp.asarray(np.array([[1.0, 4.0]] * 3)))
    return [float(fit(logits, jnp.array([1, 1, 0])))], [0.5]


def _expected(error: Process, n: int, p: Fraction) -> Fraction:
    """The mean error over all outcomes of n forecasts of p, each right with probability p."""
    total = Fraction(0)
    for k in range(n + 1):
        found = float(error(jnp.full(n, float(p)), jnp.arange(n) < k, 4))
        total += comb(n, k) * p**k * (1 - p) ** (n - k) * Fraction(round(4 * n * found), 4 * n)
    return total


def _moivre(n: int, p: Fraction) -> Fraction:
    v = int(n * p) + 1
    return 2 * v * comb(n, v) * p**v * (1 - p) ** (n - v + 1) / n


def _surplus(confidence: np.ndarray, outcome: np.ndarray) -> list[int]:
    """Eighths by bin; 2, 5 and 7 eighths lie in bins 0, 2 and 3."""
    eighths = np.round(8 * (outcome - confidence)).astype(int)
    return [int(eighths[confidence == c / 8].sum()) for c in (2, 5, 7)]
