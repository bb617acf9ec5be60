"""What is true of conformal prediction."""

import itertools
import math
from fractions import Fraction

import jax.numpy as jnp
import numpy as np

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import conformal
from jaxmath.verify.claim import distribution

VOVK = "Vovk, Gammerman & Shafer 2005; Angelopoulos & Bates 2021, arXiv:2107.07511, appendix D"
LEVELS = [Fraction(1, 10), Fraction(1, 4), Fraction(1, 3), Fraction(1, 2)]
ORDERS = [np.array(order) for order in itertools.permutations(range(5))]


@distribution(source=VOVK, given=dict(quantile=conformal.conformal_quantile))
def a_new_case_is_covered_as_often_as_was_promised(quantile: Process):
    r"""Over all $5!$ orders of four cases and a new one, $\lceil 5 (1 - \alpha) \rceil / 5$.

    That is at least $1 - \alpha$ and at most $1 - \alpha + 1/5$.
    """
    covered = [_coverage(quantile, level) for level in LEVELS]
    promised = [1 - a <= c <= 1 - a + Fraction(1, 5) for a, c in zip(LEVELS, covered, strict=True)]
    return (covered, promised), ([Fraction(math.ceil(5 * (1 - a)), 5) for a in LEVELS], [True] * 4)


@a_new_case_is_covered_as_often_as_was_promised.mutant
def a_new_case_is_covered_by_the_quantile_of_the_old_ones(quantile):
    """With n in place of n + 1 too little is covered."""

    def naive(scores: jnp.ndarray, level: Fraction) -> jnp.ndarray:
        return jnp.sort(scores)[math.ceil(4 * (1 - level)) - 1]

    covered = [_coverage(naive, level) for level in LEVELS]
    return [c >= 1 - a for a, c in zip(LEVELS, covered, strict=True)], [True] * 4


@distribution(source=VOVK, given=dict(quantile=conformal.conformal_quantile))
def few_cases_promise_little(quantile: Process):
    r"""Below $1 / \alpha - 1$ cases every answer is in the set; the miscoverage of zero needs all answers."""
    eight, nine = jnp.arange(8.0), jnp.arange(9.0)
    found = [quantile(eight, Fraction(1, 10)), quantile(nine, Fraction(1, 10)), quantile(nine, 0.0)]
    return [str(float(x)) for x in found], ["inf", "8.0", "inf"]


@few_cases_promise_little.mutant
def few_cases_are_covered_by_their_maximum(quantile):
    return [str(float(quantile(jnp.arange(8.0), Fraction(1, 10))))], ["7.0"]


@distribution(
    source="Angelopoulos & Bates 2021, arXiv:2107.07511",
    given=dict(answers=conformal.prediction_set),
)
def a_set_holds_an_answer_where_its_score_is_within_the_quantile(answers: Process):
    r"""For the score $1 - p$: answers of probability $1 - \hat q$ and more, all for $\hat q = \infty$."""
    p = jnp.array([0.5, 0.125, 0.375])
    left = np.stack([np.asarray(answers(p, q)) for q in (0.25, 0.625, math.inf)])
    return left, np.array([[False] * 3, [True, False, True], [True] * 3])


@a_set_holds_an_answer_where_its_score_is_within_the_quantile.mutant
def a_set_always_holds_the_likeliest_answer(answers):
    return bool(answers(jnp.array([0.5, 0.125, 0.375]), 0.25)[0]), True


def _coverage(quantile: Process, level: Fraction) -> Fraction:
    inside = [order[4] <= float(quantile(jnp.asarray(order[:4], float), level)) for order in ORDERS]
    return Fraction(sum(map(bool, inside)), len(ORDERS))
