"""Fairness: rates hang together, so that not all of them can be equal."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import fairness
from jaxmath.verify.claim import bound, identity

CHOULDECHOVA = "Chouldechova 2017, arXiv:1703.00056, eq. (2.6)"
KLEINBERG = "Kleinberg, Mullainathan & Raghavan 2016, arXiv:1609.05807, section 2"
HARDT = "Hardt, Price & Srebro 2016, arXiv:1610.02413, section 4"
Counts = Float[Array, "4"]
Scalar = Float[Array, ""]


@identity(source=CHOULDECHOVA)
def base_rate_and_predictive_value_tie_both_kinds_of_error(counts: Counts):
    r"""$\mathrm{FPR} = \frac\pi{1 - \pi} \frac{1 - \mathrm{PPV}}{\mathrm{PPV}} \mathrm{TPR}$."""
    c = fairness.Confusion(*counts)
    value, base = fairness.positive_predictive_value(c), fairness.base_rate(c)
    odds = base / (1 - base) * (1 - value) / value
    return fairness.false_positive_rate(c), odds * fairness.true_positive_rate(c)


@base_rate_and_predictive_value_tie_both_kinds_of_error.mutant
def base_rate_and_predictive_value_tie_errors_to_misses(counts):
    c = fairness.Confusion(*counts)
    value, base = fairness.positive_predictive_value(c), fairness.base_rate(c)
    odds = base / (1 - base) * (1 - value) / value
    return fairness.false_positive_rate(c), odds * (1 - fairness.true_positive_rate(c))


@identity(source=f"{CHOULDECHOVA}, solved for the base rate")
def equal_errors_and_equal_predictive_values_need_equal_base_rates(counts: Counts):
    r"""$\frac\pi{1 - \pi} = \frac{\mathrm{FPR}}{\mathrm{TPR}} \frac{\mathrm{PPV}}{1 - \mathrm{PPV}}$.

    So groups that have all three rates in common, decisions being imperfect, have one base rate.
    """
    c = fairness.Confusion(*counts)
    value = fairness.positive_predictive_value(c)
    odds = fairness.false_positive_rate(c) / fairness.true_positive_rate(c) * value / (1 - value)
    return fairness.base_rate(c), odds / (1 + odds)


@equal_errors_and_equal_predictive_values_need_equal_base_rates.mutant
def equal_errors_alone_need_equal_base_rates(counts):
    c = fairness.Confusion(*counts)
    odds = fairness.false_positive_rate(c) / fairness.true_positive_rate(c)
    return fairness.base_rate(c), odds / (1 + odds)


@identity(source="law of total probability")
def selection_is_made_of_right_and_wrong_decisions(counts: Counts):
    r"""$\Pr[\hat y = 1] = \mathrm{TPR}\, \pi + \mathrm{FPR} (1 - \pi)$."""
    c = fairness.Confusion(*counts)
    base = fairness.base_rate(c)
    right = fairness.true_positive_rate(c) * base + fairness.false_positive_rate(c) * (1 - base)
    return fairness.selection_rate(c), right


@selection_is_made_of_right_and_wrong_decisions.mutant
def selection_is_the_mean_of_right_and_wrong_decisions(counts):
    c = fairness.Confusion(*counts)
    right = (fairness.true_positive_rate(c) + fairness.false_positive_rate(c)) / 2
    return fairness.selection_rate(c), right


@identity(source=f"{KLEINBERG}; law of total probability")
def equalised_odds_leave_a_gap_in_selection(counts: Counts, scale: Float[Array, "2"]):
    r"""With both rates in common selection differs by $(\mathrm{TPR} - \mathrm{FPR})(\pi_0 - \pi_1)$."""
    one = fairness.Confusion(*counts)
    # Another group of the same rates: its positives and its negatives are scaled each by a factor.
    other = fairness.Confusion(*(counts * jnp.stack([scale[0], scale[1], scale[0], scale[1]])))
    spread = fairness.true_positive_rate(one) - fairness.false_positive_rate(one)
    gap = spread * (fairness.base_rate(one) - fairness.base_rate(other))
    return fairness.selection_rate(one) - fairness.selection_rate(other), gap


@equalised_odds_leave_a_gap_in_selection.mutant
def equalised_odds_give_equal_selection(counts, scale):
    one = fairness.Confusion(*counts)
    other = fairness.Confusion(*(counts * jnp.stack([scale[0], scale[1], scale[0], scale[1]])))
    return fairness.selection_rate(one) - fairness.selection_rate(other), jnp.zeros(())


@identity(source=HARDT)
def randomised_decisions_have_mixed_rates(counts: Counts, keep: Scalar, add: Scalar):
    r"""Both rates $r$ become $a + (k - a)\, r$: the quadrilateral of (0, 0), $r$, (1, 1) and $1 - r$."""
    c = fairness.Confusion(*counts)
    derived = fairness.randomized(c, keep, add)
    rates = fairness.true_positive_rate, fairness.false_positive_rate
    return [r(derived) for r in rates], [add + (keep - add) * r(c) for r in rates]


@randomised_decisions_have_mixed_rates.mutant
def randomised_decisions_add_rates(counts, keep, add):
    c = fairness.Confusion(*counts)
    derived = fairness.randomized(c, keep, add)
    rates = fairness.true_positive_rate, fairness.false_positive_rate
    return [r(derived) for r in rates], [add + keep * r(c) for r in rates]


@identity(source="definition: both gaps are means of the same two differences")
def opposite_errors_cancel_in_the_average_odds_difference(r: Float[Array, "2"], s: Float[Array, "2"]):
    r"""It is the mean of the two differences: $\Delta$ in one rate and $-\Delta$ in the other give zero."""
    c = fairness.Confusion(r, s, 1 - r, 1 - s)
    return 2 * fairness.average_odds_difference(c), (r[0] - r[1]) + (s[0] - s[1])


@opposite_errors_cancel_in_the_average_odds_difference.mutant
def errors_of_any_sign_count_in_the_average_odds_difference(r, s):
    c = fairness.Confusion(r, s, 1 - r, 1 - s)
    return 2 * fairness.average_odds_difference(c), jnp.abs(r[0] - r[1]) + jnp.abs(s[0] - s[1])


@bound(source="triangle inequality", box=dict(r=(0.2, 0.9), s=(0, 0.9)), sharp=dict(r=0.5, s=0.5), slack=0.01)
def the_average_odds_difference_is_at_most_the_gap_in_odds(r: Scalar, s: Scalar):
    r"""$|\mathrm{AOD}| \le \max(|\Delta \mathrm{TPR}|, |\Delta \mathrm{FPR}|)$, here against 0.1."""
    aod, gap = _against_a_tenth(r, s)
    return jnp.abs(aod), gap


@the_average_odds_difference_is_at_most_the_gap_in_odds.mutant
def the_gap_in_odds_is_at_most_the_average_odds_difference(r, s):
    """A difference of zero would then mean equalised odds."""
    aod, gap = _against_a_tenth(r, s)
    return gap, jnp.abs(aod)


def _against_a_tenth(r: Array, s: Array) -> tuple[Array, Array]:
    """The average odds difference, and the gap in odds, between two groups."""
    tp, fp = jnp.stack([r, jnp.full((), 0.1, r.dtype)]), jnp.stack([s, jnp.full((), 0.1, r.dtype)])
    c = fairness.Confusion(tp, fp, 1 - tp, 1 - fp)
    return fairness.average_odds_difference(c), jnp.maximum(jnp.abs(r - 0.1), jnp.abs(s - 0.1))
