r"""Normal laws of one variable, entry by entry: density, entropy, divergence, and samples from noise.

Source: Kingma & Welling, *Auto-encoding variational Bayes* (2013), arXiv:1312.6114, section 2.4
(reparameterisation) and appendix B (divergence); Cover & Thomas, *Elements of Information Theory*, 2nd ed.
(2006), theorem 8.4.1 (entropy).
Claims: `jaxmath.claims.gaussian`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked

Reals = Float[Array, "*shape"]


@checked
def gaussian_log_density(x: Reals, mean: Reals, std: Reals) -> Reals:
    r"""The logarithm of the density of a normal law.

    $$ \log N(x; \mu, \sigma^2) =
       -\frac12 \Bigl(\frac{x - \mu}{\sigma}\Bigr)^2 - \log \sigma - \frac12 \log 2\pi $$

    >>> print(gaussian_log_density(jnp.array(3.0), jnp.array(1.0), jnp.array(2.0)).round(4))
    -2.1121
    """
    return -(((x - mean) / std) ** 2) / 2 - jnp.log(std) - _half_log_turn(x)


@checked
def gaussian_entropy(std: Reals) -> Reals:
    r"""$H = \log \sigma + \tfrac12 (1 + \log 2\pi)$, in nats.

    >>> print(gaussian_entropy(jnp.array(1.0)).round(4))
    1.4189
    """
    return jnp.log(std) + _half_log_turn(std) + 0.5


@checked
def gaussian_kl(mean: Reals, std: Reals, mean2: Reals, std2: Reals) -> Reals:
    r"""The divergence of the first law from the second.

    $$ D = \log \frac{\sigma_2}{\sigma_1} + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2 \sigma_2^2} - \frac12 $$

    >>> print(gaussian_kl(jnp.array(3.0), jnp.array(1.0), jnp.array(1.0), jnp.array(1.0)))
    2.0
    """
    return jnp.log(std2) - jnp.log(std) + (std**2 + (mean - mean2) ** 2) / (2 * std2**2) - 0.5


@checked
def reparameterised(mean: Reals, std: Reals, noise: Reals) -> Reals:
    r"""A sample as a function of its law and of standard normal noise, $x = \mu + \sigma \epsilon$.

    >>> print(reparameterised(jnp.array(1.0), jnp.array(2.0), jnp.array(-0.5)))
    0.0
    """
    return mean + std * noise


def _half_log_turn(like: Array) -> Array:
    return jnp.log(2 * jnp.asarray(jnp.pi, like.dtype)) / 2
