"""`jax.nn`: functions made of the logistic function, and their derivatives."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.verify.claim import derivative, identity

Entries = Float[Array, " n"]
_N = dict(n=2)


@identity(source="JAX documentation, jax.nn.silu", at=_N)
def silu_is_x_times_sigmoid(x: Entries):
    r"""`jax.nn.silu` is $x \sigma(x)$."""
    return jax.nn.silu(x), definitions.silu(x)


@silu_is_x_times_sigmoid.mutant
def silu_is_sigmoid(x):
    return jax.nn.silu(x), definitions.sigmoid(x)


@derivative(source="JAX documentation, jax.nn.silu; chain rule", at=_N)
def silu_has_the_textbook_derivative(x: Entries):
    r"""Reverse mode through `jax.nn.silu` is $\sigma(x) (1 + x (1 - \sigma(x)))$."""
    return definitions.silu, lambda x, dy: jax.vjp(jax.nn.silu, x)[1](dy)


@silu_has_the_textbook_derivative.mutant
def silu_has_sigmoid_for_its_derivative(x):
    return definitions.silu, lambda x, dy: dy * jax.nn.sigmoid(x)


@identity(source="JAX documentation, jax.nn.sigmoid", at=_N)
def sigmoid_is_the_logistic_function(x: Entries):
    r"""`jax.nn.sigmoid` is $1 / (1 + e^{-x})$."""
    return jax.nn.sigmoid(x), 1 / (1 + jnp.exp(-x))


@sigmoid_is_the_logistic_function.mutant
def sigmoid_is_its_mirror_image(x):
    return jax.nn.sigmoid(x), 1 / (1 + jnp.exp(x))


@derivative(source="JAX documentation, jax.nn.sigmoid; chain rule", at=_N)
def sigmoid_has_the_textbook_derivative(x: Entries):
    r"""Reverse mode through `jax.nn.sigmoid` is $\sigma (1 - \sigma)$."""
    return definitions.sigmoid, lambda x, dy: jax.vjp(jax.nn.sigmoid, x)[1](dy)


@sigmoid_has_the_textbook_derivative.mutant
def sigmoid_has_the_derivative_of_tanh(x):
    return definitions.sigmoid, lambda x, dy: dy * (1 - jax.nn.sigmoid(x) ** 2)


@identity(source="JAX documentation, jax.nn.softplus", at=_N)
def softplus_is_the_logarithm_of_one_plus_the_exponential(x: Entries):
    r"""`jax.nn.softplus` is $\log(1 + e^x)$."""
    return jax.nn.softplus(x), definitions.softplus(x)


@softplus_is_the_logarithm_of_one_plus_the_exponential.mutant
def softplus_is_relu(x):
    return jax.nn.softplus(x), definitions.relu(x)


@derivative(source="JAX documentation, jax.nn.softplus; chain rule", at=_N)
def softplus_has_sigmoid_for_its_derivative(x: Entries):
    r"""Reverse mode through `jax.nn.softplus` is $\sigma(x)$."""
    return definitions.softplus, lambda x, dy: jax.vjp(jax.nn.softplus, x)[1](dy)


@softplus_has_sigmoid_for_its_derivative.mutant
def softplus_has_the_step_for_its_derivative(x):
    return definitions.softplus, lambda x, dy: jax.vjp(jax.nn.relu, x)[1](dy)


@identity(source="JAX documentation, jax.nn.log_sigmoid", at=_N)
def log_sigmoid_is_minus_softplus_of_minus_x(x: Entries):
    r"""`jax.nn.log_sigmoid` is $-\log(1 + e^{-x})$."""
    return jax.nn.log_sigmoid(x), -definitions.softplus(-x)


@log_sigmoid_is_minus_softplus_of_minus_x.mutant
def log_sigmoid_is_minus_softplus(x):
    return jax.nn.log_sigmoid(x), -definitions.softplus(x)


@identity(source="JAX documentation, jax.nn.glu", at=dict(n=2, d=3, f=4))
def glu_gates_the_first_half_by_the_second(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"]
):
    r"""`jax.nn.glu` takes the value first, the gate second: $\sigma(xW) \odot xV$ of $(xV, xW)$."""
    return jax.nn.glu(jnp.concatenate([x @ v, x @ w], axis=-1)), definitions.glu(x, w, v)


@glu_gates_the_first_half_by_the_second.mutant
def glu_gates_the_second_half_by_the_first(x, w, v):
    return jax.nn.glu(jnp.concatenate([x @ w, x @ v], axis=-1)), definitions.glu(x, w, v)


@identity(source="JAX documentation, jax.nn.mish", at=_N)
def mish_is_x_times_tanh_of_softplus(x: Entries):
    r"""`jax.nn.mish` is $x \tanh(\log(1 + e^x))$."""
    return jax.nn.mish(x), x * jnp.tanh(definitions.softplus(x))


@mish_is_x_times_tanh_of_softplus.mutant
def mish_is_silu(x):
    return jax.nn.mish(x), definitions.silu(x)
