"""What is true of sums in floating point."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import compensated_sum, pairwise_sum, sequential_sum
from jaxmath.verify.claim import distribution, enclosure, identity

HIGHAM = "Higham 2002, Accuracy and stability of numerical algorithms"
UNIT = 2.0**-24
TENTHS = np.full(4096, 0.1, np.float32)
SIZE = float(TENTHS.astype(np.float64).sum())


def _gamma(k: int) -> float:
    return k * UNIT / (1 - k * UNIT)


@identity(source=f"{HIGHAM}, section 4.1", at=dict(n=5))
def all_ways_to_add_up_are_one_in_exact_arithmetic(x: Float[Array, " n"]):
    r"""Sequential, pairwise and compensated sums are $\sum_i x_i$; a compensation is a rounding error."""
    return (sequential_sum(x), pairwise_sum(x), compensated_sum(x)), (x.sum(),) * 3


@all_ways_to_add_up_are_one_in_exact_arithmetic.mutant
def neighbours_alone_are_added_up(x):
    return (sequential_sum(x), pairwise_sum(x[:4]), compensated_sum(x)), (x.sum(),) * 3


@enclosure(source=f"{HIGHAM}, eq. (4.4)", at_most=_gamma(4095) * SIZE, at=dict(n=4096), given=dict(x=TENTHS))
def a_sequential_sum_is_off_by_a_rounding_for_each_addition(x: Float[Array, " n"]):
    r"""$\lvert \hat s - s \rvert \le \gamma_{n-1} \sum_i \lvert x_i \rvert$, $\gamma_k = k u / (1 - k u)$."""
    return sequential_sum(x), x.sum()


@a_sequential_sum_is_off_by_a_rounding_for_each_addition.mutant
def a_sum_in_half_precision_is_off_by_a_rounding_of_single_precision_for_each_addition(x):
    return sequential_sum(x.astype(jnp.bfloat16)).astype(x.dtype), x.sum()


@enclosure(source=f"{HIGHAM}, eq. (4.6)", at_most=_gamma(12) * SIZE, at=dict(n=4096), given=dict(x=TENTHS))
def a_pairwise_sum_is_off_by_a_rounding_for_each_round(x: Float[Array, " n"]):
    r"""$\lvert \hat s - s \rvert \le \gamma_{\lceil \log_2 n \rceil} \sum_i \lvert x_i \rvert$."""
    return pairwise_sum(x), x.sum()


@a_pairwise_sum_is_off_by_a_rounding_for_each_round.mutant
def a_sequential_sum_is_off_by_a_rounding_for_each_round(x):
    return sequential_sum(x), x.sum()


@enclosure(
    source=f"{HIGHAM}, eq. (4.8), with the second order at its size for n = 4096: 2u + n u^2 < 2.001 u",
    at_most=2.001 * UNIT * SIZE,
    at=dict(n=4096),
    given=dict(x=TENTHS),
)
def a_compensated_sum_is_off_by_two_roundings(x: Float[Array, " n"]):
    r"""$\lvert \hat s - s \rvert \le (2 u + O(n u^2)) \sum_i \lvert x_i \rvert$, however long the sum."""
    return compensated_sum(x), x.sum()


@a_compensated_sum_is_off_by_two_roundings.mutant
def a_sequential_sum_is_off_by_two_roundings(x):
    return sequential_sum(x), x.sum()


def _errors(x: np.ndarray) -> dict[str, Fraction]:
    """The exact errors of three sums of single precision, as they are computed by this machine."""
    exact = sum((Fraction(float(a)) for a in x), Fraction(0))
    ways = {"sequential": sequential_sum, "pairwise": pairwise_sum, "compensated": compensated_sum}
    found = {name: jax.jit(way)(jnp.asarray(x, jnp.float32)) for name, way in ways.items()}
    return {name: exact - Fraction(float(value)) for name, value in found.items()}


ONE_AND_HALVES = np.array([1.0] + [UNIT] * 1024, np.float32)


@distribution(source=f"{HIGHAM}, section 4.2: the bound is attained to first order")
def a_sequential_sum_may_lose_a_rounding_at_each_addition():
    r"""$1 + 1024 \cdot 2^{-24}$: each addition to one rounds back, and $(n - 1) u$ is lost.

    That is the bound to first order. In pairs, one half unit alone is lost; compensated, nothing.
    """
    lost = {"sequential": Fraction(1024, 2**24), "pairwise": Fraction(0), "compensated": Fraction(0)}
    return _errors(ONE_AND_HALVES), lost


@a_sequential_sum_may_lose_a_rounding_at_each_addition.mutant
def a_sequential_sum_loses_a_rounding_at_every_other_addition():
    lost = {"sequential": Fraction(512, 2**24), "pairwise": Fraction(0), "compensated": Fraction(0)}
    return _errors(ONE_AND_HALVES), lost


@distribution(
    source="Goldberg 1991, What every computer scientist should know about floating-point arithmetic"
)
def addition_in_floating_point_is_not_associative():
    r"""$(2^{24} + 1) - 2^{24} = 0$ and $(2^{24} - 2^{24}) + 1 = 1$ in single precision."""
    big, one = jnp.float32(2**24), jnp.float32(1)
    found = {"from the left": float((big + one) - big), "cancelled first": float((big - big) + one)}
    return {key: Fraction(x) for key, x in found.items()}, {
        "from the left": Fraction(0),
        "cancelled first": Fraction(1),
    }


@addition_in_floating_point_is_not_associative.mutant
def addition_in_floating_point_is_associative():
    big, one = jnp.float32(2**24), jnp.float32(1)
    found = {"from the left": float((big + one) - big), "cancelled first": float((big - big) + one)}
    return {key: Fraction(x) for key, x in found.items()}, dict.fromkeys(found, Fraction(1))


@enclosure(source="the sum of the installed JAX, held against a sequential one", at_most=_gamma(4095) * SIZE,
           at=dict(n=4096), given=dict(x=TENTHS))  # fmt: skip
def the_sum_of_jax_is_no_worse_than_a_sequential_one(x: Float[Array, " n"]):
    r"""`jnp.sum` stays within $\gamma_{n-1} \sum_i \lvert x_i \rvert$."""
    return jnp.sum(x), x.sum()


@the_sum_of_jax_is_no_worse_than_a_sequential_one.mutant
def the_sum_of_jax_in_half_precision_is_no_worse(x):
    return jnp.sum(x.astype(jnp.bfloat16)).astype(x.dtype), x.sum()
