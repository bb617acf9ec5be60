"""Fairness: scores, calibration and balance."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import fairness
from jaxmath.verify.claim import distribution, identity

KLEINBERG = "Kleinberg, Mullainathan & Raghavan 2016, arXiv:1609.05807, section 2"
LABELS = np.array([1.0, 0.0, 1.0, 0.0])


@identity(source=f"{KLEINBERG}, eq. (1)", given=dict(labels=LABELS))
def mean_scores_of_the_classes_average_to_the_mean_score(
    scores: Float[Array, "4"], labels: Float[Array, "4"]
):
    r"""$\pi \bar s_+ + (1 - \pi) \bar s_- = \bar s$; for calibrated scores $\bar s = \pi$.

    So equal $\bar s_+$ and $\bar s_-$ in two groups with calibrated scores mean $\pi_0 = \pi_1$ or
    $\bar s_+ = 1 + \bar s_- $, that is, certainty.
    """
    positive, negative = fairness.class_means(scores, labels)
    return labels.mean() * positive + (1 - labels.mean()) * negative, scores.mean()


@mean_scores_of_the_classes_average_to_the_mean_score.mutant
def mean_scores_of_the_classes_average_with_equal_weights(scores, labels):
    """Weights of two for one class, as for a base rate of two thirds."""
    positive, negative = fairness.class_means(scores, labels)
    return (2 * positive + negative) / 3, scores.mean()


@identity(source=f"{KLEINBERG}, theorem 1.1", given=dict(few=np.eye(4)[0], many=LABELS))
def calibrated_and_balanced_scores_need_equal_base_rates(
    x: Float[Array, "3"], y: Float[Array, "3"], few: Float[Array, "4"], many: Float[Array, "4"]
):
    r"""$(1 - \pi_0)(1 - \pi_1)(\bar s^0_- - \bar s^1_-)$ in two calibrated groups is as follows.

    $\pi_0 (1 - \pi_1)(1 - \bar s^0_+) - \pi_1 (1 - \pi_0)(1 - \bar s^1_+)$. If both balance, it is
    $0 = (\pi_0 - \pi_1)(1 - \bar s_+)$: equal base rates, or scores of certainty.
    """
    (a, b, p), (c, d, q) = _calibrated(x, few), _calibrated(y, many)
    return (1 - p) * (1 - q) * (b - d), p * (1 - q) * (1 - a) - q * (1 - p) * (1 - c)


@calibrated_and_balanced_scores_need_equal_base_rates.mutant
def calibrated_scores_are_balanced_for_the_negatives(x, y, few, many):
    (_, b, _), (_, d, _) = _calibrated(x, few), _calibrated(y, many)
    return b, d


@distribution(source=f"{KLEINBERG}, condition (A)", given=dict(calibration=fairness.calibration))
def a_cell_is_calibrated_where_its_share_is_its_score(calibration: Process):
    r"""Four people at a score of 1/4 of whom one is positive; a cell of nobody has no share."""
    scores, labels = jnp.array([0.25, 0.25, 0.25, 0.25]), jnp.array([0.0, 1.0, 0.0, 0.0])
    mean, share = calibration(scores, labels, jnp.array([0, 0, 0, 0]), 2)
    empty = bool(jnp.isnan(mean[1]) & jnp.isnan(share[1]))
    return (float(mean[0]), float(share[0]), empty), (0.25, 0.25, True)


@a_cell_is_calibrated_where_its_share_is_its_score.mutant
def a_cell_is_calibrated_where_its_accuracy_is_its_score(calibration):
    """Accuracy of the decision at one half, not the share of positives."""
    scores, labels = jnp.array([0.25, 0.25, 0.25, 0.25]), jnp.array([0.0, 1.0, 0.0, 0.0])
    mean, share = calibration(scores, labels, jnp.array([0, 0, 0, 0]), 2)
    return (float(mean[0]), float(share[0])), (0.25, float(((scores > 0.5) == (labels > 0.5)).mean()))


@distribution(source="Kantorovich duality", given=dict(distance=fairness.wasserstein))
def mean_scores_differ_by_the_distance_at_most(distance: Process):
    r"""$|\bar a - \bar b| \le W_1(a, b)$, which is the least mean move over all ways to pair people."""
    pairs = [
        (np.array(a), np.array(b)) for a, b in itertools.product(((0, 3, 8), (1, 1, 2), (5, 0, 7)), repeat=2)
    ]
    found = [round(24 * float(distance(jnp.asarray(a / 8), jnp.asarray(b / 8)))) for a, b in pairs]
    least = [
        min(int(np.abs(a - b[list(p)]).sum()) for p in itertools.permutations(range(3))) for a, b in pairs
    ]
    return [(w, bool(abs(a.sum() - b.sum()) <= w)) for w, (a, b) in zip(found, pairs, strict=True)], [
        (w, True) for w in least
    ]


@mean_scores_differ_by_the_distance_at_most.mutant
def mean_scores_differ_by_the_distance(distance):
    pairs = [(np.array([0, 3, 8]) / 8, np.array([5, 0, 7]) / 8)]
    return [float(distance(jnp.asarray(a), jnp.asarray(b))) for a, b in pairs], [
        float(abs(a.mean() - b.mean())) for a, b in pairs
    ]


def _calibrated(three: Array, labels: Array) -> tuple[Array, Array, Array]:
    """Mean scores of the classes, and the base rate, where a fourth score makes the mean the base rate."""
    scores = jnp.append(three, labels.sum() - three.sum())
    return *fairness.class_means(scores, labels), labels.mean()
