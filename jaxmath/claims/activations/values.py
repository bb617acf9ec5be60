"""Activations: symmetries and relations."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    gelu,
    gelu_tanh,
    relu,
    sigmoid,
    silu,
    soft_cap,
    softmax,
    softplus,
)
from jaxmath.verify.claim import identity

HENDRYCKS = "Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2"
GATES = (gelu, gelu_tanh, silu)


@identity(source=HENDRYCKS, at=dict(n=3))
def gated_activations_differ_from_their_reflection_by_the_identity(x: Float[Array, " n"]):
    r"""$f(x) - f(-x) = x$ for GELU, its approximation by tanh, and SiLU."""
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


@identity(source="definition", at=dict(n=3))
def relu_grows_with_a_positive_scale(x: Float[Array, " n"], c: Float[Array, ""]):
    r"""$\mathrm{relu}(c^2 x) = c^2\, \mathrm{relu}(x)$, and $\mathrm{relu}(x) - \mathrm{relu}(-x) = x$."""
    return (relu(c**2 * x), relu(x) - relu(-x)), (c**2 * relu(x), x)


@relu_grows_with_a_positive_scale.mutant
def relu_grows_with_any_scale(x, c):
    return relu(c * x), c * relu(x)


@identity(source="hyperbolic addition", at=dict(n=3))
def soft_cap_adds_like_velocities(x: Float[Array, " n"], y: Float[Array, " n"], cap: Float[Array, ""]):
    r"""The capped sum is $(u + w) / (1 + u w / c^2)$ for capped values $u, w$, as with velocities."""
    u, w = soft_cap(x, cap), soft_cap(y, cap)
    return soft_cap(x + y, cap), (u + w) / (1 + u * w / cap**2)


@soft_cap_adds_like_velocities.mutant
def soft_cap_adds(x, y, cap):
    return soft_cap(x + y, cap), soft_cap(x, cap) + soft_cap(y, cap)
