"""What is true of activations."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import gelu, gelu_tanh, relu, relu_squared, sigmoid, silu, soft_cap, softmax, softplus
from jaxmath.verify.claim import derivative, identity

HENDRYCKS = "Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2"
GATES = (gelu, gelu_tanh, silu)


@identity(source=HENDRYCKS, at=dict(n=3))
def gated_activations_differ_from_their_reflection_by_the_identity(x: Float[Array, " n"]):
    r"""$f(x) - f(-x) = x$ for GELU, its approximation by tanh, and SiLU: all are $x$ times an odd gate around a half."""
    return tuple(f(x) - f(-x) for f in GATES), (x,) * 3


@gated_activations_differ_from_their_reflection_by_the_identity.mutant
def gated_activations_add_up_to_the_identity(x):
    return tuple(f(x) + f(-x) for f in GATES), (x,) * 3


@identity(source="definition of the logistic function", at=dict(n=3))
def the_sigmoid_is_half_a_softmax(x: Float[Array, " n"]):
    r"""$\sigma(x) = \mathrm{softmax}(x, 0)_0 = 1 - \sigma(-x) = \tfrac12 (1 + \tanh \tfrac x2)$."""
    pairs = softmax(jnp.stack([x, 0 * x], axis=1))[:, 0]
    return (sigmoid(x),) * 3, (pairs, 1 - sigmoid(-x), (1 + jnp.tanh(x / 2)) / 2)


@the_sigmoid_is_half_a_softmax.mutant
def the_sigmoid_is_a_shifted_tanh_of_the_whole(x):
    return sigmoid(x), (1 + jnp.tanh(x)) / 2


@identity(source="Dugas et al. 2001, eq. (4)", at=dict(n=3))
def softplus_differs_from_its_reflection_by_the_identity(x: Float[Array, " n"]):
    r"""$\mathrm{softplus}(x) - \mathrm{softplus}(-x) = x$, and $\mathrm{softplus}(x) = -\log \sigma(-x)$."""
    return (softplus(x) - softplus(-x), softplus(x)), (x, -jnp.log(sigmoid(-x)))


@softplus_differs_from_its_reflection_by_the_identity.mutant
def softplus_is_the_logarithm_of_the_sigmoid(x):
    return softplus(x), jnp.log(sigmoid(x))


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
    r"""$\mathrm{gelu}' = \Phi(x) + x \varphi(x)$ with the normal density $\varphi(x) = e^{-x^2/2} / \sqrt{2 \pi}$."""

    def vjp(x, dy):
        phi = jnp.exp(-(x**2) / 2) / jnp.sqrt(2 * jnp.pi)
        return dy * ((1 + jax.scipy.special.erf(x / jnp.sqrt(2))) / 2 + x * phi)

    return gelu, vjp


@gelu_has_the_textbook_derivative.mutant
def gelu_has_the_derivative_of_its_approximation(x):
    return gelu, lambda x, dy: jax.vjp(gelu_tanh, x)[1](dy)[0]


@derivative(source=f"{HENDRYCKS}; product rule", at=dict(n=3))
def gelu_tanh_has_the_textbook_derivative(x: Float[Array, " n"]):
    r"""With $t = \tanh u$: $\tfrac12 (1 + t) + \tfrac12 x (1 - t^2) u'$, $u' = \sqrt{2 / \pi}\,(1 + 3 \cdot 0.044715\, x^2)$."""

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


@identity(source="definition", at=dict(n=3))
def relu_grows_with_a_positive_scale(x: Float[Array, " n"], c: Float[Array, ""]):
    r"""$\mathrm{relu}(c^2 x) = c^2\, \mathrm{relu}(x)$, and $\mathrm{relu}(x) - \mathrm{relu}(-x) = x$."""
    return (relu(c**2 * x), relu(x) - relu(-x)), (c**2 * relu(x), x)


@relu_grows_with_a_positive_scale.mutant
def relu_grows_with_any_scale(x, c):
    return relu(c * x), c * relu(x)


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


@identity(source="hyperbolic addition", at=dict(n=3))
def soft_cap_adds_like_velocities(x: Float[Array, " n"], y: Float[Array, " n"], cap: Float[Array, ""]):
    r"""With $u, w$ the capped values of $x, y$: the capped sum is $(u + w) / (1 + u w / c^2)$, as velocities add below that of light."""
    u, w = soft_cap(x, cap), soft_cap(y, cap)
    return soft_cap(x + y, cap), (u + w) / (1 + u * w / cap**2)


@soft_cap_adds_like_velocities.mutant
def soft_cap_adds(x, y, cap):
    return soft_cap(x + y, cap), soft_cap(x, cap) + soft_cap(y, cap)
