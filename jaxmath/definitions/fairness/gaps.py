r"""Gaps between groups, with a policy for rates over nobody.

Source: Hardt, Price & Srebro (2016), arXiv:1610.02413 (equalised odds, equal opportunity);
Dwork et al., *Fairness through awareness* (2012), arXiv:1104.3913 (demographic parity);
Bellamy et al., *AI Fairness 360* (2018), arXiv:1810.01943 (average odds difference).
Claims: `jaxmath.claims.fairness`.
"""

from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.fairness.rates import (
    Confusion,
    false_positive_rate,
    positive_predictive_value,
    selection_rate,
    true_positive_rate,
)
from jaxmath.notation import checked

Policy = Literal["nan", "skip", "worst"]


@checked
def gap(rates: Float[Array, " groups"], undefined: Policy) -> Float[Array, ""]:
    r"""The greatest rate less the smallest, $\max_g r_g - \min_g r_g$.

    Args:
      rates: a rate in $[0, 1]$ for each group, not a number for a group in which it is not defined.
      undefined: what is then made of it. `"nan"`: the gap is not defined either. `"skip"`: the group does
        not count. `"worst"`: the greatest gap that any rates of these groups would give.

    Raises:
      ValueError: if `undefined` is none of these.

    >>> print([float(gap(jnp.array([0.25, 0.5, jnp.nan]), p)) for p in ("nan", "skip", "worst")])
    [nan, 0.25, 0.75]
    """
    unknown = jnp.isnan(rates)
    top = jnp.where(unknown, 0, rates).max()
    low = jnp.where(unknown, 1, rates).min()
    if undefined == "nan":
        return jnp.where(unknown.any(), jnp.nan, top - low)
    if undefined == "skip":
        return jnp.where(unknown.all(), jnp.nan, top - low)
    if undefined == "worst":
        one = jnp.where(unknown.shape[0] == 1, 0.0, jnp.maximum(top, 1 - low))
        return jnp.where(unknown.any(), jnp.where(unknown.sum() > 1, 1.0, one), top - low)
    raise ValueError(
        f'fairness.gap: undefined is {undefined!r}; a rate over nobody needs a policy: "nan" (the gap is '
        'undefined too), "skip" (leave the group out) or "worst" (the greatest gap that is possible).'
    )


def demographic_parity(c: Confusion, undefined: Policy) -> Float[Array, ""]:
    r"""The gap between selection rates.

    >>> print(demographic_parity(Confusion(*jnp.array([[1.0, 1], [0, 1], [1, 1], [2, 1]])), "nan"))
    0.25
    """
    return gap(selection_rate(c), undefined)


def equal_opportunity(c: Confusion, undefined: Policy) -> Float[Array, ""]:
    r"""The gap between true positive rates.

    >>> print(equal_opportunity(Confusion(*jnp.array([[1.0, 1], [0, 1], [1, 0], [2, 1]])), "nan"))
    0.5
    """
    return gap(true_positive_rate(c), undefined)


def equalized_odds(c: Confusion, undefined: Policy) -> Float[Array, ""]:
    r"""The greater of the gaps between true and between false positive rates.

    >>> print(equalized_odds(Confusion(*jnp.array([[1.0, 1], [0, 2], [1, 0], [2, 0]])), "nan"))
    1.0
    """
    return jnp.maximum(gap(true_positive_rate(c), undefined), gap(false_positive_rate(c), undefined))


def predictive_parity(c: Confusion, undefined: Policy) -> Float[Array, ""]:
    r"""The gap between positive predictive values.

    >>> print(predictive_parity(Confusion(*jnp.array([[1.0, 1], [0, 1], [1, 0], [2, 1]])), "nan"))
    0.5
    """
    return gap(positive_predictive_value(c), undefined)


def average_odds_difference(c: Confusion) -> Float[Array, ""]:
    r"""$\tfrac12 (\Delta \mathrm{FPR} + \Delta \mathrm{TPR})$, group 0 less group 1; the terms may cancel.

    >>> print(average_odds_difference(Confusion(*jnp.array([[1.0, 0], [0, 2], [1, 2], [2, 2]]))))
    0.0
    """
    odds = true_positive_rate(c) + false_positive_rate(c)
    return (odds[0] - odds[1]) / 2
