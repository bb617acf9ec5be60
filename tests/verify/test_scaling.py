"""Exponents from sizes and costs, and the claims that rest on them."""

import numpy as np
import pytest

from jaxmath.verify import scaling
from jaxmath.verify.claim import ClaimError, claims_of
from jaxmath.verify.claim import scaling as claim
from jaxmath.verify.scaling import growth

SIZES = (256, 512, 1024, 2048, 4096)


def test_a_power_is_found_exactly():
    found = growth(SIZES, [3e-9 * n**2 for n in SIZES])
    assert (found.exponent, found.low, found.high) == pytest.approx((2, 2, 2))
    assert str(found) == "2.00 [2.00, 2.00]"


def test_the_interval_covers_as_often_as_it_says():
    rng, times = np.random.default_rng(0), 4000
    covered = 0
    for _ in range(times):
        costs = [n**1.5 * np.exp(rng.normal(0, 0.1)) for n in SIZES]
        found = growth(SIZES, costs)
        covered += found.low <= 1.5 <= found.high
    assert abs(covered / times - scaling.LEVEL) < 4 * np.sqrt(scaling.LEVEL * (1 - scaling.LEVEL) / times)


def test_other_growth_than_a_power_has_a_wider_interval():
    plain, bent = growth(SIZES, [n**2 for n in SIZES]), growth(SIZES, [1e6 + n**2 for n in SIZES])
    assert bent.high - bent.low > 0.1 > plain.high - plain.low


@pytest.mark.parametrize(
    ("sizes", "costs", "message"),
    [
        ((1, 2), (1, 2), "2 sizes and 2 costs"),
        ((1, 2, 2), (1, 2, 3), "2 sizes and 3 costs"),
        ((1, 2, 3), (1, 2), "3 sizes and 2 costs"),
        ((1, 2, 3), (0, 1, 2), "a size or a cost is 0"),
    ],
)
def test_what_has_no_exponent_is_told(sizes, costs, message):
    with pytest.raises(ValueError, match=message):
        growth(sizes, costs)


def timed(power, noise=0.01):
    """Made-up seconds, five repeats at each size."""
    rng = np.random.default_rng(0)
    return lambda n: 1e-9 * n**power * np.exp(rng.normal(0, noise, 5))


@claim(source="counting products", over=dict(n=SIZES))
def attention_takes_quadratic_time(n):
    """Time grows with the square of the length."""
    return timed(1.97)(n), n**2


@attention_takes_quadratic_time.mutant
def attention_takes_linear_time(n):
    return timed(1.97)(n), n


def test_an_order_is_measured_and_its_false_neighbour_refuted():
    found = attention_takes_quadratic_time.check()
    assert found.verdict == "measured" and found.held
    assert str(found) == "measured time ~ n^1.97 [1.97, 1.97]"
    assert "256, 512, 1024, 2048, 4096" in found.method
    (mutant,) = attention_takes_quadratic_time.mutants
    assert mutant.check().verdict == "refuted"
    assert (
        "the exponent is 1.97 [1.97, 1.97], and by n^1.00 it would be from 0.50 to 1.50"
        in mutant.check().reason
    )


def test_claims_of_finds_them():
    assert claims_of([attention_takes_quadratic_time]) == [attention_takes_quadratic_time]


def test_noise_decides_nothing():
    @claim(source="-", over=dict(n=SIZES[:3]), of="memory")
    def noisy(n):
        """Noise."""
        return {256: 1.0, 512: 4.0, 1024: 3.0}[n], n

    found = noisy.check()
    assert found.verdict == "unknown" and "the interval is too wide; take more sizes" in found.reason


def test_a_narrower_claim_is_sharper():
    def linear(n):
        """Nearly linear."""
        return n**1.2, n

    assert claim(source="-", over=dict(n=SIZES))(linear).check().verdict == "measured"
    assert claim(source="-", over=dict(n=SIZES), within=0.1)(linear).check().verdict == "refuted"


def test_orders_need_not_be_powers():
    @claim(source="-", over=dict(n=SIZES), within=0.05)
    def causal(n):
        """Pairs under a causal mask."""
        return n * (n + 1) / 2, n * (n + 1)

    assert causal.check().verdict == "measured"


def test_nothing_is_no_power():
    @claim(source="-", over=dict(n=SIZES), of="memory")
    def free(n):
        """Nothing."""
        return 0.0, n

    assert "free: the cost at n = 256 is 0.0, which no power is" in free.check().reason


def test_a_claim_returns_a_cost_and_its_order():
    @claim(source="-", over=dict(n=SIZES))
    def alone(n):
        """A cost."""
        return 1.0

    found = alone.check()
    assert found.verdict == "unknown" and "returns (cost, order) at a size" in found.reason
    with pytest.raises(ClaimError, match="it returned a float"):
        scaling._pair(alone, 256)


@pytest.mark.parametrize("over", [{}, {"n": (1, 2)}, {"n": SIZES, "m": SIZES}])
def test_one_letter_has_three_sizes(over):
    with pytest.raises(ValueError, match="three sizes or more of one letter"):
        claim(source="-", over=over)
