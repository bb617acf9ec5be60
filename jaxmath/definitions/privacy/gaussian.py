r"""The Gaussian mechanism: noise of standard deviation $\sigma$ where one example changes the result by 1.

Source: Balle & Wang, *Improving the Gaussian mechanism for differential privacy* (2018), arXiv:1805.06530,
theorem 8; Dwork & Roth, *The algorithmic foundations of differential privacy* (2014), theorem A.1;
Bun & Steinke, *Concentrated differential privacy* (2016), arXiv:1605.02065, proposition 1.3;
Bu et al., *Deep learning with Gaussian differential privacy* (2020), arXiv:1911.11607, section 3.
Claims: `jaxmath.claims.privacy`.
"""

import jax.numpy as jnp
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def gaussian_delta(epsilon: Scalar, sigma: Scalar) -> Float[Array, ""]:
    r"""The smallest $\delta$ of the Gaussian mechanism at $\varepsilon$.

    $$ \delta(\varepsilon) = \Phi\Bigl(\frac1{2\sigma} - \varepsilon\sigma\Bigr)
       - e^\varepsilon\, \Phi\Bigl(-\frac1{2\sigma} - \varepsilon\sigma\Bigr) $$

    With $\sigma = 1 / \mu$ it is also the curve of $\mu$-Gaussian differential privacy.

    >>> print(gaussian_delta(1.0, 1.0).round(4))
    0.1269
    """
    shift, scaled = 1 / (2 * sigma), epsilon * sigma
    return _normal_cdf(shift - scaled) - jnp.exp(epsilon) * _normal_cdf(-shift - scaled)


def classical_sigma(epsilon: Scalar, delta: Scalar) -> Float[Array, ""]:
    r"""A $\sigma$ that is enough for $\varepsilon \le 1$, $\sqrt{2 \log(1.25 / \delta)} / \varepsilon$.

    >>> print(classical_sigma(1.0, 1e-5).round(1))
    4.8
    """
    return jnp.sqrt(2 * jnp.log(jnp.asarray(1.25 / delta))) / epsilon


def zcdp_epsilon(rho: Scalar, delta: Scalar) -> Float[Array, ""]:
    r"""The $\varepsilon$ at $\delta$ of $\rho$-concentrated privacy, $\rho + 2 \sqrt{\rho \log(1 / \delta)}$.

    The Gaussian mechanism has $\rho = 1 / 2 \sigma^2$.

    >>> print(zcdp_epsilon(0.0, 1e-5))
    0.0
    """
    return rho + 2 * jnp.sqrt(rho * jnp.log(jnp.asarray(1 / delta)))


def clt_mu(rate: Scalar, sigma: Scalar, steps: Scalar) -> Float[Array, ""]:
    r"""The $\mu$ that many subsampled Gaussian steps come close to, $q \sqrt{T (e^{1 / \sigma^2} - 1)}$.

    >>> print(clt_mu(0.01, 4.0, 10_000).round(3))
    0.254
    """
    return rate * jnp.sqrt(steps * (jnp.exp(1 / jnp.asarray(sigma) ** 2) - 1))


def _normal_cdf(x: Scalar) -> Array:
    return erfc(-jnp.asarray(x) / jnp.sqrt(2)) / 2
