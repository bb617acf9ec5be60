"""Privacy: Rényi accounting."""

from math import comb

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import privacy
from jaxmath.verify.claim import accounting, bound, distribution, identity

MTZ = "Mironov, Talwar & Zhang 2019, arXiv:1908.10530, section 3.3"
GOOGLE = "dp_accounting 0.6.0, rdp_privacy_accountant_test.py"
LADDER = "Abadi et al. 2016, arXiv:1607.00133, section 5: epsilon 1.26 for q = 0.01, sigma = 4, 10^4 steps"
CANONNE = "Canonne, Kamath & Steinke 2020, arXiv:2004.00010, proposition 12"
ORDERS = range(2, 257)
# Sampling rate, noise, steps, and what dp_accounting 0.6.0 says at delta 1e-5: RdpAccountant with orders
# 2 to 256, and PLDAccountant, which is exact to its discretisation.
RUNS = (
    (0.01, 4.0, 10_000, "1.03549006604", 0.9469993),
    (0.01, 1.0, 100, "1.22484577964", 0.7180367),
    (0.08, 1.0, 100, "6.51516409341", 5.6134189),
    (256 / 60_000, 1.1, 14_062, "2.59698117859", 2.3816860),
    (256 / 60_000, 1.3, 3_515, "0.95442950873", 0.8644587),
    (256 / 60_000, 0.7, 10_546, "6.37284148264", 5.6394467),
    (0.01, 1.0, 1_000, "2.10775307545", 1.8282436),
)
Scalar = Float[Array, ""]


@accounting(source=f"{GOOGLE}: q = 0.01, sigma = 2.5, 50 steps; orders 5, 50 and 100")
def subsampled_budgets_are_those_of_the_reference():
    r"""Fifty steps add up to fifty times the budget of one."""
    figures = [50 * float(x) for x in _budgets(jnp.array([5.0, 50.0, 100.0]), 0.01, 2.5)]
    return figures, ["2.18075656e-3", "2.38460375e-2", "1.67416308e2"]


@subsampled_budgets_are_those_of_the_reference.mutant
def subsampled_budgets_are_scaled_by_the_square_of_the_rate():
    """The usual estimate, near at low orders and far off at high ones."""
    figures = [50 * 0.01**2 * float(privacy.gaussian_rdp(a, 2.5)) for a in (5, 50, 100)]
    return figures, ["2.18075656e-3", "2.38460375e-2", "1.67416308e2"]


@distribution(source=MTZ)
def the_sum_over_orders_is_the_moment_of_a_mixture():
    r"""$\mathbb E_q[((1 - q) + q\, p / q)^\alpha]$ with $\mathbb E_q[(p / q)^k] = e^{(k^2 - k) / 2\sigma^2}$.

    At $\alpha = 2$: $\log(1 + q^2 (e^{1 / \sigma^2} - 1))$.
    """
    cases = [(a, q, s) for a in (2, 3, 7) for q in (0.01, 0.25) for s in (0.5, 2.0)]
    moments = [_moment(a, q, s) for a, q, s in cases]
    left = [float(_budgets(jnp.array([float(a)]), q, s)[0]) for a, q, s in cases]
    two = float(_budgets(jnp.array([2.0]), 0.25, 2.0)[0])
    right = [float(np.log(m)) / (a - 1) for m, (a, *_) in zip(moments, cases, strict=True)]
    return [*left, two], [*right, float(np.log1p(0.0625 * np.expm1(0.25)))]


@the_sum_over_orders_is_the_moment_of_a_mixture.mutant
def the_moment_of_order_two_is_linear_in_the_rate():
    return float(_budgets(jnp.array([2.0]), 0.25, 2.0)[0]), float(np.log1p(0.25 * np.expm1(0.25)))


@accounting(source=f"{GOOGLE}: a budget of 1.1 at orders to 32, delta 1e-5; sigma = 4.530877117, delta 1e-6")
def the_conversion_is_that_of_the_reference():
    r"""$\varepsilon = 1.32783806176$; and Gaussian noise that gives $(1, 10^{-6})$ by orders of 20 to 30."""
    few, many = jnp.arange(2, 33, dtype=float), jnp.arange(20_000, 30_000, dtype=float) / 1000
    flat = privacy.epsilon_of(jnp.full(31, 1.1), few, 1e-5)
    gaussian = privacy.epsilon_of(privacy.gaussian_rdp(many, 4.530877117), many, 1e-6)
    return [float(flat), float(gaussian)], ["1.32783806176", "1.0000000"]


