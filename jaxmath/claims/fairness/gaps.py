"""Fairness: gaps where rates are not defined."""

import itertools

import jax.numpy as jnp
import numpy as np

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import fairness
from jaxmath.verify.claim import distribution

UNDEFINED = "fairlearn issue 1443: a group without positives is given a true positive rate of zero"
EIGHTHS = np.arange(9) / 8
RATES = [np.array(r) for r in itertools.product((0.25, 0.5, np.nan), repeat=3)]


@distribution(source=UNDEFINED, given=dict(gap=fairness.gap))
def the_worst_gap_is_the_greatest_over_all_rates_that_a_group_might_have(gap: Process):
    r"""Over every completion by rates in $[0, 1]$ of the rates that are over nobody."""
    left = [float(gap(jnp.asarray(r), "worst")) for r in RATES]
    return left, [max(map(_spread, _completions(r))) for r in RATES]


@the_worst_gap_is_the_greatest_over_all_rates_that_a_group_might_have.mutant
def a_rate_over_nobody_is_zero(gap):
    left = [float(gap(jnp.asarray(r), "worst")) for r in RATES]
    return left, [_spread(np.nan_to_num(r)) for r in RATES]


@distribution(source=UNDEFINED, given=dict(gap=fairness.gap))
def the_policies_differ_only_where_a_rate_is_not_defined(gap: Process):
    r"""With all groups defined there is one gap; else `nan` says so, and `skip` takes the others'."""
    known = [r for r in RATES if not np.isnan(r).any()]
    some = [r for r in RATES if 0 < np.isnan(r).sum() < 3]
    left = [[float(gap(jnp.asarray(r), p)) for p in ("nan", "skip", "worst")] for r in known]
    skipped = [
        (bool(jnp.isnan(gap(jnp.asarray(r), "nan"))), float(gap(jnp.asarray(r), "skip"))) for r in some
    ]
    right = [(True, _spread(r[~np.isnan(r)])) for r in some]
    return (left, skipped), ([[_spread(r)] * 3 for r in known], right)


@the_policies_differ_only_where_a_rate_is_not_defined.mutant
def a_skipped_group_counts_as_zero(gap):
    some = [r for r in RATES if 0 < np.isnan(r).sum() < 3]
    return [float(gap(jnp.asarray(r), "skip")) for r in some], [_spread(np.nan_to_num(r)) for r in some]


@distribution(source="definition", given=dict(confusion=fairness.confusion))
def every_person_is_counted_once(confusion: Process):
    r"""Four people in all combinations of decision, truth and group: counts by hand."""
    cases = [np.array(c) for c in itertools.product((False, True), repeat=4)]
    positive, group = np.array([True, False, True, False]), np.array([0, 0, 1, 1])
    found = [np.stack(confusion(*map(jnp.asarray, (c, positive, group)), 2)) for c in cases]
    right = [[c & positive, c & ~positive, ~c & positive, ~c & ~positive] for c in cases]
    return [x.astype(int) for x in found], [
        np.array([[cell[group == g].sum() for g in range(2)] for cell in cells]) for cells in right
    ]


@every_person_is_counted_once.mutant
def misses_are_counted_as_false_alarms(confusion):
    cases = [np.array(c) for c in itertools.product((False, True), repeat=4)]
    positive, group = np.array([True, False, True, False]), np.array([0, 0, 1, 1])
    found = [np.stack(confusion(*map(jnp.asarray, (c, positive, group)), 2)) for c in cases]
    return [x.astype(int)[2] for x in found], [
        np.array([(c & ~positive)[group == g].sum() for g in range(2)]) for c in cases
    ]


def _spread(rates: np.ndarray) -> float:
    return float(max(rates) - min(rates))


def _completions(rates: np.ndarray) -> list[np.ndarray]:
    choices = [EIGHTHS if np.isnan(r) else [r] for r in rates]
    return [np.array(c) for c in itertools.product(*choices)]
