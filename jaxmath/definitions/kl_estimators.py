r"""Estimates of the divergence from a reference, out of one sample of the policy.

With $\rho = \pi_{\mathrm{ref}}(y) / \pi(y)$ at $y \sim \pi$. What their values aim at, and what their
gradients do, are two questions: see the claims.

Source: Schulman, *Approximating KL divergence* (2020), joschu.net/blog/kl-approx.html.
Claims: `jaxmath.claims.kl_estimators`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked

LogProbs = Float[Array, "*shape"]


@checked
def kl_k1(log_prob: LogProbs, ref_log_prob: LogProbs) -> LogProbs:
    r"""The log-ratio, $k_1 = -\log \rho$.

    >>> print(kl_k1(jnp.array([1.0]), jnp.array([3.0])))
    [-2.]
    """
    return log_prob - ref_log_prob


@checked
def kl_k2(log_prob: LogProbs, ref_log_prob: LogProbs) -> LogProbs:
    r"""Half the squared log-ratio, $k_2 = \tfrac12 \log^2 \rho$.

    >>> print(kl_k2(jnp.array([1.0]), jnp.array([3.0])))
    [2.]
    """
    return (log_prob - ref_log_prob) ** 2 / 2


@checked
def kl_k3(log_prob: LogProbs, ref_log_prob: LogProbs) -> LogProbs:
    r"""The log-ratio with a control variate, $k_3 = \rho - 1 - \log \rho$.

    >>> print(kl_k3(jnp.array([1.0]), jnp.array([1.0])))
    [0.]
    """
    log_ratio = ref_log_prob - log_prob
    return jnp.expm1(log_ratio) - log_ratio


@checked
def kl_k3_weighted(log_prob: LogProbs, ref_log_prob: LogProbs) -> LogProbs:
    r"""The value of `kl_k3`, made to have the gradient of the divergence on average.

    $$ \frac{\pi}{\mathrm{sg}(\pi)}\, k_3, $$

    where $\mathrm{sg}$ is the identity, with derivative zero.

    >>> print(kl_k3_weighted(jnp.array([1.0]), jnp.array([1.0])))
    [0.]
    """
    weight = jnp.exp(log_prob - jax.lax.stop_gradient(log_prob))
    return weight * kl_k3(log_prob, ref_log_prob)
