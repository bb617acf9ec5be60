"""Laws of scaling: the best loss as a function of compute, and what was printed."""

import math
from fractions import Fraction

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    HOFFMANN,
    ChinchillaLaw,
    chinchilla_exponent,
    chinchilla_flops,
    chinchilla_loss,
    chinchilla_optimum,
    chinchilla_tokens,
)
from jaxmath.verify.claim import accounting, identity

Scalar = Float[Array, ""]
PAPER = "Hoffmann et al. 2022, arXiv:2203.15556"
# The digits in the source of the paper, of which it prints two.
UNROUNDED = ChinchillaLaw(
    E=math.exp(0.5267228), A=math.exp(6.0073404), B=math.exp(6.0179186), alpha=0.33917084, beta=0.2849083
)
GIGA, TERA = 10**9, 10**12
SIZES = [Fraction(n) * GIGA for n in ("0.4", "1", "10", "67", "175", "280", "520", "1000", "10000")]
TOKENS = {
    1: [8.0, 20.2, 205.1, 1500, 3700, 5900, 11000, 21200, 216200],
    2: [7.7, 20.0, 219.5, 1700, 4300, 7100, 13400, 26500, 292000],
    3: [9.2, 27.1, 410.1, 4100, 12000, 20100, 43500, 94100, 1425500],
}
FLOPS = {
    1: [1.92e19, 1.21e20, 1.23e22, 5.76e23, 3.85e24, 9.90e24, 3.43e25, 1.27e26, 1.30e28],
    2: [1.84e19, 1.20e20, 1.32e22, 6.88e23, 4.54e24, 1.18e25, 4.19e25, 1.59e26, 1.75e28],
    3: [2.21e19, 1.62e20, 2.46e22, 1.71e24, 1.26e25, 3.52e25, 1.36e26, 5.65e26, 8.55e28],
}


def _best(c: Array, law: ChinchillaLaw) -> Array:
    return chinchilla_loss(*chinchilla_optimum(c, law), law) - law.E


def _positive(*logs: Array) -> ChinchillaLaw:
    return ChinchillaLaw(0.0, *(jnp.exp(x) for x in logs))


@identity(source=f"{PAPER}, eq. (4)")
def the_best_loss_is_a_power_of_compute(
    a: Scalar, b: Scalar, alpha: Scalar, beta: Scalar, c: Scalar, r: Scalar
):
    r"""$L^\star - E \propto C^{-\alpha \beta / (\alpha + \beta)}$."""
    law = _positive(a, b, alpha, beta)
    gain = jnp.exp(-r * law.alpha * law.beta / (law.alpha + law.beta))
    return _best(jnp.exp(c + r), law), gain * _best(jnp.exp(c), law)


@the_best_loss_is_a_power_of_compute.mutant
def the_best_loss_is_the_power_of_parameters(a, b, alpha, beta, c, r):
    law = _positive(a, b, alpha, beta)
    return _best(jnp.exp(c + r), law), jnp.exp(-r * law.alpha) * _best(jnp.exp(c), law)


@identity(source=f"{PAPER}, eq. (4)")
def the_best_data_of_the_best_size_is_the_best_data(
    a: Scalar, b: Scalar, alpha: Scalar, beta: Scalar, c: Scalar
):
    r"""$D(N^\star) = D^\star$: a size and its data are each other's best."""
    law = _positive(a, b, alpha, beta)
    n, d = chinchilla_optimum(jnp.exp(c), law)
    return chinchilla_tokens(n, law), d


@the_best_data_of_the_best_size_is_the_best_data.mutant
def the_best_data_is_twenty_times_the_size(a, b, alpha, beta, c):
    n, d = chinchilla_optimum(jnp.exp(c), _positive(a, b, alpha, beta))
    return 20 * n, d


@accounting(source=f"{PAPER}, table 2 (approach 3: 0.46 and 0.54) and caption of figure 4 (40 billion)")
def digits_that_were_not_printed_give_what_was_printed():
    r"""Exponents 0.46 and 0.54, and 40 billion parameters for the compute of Gopher, $5.76 \cdot 10^{23}$."""
    a = chinchilla_exponent(UNROUNDED)
    return [a, 1 - a, float(chinchilla_optimum(5.76e23, UNROUNDED)[0]) / 1e9], ["0.46", "0.54", "40"]


@digits_that_were_not_printed_give_what_was_printed.mutant
def digits_that_were_printed_give_what_was_printed():
    a = chinchilla_exponent(HOFFMANN)
    return [a, 1 - a, float(chinchilla_optimum(5.76e23, HOFFMANN)[0]) / 1e9], ["0.46", "0.54", "40"]


def _ratios(flops: dict[int, list[float]]) -> list[Fraction]:
    """Compute by the formula over compute as printed, row by row."""
    rows = [(n, d, c) for k in TOKENS for n, d, c in zip(SIZES, TOKENS[k], flops[k], strict=True)]
    return [Fraction(chinchilla_flops(n, Fraction(d) * GIGA)) / Fraction(c) for n, d, c in rows]


@accounting(source=f"{PAPER}, tables 3 and A3, where 1.26e+24 for 175 billion parameters is read as 1.26e+25")
def printed_budgets_are_six_n_d():
    r"""In all 27 rows $6 N D / C$ is 1.0 to the digits of $D$; one exponent of table A3 is a misprint."""
    return _ratios(FLOPS), ["1.0"] * 27


@printed_budgets_are_six_n_d.mutant
def printed_budgets_are_six_n_d_without_correction():
    return _ratios(FLOPS | {3: [1.26e24 if c == 1.26e25 else c for c in FLOPS[3]]}), ["1.0"] * 27
