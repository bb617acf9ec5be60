"""Normal laws: entropy, divergence and score."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.gaussian._nodes import mean_over
from jaxmath.definitions import gaussian_entropy, gaussian_kl, gaussian_log_density
from jaxmath.verify.claim import accounting, bound, derivative, identity

Scalar = Float[Array, ""]
KINGMA = "Kingma & Welling 2013, arXiv:1312.6114"
COVER = "Cover & Thomas 2006, theorem 8.4.1"


@identity(source=f"{KINGMA}, appendix B")
def the_divergence_of_gaussians_is_a_mean_log_ratio(mean: Scalar, std: Scalar, mean2: Scalar, std2: Scalar):
    r"""$D = \mathbb E_{x \sim N_1}[\log N_1(x) - \log N_2(x)]$, integrated exactly."""

    def log_ratio(x, _):
        return gaussian_log_density(x, mean, std) - gaussian_log_density(x, mean2, std2)

    return mean_over(log_ratio, mean, std), gaussian_kl(mean, std, mean2, std2)


@the_divergence_of_gaussians_is_a_mean_log_ratio.mutant
def the_divergence_of_gaussians_has_the_variances_swapped(mean, std, mean2, std2):
    def log_ratio(x, _):
        return gaussian_log_density(x, mean, std) - gaussian_log_density(x, mean2, std2)

    return mean_over(log_ratio, mean, std), gaussian_kl(mean2, std2, mean, std)


@identity(source=COVER)
def the_entropy_of_a_gaussian_is_its_mean_surprise(mean: Scalar, std: Scalar):
    r"""$H = -\mathbb E[\log N(x)]$, whatever the mean."""
    return mean_over(lambda x, _: -gaussian_log_density(x, mean, std), mean, std), gaussian_entropy(std)


@the_entropy_of_a_gaussian_is_its_mean_surprise.mutant
def the_entropy_of_a_gaussian_is_the_surprise_of_its_mean(mean, std):
    return -gaussian_log_density(mean, mean, std), gaussian_entropy(std)


@accounting(source="differential entropy of the standard normal law, (1 + log 2 pi) / 2")
def the_entropy_of_the_standard_normal_law_is_known():
    """1.4189385332 nats."""
    return float(gaussian_entropy(jnp.ones(()))), "1.4189385332"


@the_entropy_of_the_standard_normal_law_is_known.mutant
def the_entropy_of_the_standard_normal_law_is_known_in_bits():
    return float(gaussian_entropy(jnp.ones(()))), "2.0470955852"


@derivative(source=f"{KINGMA}, appendix B, differentiated")
def the_divergence_of_gaussians_has_the_textbook_gradients(
    mean: Scalar, std: Scalar, mean2: Scalar, std2: Scalar
):
    r"""In the first law: $(\mu_1 - \mu_2) / \sigma_2^2$ and $\sigma_1 / \sigma_2^2 - 1 / \sigma_1$.

    In the second: $-(\mu_1 - \mu_2) / \sigma_2^2$ and
    $1 / \sigma_2 - (\sigma_1^2 + (\mu_1 - \mu_2)^2) / \sigma_2^3$.
    """

    def vjp(mean, std, mean2, std2, dy):
        gap = (mean - mean2) / std2**2
        last = 1 / std2 - (std**2 + (mean - mean2) ** 2) / std2**3
        return dy * gap, dy * (std / std2**2 - 1 / std), -dy * gap, dy * last

    return gaussian_kl, vjp


@the_divergence_of_gaussians_has_the_textbook_gradients.mutant
def the_divergence_of_gaussians_has_gradients_in_the_variances(mean, std, mean2, std2):
    def vjp(mean, std, mean2, std2, dy):
        gap = (mean - mean2) / std2**2
        last = 1 / std2 - (std**2 + (mean - mean2) ** 2) / std2**3
        return dy * gap, dy * (1 / std2**2 - 1 / std**2) / 2, -dy * gap, dy * last

    return gaussian_kl, vjp


@derivative(source="score of the normal law", at=dict(n=2))
def the_score_of_a_gaussian_is_noise_over_deviation(
    x: Float[Array, " n"], mean: Float[Array, " n"], std: Float[Array, " n"]
):
    r"""$\partial_\mu \log N = z / \sigma$ and $\partial_\sigma \log N = (z^2 - 1) / \sigma$ for noise $z$."""

    def vjp(x, mean, std, dy):
        z = (x - mean) / std
        return -dy * z / std, dy * z / std, dy * (z**2 - 1) / std

    return gaussian_log_density, vjp


@the_score_of_a_gaussian_is_noise_over_deviation.mutant
def the_score_of_a_gaussian_forgets_its_normalisation(x, mean, std):
    def vjp(x, mean, std, dy):
        z = (x - mean) / std
        return -dy * z / std, dy * z / std, dy * z**2 / std

    return gaussian_log_density, vjp


@bound(
    source="Gibbs' inequality for densities",
    box=dict(m=(-1, 1), s=(0.5, 2)),
    slack=0.01,
    sharp=dict(m=0.0, s=1.0),
)
def gaussians_diverge_by_nothing_or_more(m: Scalar, s: Scalar):
    r"""$D \ge 0$, with equality for equal laws only; here against the standard normal law."""
    zero = jnp.zeros_like(m)
    return zero, gaussian_kl(m, s, zero, jnp.ones_like(s))


@gaussians_diverge_by_nothing_or_more.mutant
def gaussians_differ_in_entropy_by_nothing_or_more(m, s):
    return jnp.zeros_like(m), gaussian_entropy(jnp.ones_like(s)) - gaussian_entropy(s)
