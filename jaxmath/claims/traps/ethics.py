"""Traps: ethics."""

from fractions import Fraction
from math import comb

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.verify.claim import bound, distribution, identity, trap

BINS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))  # forecasts that are exactly calibrated


def _outcomes(p: Fraction, n: int) -> list[tuple[int, Fraction]]:
    """How many of n events of probability p happen, and with which probability."""
    return [(k, comb(n, k) * p**k * (1 - p) ** (n - k)) for k in range(n + 1)]


@trap()
@distribution(source="Guo et al. 2017, arXiv:1706.04599, eq. (3), read as an estimate for small samples")
def calibrated_forecasts_have_no_calibration_error():
    """In the mean over samples the ECE of perfectly calibrated forecasts is 0: three bins of ten events."""
    error = [sum((q * abs(Fraction(k, 10) - p) for k, q in _outcomes(p, 10)), Fraction(0)) for p in BINS]
    return {"mean ECE": sum(error, Fraction(0)) / 3}, {"mean ECE": Fraction(0)}


@calibrated_forecasts_have_no_calibration_error.truth
@distribution(source="linearity of expectation; variance of a binomial law")
def calibrated_forecasts_have_signed_and_debiased_errors_of_zero():
    """The mean signed gap is 0, and so is the mean of the squared gap less its variance."""
    found = {}
    for p in BINS:
        gaps = [(Fraction(k, 10) - p, q) for k, q in _outcomes(p, 10)]
        found[f"gap at {p}"] = sum((q * gap for gap, q in gaps), Fraction(0))
        found[f"debiased square at {p}"] = sum(
            (q * (gap**2 - p * (1 - p) / 10) for gap, q in gaps), Fraction(0)
        )
    return found, dict.fromkeys(found, Fraction(0))


def _effect_size(x: Array, y: Array) -> Array:
    """The difference of means over the standard deviation of all associations (that of the population)."""
    both = jnp.concatenate([x, y])
    return (x.mean() - y.mean()) / jnp.sqrt(((both - both.mean()) ** 2).mean())


@trap()
@bound(
    source="effect sizes of Caliskan, Bryson & Narayanan 2017, arXiv:1608.07187, said to range from -2 to 2",
    box=dict(x=(0.5, 1), y=(-1, -0.5)),
    sharp=None,
)
def weat_is_at_most_two(x: Float[Array, "1"], y: Float[Array, "4"]):
    r"""The effect size of WEAT is at most 2, whatever the sizes of the two sets of words: here 1 and 4."""
    size = _effect_size(x, y)
    return size, jnp.full_like(size, 2)


@weat_is_at_most_two.truth
@identity(source="a variance is that of the means plus the mean of those within", at=dict(n=2))
def weat_of_equal_sets_is_two_less_what_varies_within_them(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""For sets of equal size $d^2 = 4\, (1 - W / V)$: at most 4, and 4 only if nothing varies within them.

    $V$ is the variance of all associations and $W$ that within the sets.
    """
    within = (((x - x.mean()) ** 2).mean() + ((y - y.mean()) ** 2).mean()) / 2
    both = jnp.concatenate([x, y])
    return _effect_size(x, y) ** 2, 4 * (1 - within / ((both - both.mean()) ** 2).mean())


@trap()
@bound(
    source="average odds difference, read as a distance from equalised odds (AIF360)",
    box=dict(gaps=(-1, 0.5)),
    sharp=None,
)
def no_average_odds_difference_means_equalised_odds(gaps: Float[Array, "2"]):
    r"""Both gaps are small if their sum is: no average odds difference means equalised odds.

    $\lvert \Delta \rvert \le \lvert \Delta\mathrm{TPR} + \Delta\mathrm{FPR} \rvert$ for each gap $\Delta$.
    """
    return jnp.abs(gaps), jnp.abs(gaps.sum())


@no_average_odds_difference_means_equalised_odds.truth
@bound(
    source="Hardt, Price & Srebro 2016, arXiv:1610.02413, definition 2.1: both gaps are zero",
    box=dict(gaps=(-1, 0.5)),
    slack=0.02,
    sharp=dict(gaps=[0.5, 0.0]),
)
def no_average_absolute_odds_difference_means_equalised_odds(gaps: Float[Array, "2"]):
    r"""Neither gap exceeds $\lvert \Delta\mathrm{TPR} \rvert + \lvert \Delta\mathrm{FPR} \rvert$."""
    return jnp.abs(gaps), jnp.abs(gaps).sum()