@the_conversion_is_that_of_the_reference.mutant
def the_first_conversion_is_as_good():
    few = jnp.arange(2, 33, dtype=float)
    return [float(privacy.epsilon_of_first(jnp.full(31, 1.1), few, 1e-5))], ["1.32783806176"]


@accounting(
    source=f"dp_accounting 0.6.0, RdpAccountant with orders 2 to 256; {LADDER}, by the first conversion"
)
def training_runs_cost_what_the_reference_says():
    r"""Seven runs at $\delta = 10^{-5}$, to ten digits; and the published 1.26, by the first conversion."""
    found = [_epsilon(q, s, n, privacy.epsilon_of) for q, s, n, *_ in RUNS]
    first = _epsilon(0.01, 4.0, 10_000, privacy.epsilon_of_first)
    return [*found, first], [*(run[3] for run in RUNS), "1.26"]


@training_runs_cost_what_the_reference_says.mutant
def training_runs_cost_what_batches_without_sampling_would():
    return [_epsilon(0.01, 4.0, 1, privacy.epsilon_of)], [RUNS[0][3]]


@distribution(
    source="dp_accounting 0.6.0, PLDAccountant; for two runs printed in jax_privacy issue 287: 0.72, 5.6"
)
def renyi_accounting_never_promises_too_much():
    r"""Its $\varepsilon$ is above that of the privacy loss distribution, by less than a factor of 1.8."""
    ratios = [_epsilon(q, s, n, privacy.epsilon_of) / exact for q, s, n, _, exact in RUNS]
    return [1.0 < r < 1.8 for r in ratios], [True for _ in RUNS]


@renyi_accounting_never_promises_too_much.mutant
def renyi_accounting_is_tight():
    ratios = [_epsilon(q, s, n, privacy.epsilon_of) / exact for q, s, n, _, exact in RUNS]
    return [r < 1.05 for r in ratios], [True for _ in RUNS]


@bound(source=CANONNE, box=dict(order=(1.5, 16), bits=(4, 12)), sharp=None)
def the_later_conversion_is_never_worse(order: Scalar, bits: Scalar):
    r"""$\log\frac{\alpha - 1}\alpha - \frac{\log \alpha}{\alpha - 1} \le 0$ is what it adds."""
    orders, budgets = order[None], jnp.ones((1,), order.dtype)
    return privacy.epsilon_of(budgets, orders, 2**-bits), privacy.epsilon_of_first(budgets, orders, 2**-bits)


@the_later_conversion_is_never_worse.mutant
def the_first_conversion_is_never_worse(order, bits):
    orders, budgets = order[None], jnp.ones((1,), order.dtype)
    return privacy.epsilon_of_first(budgets, orders, 2**-bits), privacy.epsilon_of(budgets, orders, 2**-bits)


@identity(source="Mironov 2017, arXiv:1702.07476, proposition 1 and corollary 3")
def independent_steps_are_one_step_of_less_noise(order: Scalar, sigma: Scalar):
    r"""Four steps of noise $\sigma$ cost what one step of noise $\sigma / 2$ does, at every order."""
    return 4 * privacy.gaussian_rdp(order, sigma), privacy.gaussian_rdp(order, sigma / 2)


@independent_steps_are_one_step_of_less_noise.mutant
def independent_steps_are_one_step_of_a_quarter_of_the_noise(order, sigma):
    return 4 * privacy.gaussian_rdp(order, sigma), privacy.gaussian_rdp(order, sigma / 4)


def _moment(order: int, rate: float, sigma: float) -> float:
    terms = [
        comb(order, k) * (1 - rate) ** (order - k) * rate**k * np.exp((k * k - k) / (2 * sigma**2))
        for k in range(order + 1)
    ]
    return float(np.sum(terms))


@jax.jit
def _budgets(orders: Array, rate: Scalar | float, sigma: Scalar | float) -> Array:
    return jax.vmap(lambda order: privacy.subsampled_gaussian_rdp(order, rate, sigma))(orders)


def _epsilon(rate: float, sigma: float, steps: int, convert: Process) -> float:
    orders = jnp.asarray(list(ORDERS), jnp.result_type(float))
    return float(convert(steps * _budgets(orders, rate, sigma), orders, 1e-5))
