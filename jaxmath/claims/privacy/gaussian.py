"""Privacy: the Gaussian mechanism."""

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from jaxmath.definitions import privacy
from jaxmath.verify.claim import accounting, bound, derivative, distribution, identity

BALLE = "Balle & Wang 2018, arXiv:1805.06530, theorem 8"
DWORK = "Dwork & Roth 2014, theorem A.1"
BUN = "Bun & Steinke 2016, arXiv:1605.02065, proposition 1.3"
BU = "Bu et al. 2020, arXiv:1911.11607, figure 4"
MIRONOV = "Mironov 2017, arXiv:1702.07476, proposition 7"
RATE = 256 / 60_000
Scalar = Float[Array, ""]


@derivative(source=BALLE)
def privacy_is_lost_at_the_rate_of_the_tail(epsilon: Scalar, sigma: Scalar):
    r"""$d\delta / d\varepsilon = -e^\varepsilon \Phi(-\frac1{2\sigma} - \varepsilon\sigma)$.

    And $d\delta / d\sigma = -\frac1{\sigma^2} \varphi(\frac1{2\sigma} - \varepsilon\sigma)$.
    """

    def vjp(epsilon, sigma, dy):
        half, scaled = 1 / (2 * sigma), epsilon * sigma
        density = jnp.exp(-((half - scaled) ** 2) / 2) / jnp.sqrt(2 * jnp.pi)
        return -dy * jnp.exp(epsilon) * _cdf(-half - scaled), -dy * density / sigma**2

    return privacy.gaussian_delta, vjp


@privacy_is_lost_at_the_rate_of_the_tail.mutant
def privacy_is_lost_at_the_rate_of_the_other_tail(epsilon, sigma):
    def vjp(epsilon, sigma, dy):
        half, scaled = 1 / (2 * sigma), epsilon * sigma
        density = jnp.exp(-((half - scaled) ** 2) / 2) / jnp.sqrt(2 * jnp.pi)
        return -dy * jnp.exp(epsilon) * _cdf(half - scaled), -dy * density / sigma**2

    return privacy.gaussian_delta, vjp


@accounting(source="dp_accounting 0.6.0: PLDAccountant of one GaussianDpEvent(1.0), get_delta(1.0)")
def delta_is_that_of_a_numerical_accountant():
    r"""$\delta(1) = 0.126936737506$ for $\sigma = 1$; $\sigma = 4.224678889$ gives $(1, 10^{-6})$."""
    one, other = privacy.gaussian_delta(1.0, 1.0), privacy.gaussian_delta(1.0, 4.224678889)
    return [float(one), float(other)], ["0.126936737507", "1.00000000e-6"]


@delta_is_that_of_a_numerical_accountant.mutant
def delta_is_that_of_the_classical_bound():
    return [1.25 * float(np.exp(-0.5))], ["0.126936737507"]


@bound(
    source=f"{DWORK}, for an epsilon of one at most",
    box=dict(epsilon=(0.4, 1), bits=(4, 12)),
    sharp=None,
)
def the_classical_noise_is_enough_below_one(epsilon: Scalar, bits: Scalar):
    r"""$\sigma = \sqrt{2 \log(1.25 / \delta)} / \varepsilon$ has less $\delta$ than it promises."""
    delta = 2**-bits
    return privacy.gaussian_delta(epsilon, privacy.classical_sigma(epsilon, delta)), delta


@the_classical_noise_is_enough_below_one.mutant
def the_classical_noise_is_enough_for_thirty_times_the_epsilon(epsilon, bits):
    delta, large = 2**-bits, 30 * epsilon
    return privacy.gaussian_delta(large, privacy.classical_sigma(large, delta)), delta


@bound(source=BUN, box=dict(sigma=(0.5, 2), bits=(4, 10)), sharp=None)
def concentrated_privacy_bounds_the_exact_curve(sigma: Scalar, bits: Scalar):
    r"""At $\rho + 2 \sqrt{\rho \log(1 / \delta)}$ the exact $\delta$ is less; $\rho = 1 / 2 \sigma^2$."""
    delta = 2**-bits
    return privacy.gaussian_delta(privacy.zcdp_epsilon(1 / (2 * sigma**2), delta), sigma), delta


