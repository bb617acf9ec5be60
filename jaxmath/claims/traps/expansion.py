"""Traps: expansion."""

import jax
import jax.numpy as jnp

from jaxmath.verify.claim import accounting, trap

BILLION, TRILLION = 10**9, 10**12


def _flops(function) -> int:
    """What XLA says that a function of an 8 x 8 matrix costs."""
    compiled = jax.jit(function).lower(jax.ShapeDtypeStruct((8, 8), jnp.float32)).compile()
    return int((compiled.cost_analysis() or {})["flops"])


@trap()
@accounting(source="compiled.cost_analysis()['flops'] as the count of a model's operations")
def cost_analysis_counts_a_loop_as_often_as_it_runs():
    r"""Three layers in a `lax.scan` count as three matrix products, $3 \cdot 2 n^3$ operations."""
    scanned = _flops(lambda x: jax.lax.scan(lambda y, _: (y @ x, None), x, None, length=3)[0])
    return scanned, 3 * 2 * 8**3


@cost_analysis_counts_a_loop_as_often_as_it_runs.truth
@accounting(source="a product of n x n matrices takes n^3 multiplications and n^3 additions")
def cost_analysis_counts_layers_that_are_written_out():
    r"""Three products one after the other count as $3 \cdot 2 n^3$ operations."""
    return _flops(lambda x: x @ x @ x @ x), 3 * 2 * 8**3


def _tokens_per_parameter(a: float, b: float, alpha: float, beta: float, flops: float) -> float:
    r"""$D / N$ at the minimum of $A N^{-\alpha} + B D^{-\beta}$ under $6 N D = C$."""
    g = (alpha * a / (beta * b)) ** (1 / (alpha + beta))
    n = g * (flops / 6) ** (beta / (alpha + beta))
    return flops / 6 / n**2


@trap()
@accounting(source="Hoffmann et al. 2022, arXiv:2203.15556, table A3 (approach 3, 175 Billion) and eq. (10)")
def printed_figures_of_chinchilla_agree_with_one_another():
    r"""The printed budget is $6 N D$, and the printed coefficients prescribe 20 tokens per parameter.

    The coefficients are (406.4, 410.7, 0.34, 0.28), at the budget of $5.76 \cdot 10^{23}$ operations.
    """
    budget = 6 * 175 * BILLION * 12 * TRILLION
    ratio = _tokens_per_parameter(406.4, 410.7, 0.34, 0.28, 5.76e23)
    return (budget, ratio), ("1.26e24", "20")


@printed_figures_of_chinchilla_agree_with_one_another.truth
@accounting(source="Hoffmann et al. 2022, table A3, 10 Trillion; Besiroglu et al. 2024, arXiv:2404.10102")
def other_figures_of_chinchilla_agree_with_one_another():
    """The row of ten trillion parameters is $6 N D$, and refitted coefficients prescribe 18 tokens."""
    budget = 6 * 10 * TRILLION * 14_255 * TRILLION // 10
    ratio = _tokens_per_parameter(482.01, 2085.43, 0.3478, 0.3658, 5.76e23)
    return (budget, ratio), ("8.55e28", "18")
