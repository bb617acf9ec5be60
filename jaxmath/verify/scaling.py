r"""Claims about growth: a cost, measured at several sizes, against the order that theory gives it.

The exponent is the slope of a straight line through $(\log n, \log c(n))$ by least squares; its interval is
that of Student's $t$ with two degrees of freedom fewer than there are sizes. In 95 of 100 cases it covers the
exponent of a power law with independent normal errors of one size in $\log c$; other growth widens it.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from jaxmath.verify.annotations import ClaimError
from jaxmath.verify.statement import Claim
from jaxmath.verify.verdict import Certificate, Verdict

LEVEL = 0.95


@dataclasses.dataclass(frozen=True)
class Growth:
    """The exponent of a power law, fitted.

    Attributes:
      exponent: the slope of log cost over log size.
      low: the lower end of its 95 % interval.
      high: the upper end.
    """

    exponent: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.exponent:.2f} [{self.low:.2f}, {self.high:.2f}]"


def growth(sizes: Sequence[float], costs: Sequence[float], level: float = LEVEL) -> Growth:
    """The exponent at which costs grow with sizes, and its interval.

    Args:
      sizes: three different sizes or more, positive.
      costs: one positive cost for each.
      level: the probability that the interval covers.

    Raises:
      ValueError: if there are fewer sizes, or one of the numbers is not positive.
    """
    if len(set(sizes)) < 3 or len(sizes) != len(costs):
        raise ValueError(
            f"growth: {len(set(sizes))} sizes and {len(costs)} costs.\n"
            "  An exponent with an interval asks for three sizes or more, and one cost for each."
        )
    if min(*sizes, *costs) <= 0:
        raise ValueError(f"growth: a size or a cost is {min(*sizes, *costs)}.\n  All have to be positive.")
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(costs, float))
    free, centred = len(x) - 2, x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    left = y - y.mean() - slope * centred
    error = math.sqrt(float(left @ left) / free / float(centred @ centred))
    half = float(special.stdtrit(free, (1 + level) / 2)) * error
    return Growth(slope, slope - half, slope + half)


def scaling(claim: Claim, **budget: Any) -> Certificate:
    """Whether a cost grows as its order does: their exponents differ by less than `within`."""
    letter, sizes, within = (claim.options[key] for key in ("letter", "sizes", "within"))
    costs, orders = zip(*(_pair(claim, size) for size in sizes), strict=True)
    theory = growth(sizes, orders).exponent
    if min(costs) <= 0:
        where = f"{letter} = {sizes[costs.index(min(costs))]}"
        reason = f"{claim.name}: the cost at {where} is {min(costs)}, which no power is"
        return Certificate(kind="scaling", verdict="unknown", reason=reason, **budget)
    found = growth(sizes, costs)
    verdict, reason = _verdict(letter, found, theory, within)
    return Certificate(
        kind="scaling",
        verdict=verdict,
        reason=reason,
        detail=f"{claim.options['of']} ~ {letter}^{found}",
        method=f"least squares of logarithms at {letter} = {', '.join(map(str, sizes))}; t-interval, 95 %",
        **budget,
    )


def _verdict(letter: str, found: Growth, theory: float, within: float) -> tuple[Verdict, str]:
    low, high = theory - within, theory + within
    if low < found.low and found.high < high:
        return "measured", ""
    told = f"the exponent is {found}, and by {letter}^{theory:.2f} it would be from {low:.2f} to {high:.2f}"
    if found.high < low or found.low > high:
        return "refuted", told
    return "unknown", f"{told}: the interval is too wide; take more sizes or more repeats"


def _pair(claim: Claim, size: int) -> tuple[float, float]:
    found = claim.function(size, **claim.given)
    if not (isinstance(found, tuple) and len(found) == 2):
        raise ClaimError(
            f"{claim.name}: a claim of kind scaling returns (cost, order) at a size.\n"
            f"  it returned a {type(found).__name__}\n"
            "  Return what was measured, a number or several repeats, and an order such as n**2."
        )
    return float(np.median(found[0])), float(found[1])


def options(letter_sizes: Mapping[str, Sequence[int]], of: str, within: float) -> dict[str, Any]:
    """What a scaling claim is told, for its judge.

    Raises:
      ValueError: if it is not one letter with three sizes or more.
    """
    (letter, sizes), *others = letter_sizes.items() or [("", ())]
    if others or len(set(sizes)) < 3:
        raise ValueError(
            f"scaling: over is {dict(letter_sizes)}.\n"
            "  It has to give three sizes or more of one letter, such as dict(n=(256, 512, 1024, 2048))."
        )
    return {"letter": letter, "sizes": tuple(sizes), "of": of, "within": within}
