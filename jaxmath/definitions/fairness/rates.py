r"""Counts of right and wrong decisions by group, and the rates made of them.

A rate over nobody is not a number; what a gap makes of that is said where gaps are taken.

Source: Hardt, Price & Srebro, *Equality of opportunity in supervised learning* (2016), arXiv:1610.02413;
Chouldechova, *Fair prediction with disparate impact* (2017), arXiv:1703.00056, section 2.
Claims: `jaxmath.claims.fairness`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.notation import checked


class Confusion(NamedTuple):
    """How many (or what weight) were decided how, for each group.

    Attributes:
      tp: positives, selected.
      fp: negatives, selected.
      fn: positives, left out.
      tn: negatives, left out.
    """

    tp: Float[Array, "*shape"]
    fp: Float[Array, "*shape"]
    fn: Float[Array, "*shape"]
    tn: Float[Array, "*shape"]


@checked
def confusion(
    selected: Bool[Array, " b"], positive: Bool[Array, " b"], group: Int[Array, " b"], groups: int
) -> Confusion:
    r"""Counts for each of `groups` groups, numbered from 0.

    >>> yes, no = jnp.array([True, True]), jnp.array([False, True])
    >>> print(confusion(yes, no, jnp.array([0, 1]), 2).tp)
    [0. 1.]
    """
    member = jax.nn.one_hot(group, groups, dtype=jnp.result_type(float))
    cells = (selected & positive, selected & ~positive, ~selected & positive, ~selected & ~positive)
    return Confusion(*(jnp.where(cell[:, None], member, 0).sum(0) for cell in cells))


def selection_rate(c: Confusion) -> Float[Array, "*shape"]:
    r"""The share of all that is selected, $\Pr[\hat y = 1]$.

    >>> print(selection_rate(Confusion(*jnp.array([1.0, 2.0, 3.0, 2.0]))))
    0.375
    """
    return _share(c.tp + c.fp, c.fn + c.tn)


def base_rate(c: Confusion) -> Float[Array, "*shape"]:
    r"""The share of all that is positive, $\Pr[y = 1]$.

    >>> print(base_rate(Confusion(*jnp.array([1.0, 2.0, 3.0, 2.0]))))
    0.5
    """
    return _share(c.tp + c.fn, c.fp + c.tn)


def true_positive_rate(c: Confusion) -> Float[Array, "*shape"]:
    r"""The share of the positives that is selected, $\Pr[\hat y = 1 \mid y = 1]$.

    >>> print(true_positive_rate(Confusion(*jnp.array([1.0, 2.0, 3.0, 2.0]))))
    0.25
    """
    return _share(c.tp, c.fn)


def false_positive_rate(c: Confusion) -> Float[Array, "*shape"]:
    r"""The share of the negatives that is selected, $\Pr[\hat y = 1 \mid y = 0]$.

    >>> print(false_positive_rate(Confusion(*jnp.array([1.0, 2.0, 3.0, 2.0]))))
    0.5
    """
    return _share(c.fp, c.tn)


def positive_predictive_value(c: Confusion) -> Float[Array, "*shape"]:
    r"""The share of the selected that is positive, $\Pr[y = 1 \mid \hat y = 1]$.

    >>> print(positive_predictive_value(Confusion(*jnp.array([1.0, 3.0, 3.0, 2.0]))))
    0.25
    """
    return _share(c.tp, c.fp)


def _share(part: Array, rest: Array) -> Array:
    """The part over the whole; not a number where there is nobody."""
    whole = part + rest
    nobody = whole == 0
    return jnp.where(nobody, jnp.nan, part / jnp.where(nobody, 1, whole))
