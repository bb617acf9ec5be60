"""Traps: what is done to the scores of the next token."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import softmax
from jaxmath.verify.claim import distribution, identity, trap

Law = tuple[Fraction, ...]
SEEN = np.array([True, True, False])


def _normalised(weights: Sequence[Fraction]) -> Law:
    return tuple(w / sum(weights) for w in weights)


@trap()
@identity(
    source="penalties of repetition on logits: Keskar et al. 2019, CTRL, arXiv:1909.05858, section 4.1",
    at=dict(n=3),
    given=dict(seen=SEEN),
)
def a_repetition_penalty_ignores_a_shift(
    x: Float[Array, " n"], c: Float[Array, ""], theta: Float[Array, ""], seen: Bool[Array, " n"]
):
    r"""Scores plus a constant are the same law, also once those of seen tokens are divided by $\theta$.

    Negative ones are multiplied by it.
    """

    def penalised(x):
        return softmax(jnp.where(seen, jnp.where(x > 0, x / theta, x * theta), x))

    return penalised(x + c), penalised(x)


@a_repetition_penalty_ignores_a_shift.truth
@identity(source="penalties that are subtracted", at=dict(n=3), given=dict(seen=SEEN))
def a_subtracted_penalty_ignores_a_shift(
    x: Float[Array, " n"], c: Float[Array, ""], theta: Float[Array, ""], seen: Bool[Array, " n"]
):
    r"""Scores plus a constant are the same law, if a constant is subtracted from those of seen tokens."""

    def penalised(x):
        return softmax(jnp.where(seen, x - theta, x))

    return penalised(x + c), penalised(x)


START: Law = (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5))


def _cooled(p: Law) -> Law:
    """The law at half the temperature: its square, normalised."""
    return _normalised([x**2 for x in p])


def _kept(p: Law, keep: Sequence[bool]) -> Law:
    return _normalised([x * k for x, k in zip(p, keep, strict=True)])


def _min_p(p: Law) -> Law:
    return _kept(p, [x >= max(p) / 2 for x in p])


def _top_p(p: Law) -> Law:
    """The shortest beginning of the sorted law with three fifths of the mass; this one is sorted."""
    return _kept(p, [before < Fraction(3, 5) for before in itertools.accumulate(p[:-1], initial=Fraction(0))])


def _top_2(p: Law) -> Law:
    return _kept(p, [x >= sorted(p)[-2] for x in p])


def _both_ways(filters: Mapping[str, Callable[[Law], Law]]) -> tuple[dict[str, Law], dict[str, Law]]:
    after = {name: keep(_cooled(START)) for name, keep in filters.items()}
    return after, {name: _cooled(keep(START)) for name, keep in filters.items()}


@trap()
@distribution(source="chains of samplers written in any order")
def temperature_may_come_before_or_after_the_filters():
    r"""Min-p and top-p followed by a temperature of one half give the law that they give after it."""
    return _both_ways({"min_p": _min_p, "top_p": _top_p})


@temperature_may_come_before_or_after_the_filters.truth
@distribution(source="a temperature keeps the order of the scores")
def temperature_may_come_before_or_after_top_k():
    """Top-k and a temperature commute: top-k asks for the order only."""
    return _both_ways({"top_k": _top_2})
