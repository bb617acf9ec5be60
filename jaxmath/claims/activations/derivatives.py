"""Activations: derivatives."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    gelu,
    gelu_tanh,
    relu,
    relu_squared,
    sigmoid,
    silu,
    soft_cap,
    softplus,
)
from jaxmath.verify.claim import derivative

HENDRYCKS = "Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2"


@derivative(source="Dugas et al. 2001, section 2", at=dict(n=3))
def softplus_has_the_sigmoid_as_its_derivative(x: Float[Array, " n"]):
    r"""$\mathrm{softplus}' = \sigma$."""
    return softplus, lambda x, dy: dy * sigmoid(x)


@softplus_has_the_sigmoid_as_its_derivative.mutant
def softplus_has_the_softplus_as_its_derivative(x):
    return softplus, lambda x, dy: dy * softplus(x)


@derivative(source="definition of the logistic function", at=dict(n=3))
def the_sigmoid_has_a_logistic_derivative(x: Float[Array, " n"]):
    r"""$\sigma' = \sigma (1 - \sigma)$."""
    return sigmoid, lambda x, dy: dy * sigmoid(x) * sigmoid(-x)


@the_sigmoid_has_a_logistic_derivative.mutant
def the_sigmoid_has_a_squared_derivative(x):
    return sigmoid, lambda x, dy: dy * sigmoid(x) ** 2


@derivative(source=f"{HENDRYCKS}; product rule", at=dict(n=3))
def silu_has_the_textbook_derivative(x: Float[Array, " n"]):
    r"""$\mathrm{silu}' = \sigma (1 + x (1 - \sigma))$."""
    return silu, lambda x, dy: dy * sigmoid(x) * (1 + x * (1 - sigmoid(x)))


@silu_has_the_textbook_derivative.mutant
def silu_has_the_derivative_of_its_gate_alone(x):
    return silu, lambda x, dy: dy * sigmoid(x)


@derivative(source=f"{HENDRYCKS}; product rule", at=dict(n=3))
def gelu_has_the_textbook_derivative(x: Float[Array, " n"]):
    r"""$\mathrm{gelu}' = \Phi(x) + x \varphi(x)$ with the normal density $\varphi$."""

    def vjp(x, dy):
        phi = jnp.exp(-(x**2) / 2) / jnp.sqrt(2 * jnp.pi)
        return dy * ((1 + jax.scipy.special.erf(x / jnp.sqrt(2))) / 2 + x * phi)

    return gelu, vjp


@gelu_has_the_textbook_derivative.mutant
def gelu_has_the_derivative_of_its_approximation(x):
    return gelu, lambda x, dy: jax.vjp(gelu_tanh, x)[1](dy)[0]


@derivative(source=f"{HENDRYCKS}; product rule", at=dict(n=3))
def gelu_tanh_has_the_textbook_derivative(x: Float[Array, " n"]):
    r"""With $t = \tanh u$ the derivative is $\tfrac12 (1 + t) + \tfrac12 x (1 - t^2) u'$.

    $u = \sqrt{2 / \pi}\,(x + 0.044715\, x^3)$, $u' = \sqrt{2 / \pi}\,(1 + 3 \cdot 0.044715\, x^2)$.
    """

    def vjp(x, dy):
        root = jnp.sqrt(2 / jnp.pi)
        t = jnp.tanh(root * (x + 0.044715 * x**3))
        return dy * ((1 + t) / 2 + x / 2 * (1 - t**2) * root * (1 + 3 * 0.044715 * x**2))

    return gelu_tanh, vjp


@gelu_tanh_has_the_textbook_derivative.mutant
def gelu_tanh_has_a_derivative_without_the_three(x):
    def vjp(x, dy):
        root = jnp.sqrt(2 / jnp.pi)
        t = jnp.tanh(root * (x + 0.044715 * x**3))
        return dy * ((1 + t) / 2 + x / 2 * (1 - t**2) * root * (1 + 0.044715 * x**2))

    return gelu_tanh, vjp


@derivative(source="So et al. 2021, arXiv:2109.08668, section 3.2", at=dict(n=3))
def squared_relu_has_twice_relu_as_its_derivative(x: Float[Array, " n"]):
    r"""$(\mathrm{relu}^2)' = 2\, \mathrm{relu}$."""
    return relu_squared, lambda x, dy: 2 * relu(x) * dy


@squared_relu_has_twice_relu_as_its_derivative.mutant
def squared_relu_has_twice_its_argument_as_its_derivative(x):
    return relu_squared, lambda x, dy: 2 * x * dy


@derivative(source="Gemma 2 2024, arXiv:2408.00118, section 2; chain rule", at=dict(n=3))
def soft_cap_has_the_textbook_derivatives(x: Float[Array, " n"], cap: Float[Array, ""]):
    r"""With $t = \tanh(x / c)$: $\partial_x = 1 - t^2$ and $\partial_c = t - (1 - t^2) x / c$."""

    def vjp(x, cap, dy):
        t = jnp.tanh(x / cap)
        return dy * (1 - t**2), (dy * (t - (1 - t**2) * x / cap)).sum()

    return soft_cap, vjp


@soft_cap_has_the_textbook_derivatives.mutant
def soft_cap_has_a_derivative_over_the_cap(x, cap):
    def vjp(x, cap, dy):
        t = jnp.tanh(x / cap)
        return dy * (1 - t**2) / cap, (dy * (t - (1 - t**2) * x / cap)).sum()

    return soft_cap, vjp
