"""Privacy: what attacks can find out."""

import itertools
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import privacy
from jaxmath.verify.claim import distribution, identity

KAIROUZ = "Kairouz, Oh & Viswanath 2015, arXiv:1311.0776, theorem 2.1 and section 3"
CARLINI = "Carlini et al. 2019, arXiv:1802.08232, section 4"
# The mechanism that is as bad as (log 3, 1/8) allows: with 1/8 the bit is told, else a coin of odds 3 to 1.
MEMBER = [Fraction(1, 8), Fraction(21, 32), Fraction(7, 32), Fraction(0)]
LAWS = (MEMBER[::-1], MEMBER)
TESTS = list(itertools.product((0, 1), repeat=4))
Scalar = Float[Array, ""]


@distribution(source=KAIROUZ, given=dict(bound=privacy.advantage_bound))
def the_best_test_has_the_advantage_that_privacy_allows(bound: Process):
    r"""The greatest $\mathrm{TPR} - \mathrm{FPR}$ over all tests of the worst mechanism is 9/16."""
    best = max(power - size for size, power in _rates())
    return float(bound(np.log(3.0), 0.125)), float(best)


@the_best_test_has_the_advantage_that_privacy_allows.mutant
def the_advantage_is_the_growth_less_one(bound):
    """The first bound of Yeom et al., which can be above one."""
    best = max(power - size for size, power in _rates())
    return np.exp(np.log(3.0)) - 1, float(best)


@distribution(source=KAIROUZ, given=dict(bound=privacy.power_bound))
def no_test_is_above_the_line_and_the_best_are_on_it(bound: Process):
    r"""$\mathrm{TPR} \le \min(3\, \mathrm{FPR} + \frac18, 1 - (\frac78 - \mathrm{FPR}) / 3)$ for all."""
    rates = _rates()
    limits = [Fraction(round(96 * float(bound(float(f), np.log(3.0), 0.125))), 96) for f, _ in rates]
    below = [tpr <= limit for (_, tpr), limit in zip(rates, limits, strict=True)]
    met = sorted({f for (f, tpr), limit in zip(rates, limits, strict=True) if tpr == limit})
    return (below, met), ([True] * 16, [Fraction(0), Fraction(7, 32), Fraction(7, 8)])


@no_test_is_above_the_line_and_the_best_are_on_it.mutant
def no_test_is_above_the_line_of_pure_privacy(bound):
    rates = _rates()
    limits = [float(bound(float(f), np.log(3.0), 0.0)) for f, _ in rates]
    return [float(tpr) <= limit for (_, tpr), limit in zip(rates, limits, strict=True)], [True] * 16


@identity(source=KAIROUZ)
def both_lines_meet_where_the_advantage_is_greatest(epsilon: Scalar, delta: Scalar):
    r"""At $\mathrm{FPR} = (1 - \delta) / (1 + e^\varepsilon)$ both exceed it by the advantage."""
    growth = jnp.exp(epsilon)
    rate = (1 - delta) / (1 + growth)
    lines = growth * rate + delta, 1 - (1 - delta - rate) / growth
    advantage = privacy.advantage_bound(epsilon, delta)
    return (lines[0] - rate, lines[1] - rate), (advantage, advantage)


@both_lines_meet_where_the_advantage_is_greatest.mutant
def both_lines_meet_at_one_half(epsilon, delta):
    growth = jnp.exp(epsilon)
    return growth / 2 + delta, 1 - (1 - delta - 0.5) / growth


@distribution(source=CARLINI, given=dict(exposure=privacy.exposure))
def exposure_is_rare_where_nothing_was_learnt(exposure: Process):
    r"""Of eight candidates ranked by chance, one in $2^b$ has exposure $b$ or more; none less than zero."""
    ranks = _ranks(exposure)
    return (ranks, [sum(r * 2**b <= 8 for r in ranks) for b in range(4)]), (list(range(1, 9)), [8, 4, 2, 1])


@exposure_is_rare_where_nothing_was_learnt.mutant
def exposure_has_a_uniform_law(exposure):
    return [sum(r * 2**b <= 8 for r in _ranks(exposure)) for b in range(4)], [8, 6, 4, 2]


def _ranks(exposure: Process) -> list[int]:
    """The ranks that exposures tell, one for each place of the canary."""
    return [round(8 * 2 ** -float(exposure(jnp.arange(8.0), canary))) for canary in range(8)]


def _rates() -> list[tuple[Fraction, ...]]:
    """False and true positive rate of every test."""
    chosen = [[i for i in range(4) if test[i]] for test in TESTS]
    return [tuple(sum((law[i] for i in some), Fraction(0)) for law in LAWS) for some in chosen]
