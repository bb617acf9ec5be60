r"""Activations: functions of one number, applied to every entry.

Source: Hendrycks & Gimpel, *Gaussian error linear units* (2016), arXiv:1606.08415, section 2 (GELU, SiLU);
So et al., *Primer* (2021), arXiv:2109.08668, section 3.2 (squared ReLU);
Dugas et al., *Incorporating second-order functional knowledge* (2001), eq. (4) (softplus);
Gemma team, *Gemma 2* (2024), arXiv:2408.00118, section 2 (soft-cap).
Claims: `jaxmath.claims.activations`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import logsumexp


def relu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The positive part, $\max(x, 0)$, with derivative 0 at 0.

    >>> print(relu(jnp.array([-2.0, 3.0])))
    [0. 3.]
    """
    return jnp.where(x > 0, x, 0)


def relu_squared(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The square of the positive part, $\max(x, 0)^2$.

    >>> print(relu_squared(jnp.array([-2.0, 3.0])))
    [0. 9.]
    """
    return relu(x) ** 2


def gelu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""Gaussian error linear unit, $x \Phi(x) = \tfrac12 x (1 + \mathrm{erf}(x / \sqrt 2))$.

    >>> print(gelu(jnp.array([0.0, 10.0])))
    [ 0. 10.]
    """
    return x / 2 * (1 + jax.scipy.special.erf(x / jnp.sqrt(2)))


def gelu_tanh(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The approximation $\tfrac12 x (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3)))$ of `gelu`.

    >>> print(gelu_tanh(jnp.array([0.0, 10.0])))
    [ 0. 10.]
    """
    return x / 2 * (1 + jnp.tanh(jnp.sqrt(2 / jnp.pi) * (x + 0.044715 * x**3)))


def silu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""Sigmoid linear unit, $x \sigma(x) = x / (1 + e^{-x})$.

    >>> print((4 * silu(jnp.log(jnp.array([3.0]))) / jnp.log(3.0)).round())
    [3.]
    """
    return x * sigmoid(x)


def sigmoid(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The logistic function, $\sigma(x) = 1 / (1 + e^{-x})$.

    >>> print((4 * sigmoid(jnp.log(jnp.array([1.0, 3.0])))).round())
    [2. 3.]
    """
    return jax.lax.logistic(x)


def softplus(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""A smooth positive part, $\log(1 + e^x)$.

    >>> print(softplus(jnp.array([0.0, 100.0])) / jnp.array([jnp.log(2.0), 100.0]))
    [1. 1.]
    """
    return logsumexp(jnp.stack([x, jnp.zeros_like(x)]), axis=0)


def soft_cap(x: Float[Array, "*shape"], cap: Scalar) -> Float[Array, "*shape"]:
    r"""A smooth clipping to $(-c, c)$: $c \tanh(x / c)$.

    >>> print(soft_cap(jnp.array([0.0, 1000.0]), 50.0))
    [ 0. 50.]
    """
    return cap * jnp.tanh(x / cap)
