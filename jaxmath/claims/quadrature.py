"""What is true of rules for integrals."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import quadrature
from jaxmath.definitions.quadrature import Quadrature
from jaxmath.verify.claim import distribution, identity

DAVIS = "Davis & Rabinowitz 1984, Methods of numerical integration"
Rule = Callable[[int], Quadrature]
Scalar = Float[Array, ""]
COUNTS = (1, 2, 3, 5, 8)
# A power of degree 2n has as many roundings, and magnifies as often those of its node (four units in the
# last place); n of them are added.
ROUNDINGS = 2 * 8 * (1 + 4) + 8


def _integral(rule: Quadrature, degree: int) -> float:
    nodes, weights = (np.asarray(x, np.float64) for x in rule)
    return float(weights @ nodes**degree)


@distribution(source=f"{DAVIS}, section 2.7", given=dict(rule=quadrature.gauss_legendre), roundings=ROUNDINGS)
def gauss_legendre_is_exact_up_to_twice_its_nodes(rule: Rule):
    r"""$\int_0^1 t^k dt = 1 / (k + 1)$ for all $k < 2 n$, with 1 to 8 nodes."""
    cases = [(n, k) for n in COUNTS for k in range(2 * n)]
    return [_integral(rule(n), k) for n, k in cases], [1 / (k + 1) for _, k in cases]


@gauss_legendre_is_exact_up_to_twice_its_nodes.mutant
def gauss_legendre_is_exact_at_twice_its_nodes(rule):
    return [_integral(rule(n), 2 * n) for n in COUNTS], [1 / (2 * n + 1) for n in COUNTS]


@distribution(source=f"{DAVIS}, section 2.7", given=dict(rule=quadrature.gauss_legendre), roundings=ROUNDINGS)
def gauss_legendre_misses_the_next_power_by_a_known_amount(rule: Rule):
    r"""$\int_0^1 t^{2n} dt - \sum_i w_i t_i^{2n} = \frac{(n!)^4}{(2 n + 1) \left[ (2 n)! \right]^2}$."""
    misses = [Fraction(math.factorial(n) ** 4, (2 * n + 1) * math.factorial(2 * n) ** 2) for n in COUNTS]
    found = [_integral(rule(n), 2 * n) for n in COUNTS]
    return found, [float(Fraction(1, 2 * n + 1) - miss) for n, miss in zip(COUNTS, misses, strict=True)]


@gauss_legendre_misses_the_next_power_by_a_known_amount.mutant
def gauss_legendre_misses_the_next_power_by_one_factorial_less(rule):
    misses = [Fraction(math.factorial(n) ** 3, (2 * n + 1) * math.factorial(2 * n) ** 2) for n in COUNTS]
    found = [_integral(rule(n), 2 * n) for n in COUNTS]
    return found, [float(Fraction(1, 2 * n + 1) - miss) for n, miss in zip(COUNTS, misses, strict=True)]


@identity(source=f"{DAVIS}, section 2.1")
def simple_rules_miss_a_square_by_known_amounts(a: Scalar, b: Scalar, c: Scalar):
    r"""For $g = a + b t + c t^2$ and $n$ parts of width $h$.

    Middles give $\int g - c h^2 / 12$, trapezoids $\int g + c h^2 / 6$, right ends
    $\int g + (b + c) h / 2 + c h^2 / 6$, and left ends $\int g - (b + c) h / 2 + c h^2 / 6$; here $n = 4$.
    """
    h, whole = 0.25, a + b / 2 + c / 3
    rules = [quadrature.midpoint(4), quadrature.trapezoid(5)]
    rules += [quadrature.right_riemann(4), quadrature.left_riemann(4)]
    found = [rule.weights @ (a + b * rule.nodes + c * rule.nodes**2) for rule in rules]
    ends = (b + c) * h / 2
    misses = [-c * h**2 / 12, c * h**2 / 6, ends + c * h**2 / 6, -ends + c * h**2 / 6]
    return found, [whole + miss for miss in misses]


@simple_rules_miss_a_square_by_known_amounts.mutant
def trapezoids_are_better_than_middles(a, b, c):
    h, whole = 0.25, a + b / 2 + c / 3
    rules = [quadrature.midpoint(4), quadrature.trapezoid(5)]
    found = [rule.weights @ (a + b * rule.nodes + c * rule.nodes**2) for rule in rules]
    return found, [whole - c * h**2 / 6, whole + c * h**2 / 12]
