r"""Rényi differential privacy: budgets at an order, which add up over steps.

Source: Mironov, *Rényi differential privacy* (2017), arXiv:1702.07476, corollary 3 and proposition 3;
Mironov, Talwar & Zhang, *Rényi differential privacy of the sampled Gaussian mechanism* (2019),
arXiv:1908.10530, section 3.3 (integer orders); Canonne, Kamath & Steinke, *The discrete Gaussian for
differential privacy* (2020), arXiv:2004.00010, proposition 12 (conversion).
Claims: `jaxmath.claims.privacy`.
"""

import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import logsumexp
from jaxmath.notation import checked


def gaussian_rdp(order: Float[Array, "*shape"] | float, sigma: Scalar) -> Float[Array, "*shape"] | float:
    r"""The budget of the Gaussian mechanism at order $\alpha$, $\alpha / 2 \sigma^2$.

    >>> print(gaussian_rdp(4.0, 2.0))
    0.5
    """
    return order / (2 * sigma**2)


def subsampled_gaussian_rdp(
    order: Scalar, rate: Scalar, sigma: Scalar, highest: int = 256
) -> Float[Array, ""]:
    r"""The budget where examples take part with probability $0 < q < 1$, at a whole order $\alpha \ge 2$.

    $$ \frac1{\alpha - 1} \log \sum_{k=0}^\alpha \binom\alpha k (1 - q)^{\alpha - k} q^k
       e^{(k^2 - k) / 2 \sigma^2} $$

    Args:
      order: $\alpha$, a whole number.
      rate: $q$.
      sigma: $\sigma$.
      highest: the highest order that is asked for.

    >>> print(subsampled_gaussian_rdp(2.0, 0.5, 1.0).round(1))
    0.4
    """
    k = jnp.arange(highest + 1).astype(jnp.result_type(float))
    rest = jnp.maximum(order - k, 0)
    log_choose = gammaln(jnp.asarray(order + 1.0)) - gammaln(k + 1) - gammaln(rest + 1)
    log_weight = rest * jnp.log1p(-jnp.asarray(rate)) + k * jnp.log(jnp.asarray(rate))
    terms = log_choose + log_weight + (k**2 - k) / (2 * sigma**2)
    return logsumexp(terms, where=k <= order) / (order - 1)


@checked
def epsilon_of(
    budgets: Float[Array, " orders"], orders: Float[Array, " orders"], delta: Scalar
) -> Float[Array, ""]:
    r"""The least $\varepsilon$ at $\delta$ that budgets at several orders allow.

    $$ \varepsilon = \min_\alpha \Bigl( \varepsilon_\alpha + \log \frac{\alpha - 1}\alpha
       - \frac{\log \delta + \log \alpha}{\alpha - 1} \Bigr) $$

    >>> print(epsilon_of(jnp.array([0.5]), jnp.array([2.0]), 0.25).round(4))
    0.5
    """
    slack = (jnp.log(jnp.asarray(delta)) + jnp.log(orders)) / (orders - 1)
    return jnp.maximum(0, budgets + jnp.log1p(-1 / orders) - slack).min()


@checked
def epsilon_of_first(
    budgets: Float[Array, " orders"], orders: Float[Array, " orders"], delta: Scalar
) -> Float[Array, ""]:
    r"""The first conversion, $\min_\alpha (\varepsilon_\alpha - \log \delta / (\alpha - 1))$; never less.

    >>> print(epsilon_of_first(jnp.array([0.5]), jnp.array([2.0]), 1.0))
    0.5
    """
    return (budgets - jnp.log(jnp.asarray(delta)) / (orders - 1)).min()