@concentrated_privacy_bounds_the_exact_curve.mutant
def half_the_concentrated_loss_bounds_the_exact_curve(sigma, bits):
    delta = 2**-bits
    return privacy.gaussian_delta(privacy.zcdp_epsilon(1 / (2 * sigma**2), delta) / 2, sigma), delta


@identity(source=MIRONOV)
def renyi_moments_of_gaussians_complete_the_square(x: Scalar, order: Scalar, sigma: Scalar):
    r"""$p^\alpha q^{1 - \alpha}$ is a Gaussian density times $e^{(\alpha - 1) \alpha / 2 \sigma^2}$.

    Densities of means 1 and 0; so the divergence of order $\alpha$ is $\alpha / 2 \sigma^2$.
    """
    moment = order * _log_density(x, 1.0, sigma) + (1 - order) * _log_density(x, jnp.zeros(()), sigma)
    return moment, _log_density(x, order, sigma) + (order - 1) * privacy.gaussian_rdp(order, sigma)


@renyi_moments_of_gaussians_complete_the_square.mutant
def renyi_moments_of_gaussians_have_the_budget_of_a_variance(x, order, sigma):
    moment = order * _log_density(x, 1.0, sigma) + (1 - order) * _log_density(x, jnp.zeros(()), sigma)
    return moment, _log_density(x, order, sigma) + (order - 1) * privacy.gaussian_rdp(order, sigma**2)


@accounting(source=f"{BU}; the authors' code, mnist_plot.py: mu of four runs on MNIST, epsilon of the last")
def the_central_limit_has_the_published_parameters():
    r"""$q = 256 / 60000$ and $\sigma$ 1.3, 1.1, 0.7 and 1.06 for 15, 60, 45 and 20 epochs."""
    runs = (1.3, 15), (1.1, 60), (0.7, 45), (1.06, 20)
    found = [float(privacy.clt_mu(RATE, sigma, epochs / RATE)) for sigma, epochs in runs]
    return [*found, _epsilon(found[-1])], ["0.23", "0.57", "1.13", "0.35", "1.34"]


@the_central_limit_has_the_published_parameters.mutant
def the_central_limit_counts_variances_without_the_exponential():
    return [RATE * float(np.sqrt(epochs / RATE)) / s for s, epochs in ((1.3, 15), (0.7, 45))], [
        "0.23",
        "1.13",
    ]


@distribution(source="definition of a tail", given=dict(epsilons=np.linspace(0.0, 8.0, 17)))
def delta_falls_with_epsilon_and_with_noise(epsilons: Float[Array, "17"]):
    r"""And it is a probability: between 0 and 1 on a grid of $\varepsilon$ from 0 to 8."""
    curves = [np.array([float(privacy.gaussian_delta(e, s)) for e in epsilons]) for s in (0.5, 1.0, 2.0)]
    falling = [bool((np.diff(c) < 0).all() and (c > 0).all() and (c < 1).all()) for c in curves]
    return (falling, bool((curves[0] > curves[1]).all())), ([True, True, True], True)


@delta_falls_with_epsilon_and_with_noise.mutant
def delta_falls_as_fast_as_the_exponential(epsilons):
    curve = np.array([float(privacy.gaussian_delta(e, 1.0)) for e in epsilons])
    return bool((curve[1:] <= curve[:-1] * np.exp(-np.diff(np.asarray(epsilons)))).all()), True


def _cdf(x: Array) -> Array:
    return erfc(-x / jnp.sqrt(2)) / 2


def _log_density(x: Array, mean: Array | float, sigma: Array) -> Array:
    return -((x - mean) ** 2) / (2 * sigma**2) - jnp.log(sigma) - jnp.log(2 * jnp.pi) / 2


def _epsilon(mu: float) -> float:
    """Where the curve of mu crosses a delta of 1e-5, by bisection."""
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        above = float(privacy.gaussian_delta(middle, 1 / mu)) > 1e-5
        low, high = (middle, high) if above else (low, middle)
    return low
