"""Merging: TIES."""

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32

from jaxmath.definitions import task_arithmetic, ties_merge
from jaxmath.verify.claim import distribution

YADAV = "Yadav et al. 2023, TIES-merging, arXiv:2306.01708, section 3"
# All triples of differences of three models in one weight.
TRIPLES = np.array(list(itertools.product((-2, -1, 0, 1, 3), repeat=3)), np.float32).T
Model = Float[Array, " n"]
Scalar = Float[Array, ""]
Triples = Float32[Array, "3 125"]


@distribution(source=YADAV, given=dict(tasks=TRIPLES))
def ties_is_the_mean_of_those_who_agree_with_the_majority(tasks: Triples):
    r"""The sign with the greater mass wins, and its mean stays.

    For all $5^3$ triples of differences of three models in one weight.
    """
    merged = ties_merge(jnp.zeros(125, tasks.dtype), jnp.asarray(tasks), 125, 1.0)
    return _sixths(merged), _sixths(_elected(np.asarray(tasks)))


@ties_is_the_mean_of_those_who_agree_with_the_majority.mutant
def ties_is_the_mean_of_all(tasks):
    merged = ties_merge(jnp.zeros(125, tasks.dtype), jnp.asarray(tasks), 125, 1.0)
    return _sixths(merged), _sixths(np.asarray(tasks).mean(0))


@distribution(source=f"{YADAV}; trimming", given=dict(tasks=TRIPLES))
def ties_of_one_model_keeps_its_largest_differences(tasks: Triples):
    r"""One model, trimmed to its 25 largest differences, keeps these and the base elsewhere."""
    merged = ties_merge(jnp.full(125, 5, tasks.dtype), jnp.asarray(tasks[:1] + 5), 25, 1.0)
    kept = np.where(np.abs(tasks[0]) == 3, tasks[0], 0)
    return np.asarray(merged).astype(int), np.asarray(5 + kept).astype(int)


@ties_of_one_model_keeps_its_largest_differences.mutant
def ties_of_one_model_keeps_its_largest_weights(tasks):
    merged = ties_merge(jnp.full(125, 5, tasks.dtype), jnp.asarray(tasks[:1] + 5), 25, 1.0)
    kept = np.where(np.abs(tasks[0] + 5) >= 7, tasks[0] + 5, 5)
    return np.asarray(merged).astype(int), np.asarray(kept + 1).astype(int)


@distribution(source=f"{YADAV}: sign conflicts are the only difference", given=dict(tasks=TRIPLES))
def models_without_conflicts_are_merged_by_task_arithmetic(tasks: Triples):
    r"""Models that all moved up, untrimmed: TIES with $\lambda = 1$ is task arithmetic with $\tfrac13$."""
    return _both(jnp.abs(tasks) + 1)


@models_without_conflicts_are_merged_by_task_arithmetic.mutant
def models_with_conflicts_are_merged_by_task_arithmetic(tasks):
    return _both(jnp.asarray(tasks))


def _both(tasks: Array) -> tuple[np.ndarray, np.ndarray]:
    """TIES and task arithmetic, without trimming, from a base of zeros."""
    base = jnp.zeros(125, tasks.dtype)
    mean = task_arithmetic(base, tasks, 1 / jnp.asarray(3, tasks.dtype))
    return _sixths(ties_merge(base, tasks, 125, 1.0)), _sixths(mean)


def _elected(tasks: np.ndarray) -> np.ndarray:
    """By hand: the mean of the positive or of the negative differences, whichever weigh more."""
    out = []
    for column in tasks.T:
        up, down = column[column > 0], column[column < 0]
        winner = up if up.sum() > -down.sum() else down if up.sum() < -down.sum() else np.zeros(1)
        out.append(winner.mean())
    return np.array(out)


def _sixths(x: Any) -> np.ndarray:
    """Means of three small integers at most, as multiples of a sixth."""
    return np.rint(np.asarray(x, np.float64) * 6).astype(int)
