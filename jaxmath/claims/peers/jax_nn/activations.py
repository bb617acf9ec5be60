"""`jax.nn`: other activations."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.verify.claim import derivative, identity

Entries = Float[Array, " n"]
_N = dict(n=2)


@identity(source="JAX documentation, jax.nn.relu", at=_N)
def relu_is_the_positive_part(x: Entries):
    r"""`jax.nn.relu` is $\max(x, 0)$."""
    return jax.nn.relu(x), definitions.relu(x)


@relu_is_the_positive_part.mutant
def relu_is_the_size(x):
    return jax.nn.relu(x), jnp.abs(x)


@derivative(source="JAX documentation, jax.nn.relu", at=_N)
def relu_has_the_step_for_its_derivative(x: Entries):
    r"""Off zero the custom rule of `jax.nn.relu` lets $dy$ pass where $x > 0$ and stops it elsewhere."""
    return definitions.relu, lambda x, dy: jax.vjp(jax.nn.relu, x)[1](dy)


@relu_has_the_step_for_its_derivative.mutant
def relu_has_the_derivative_of_the_identity(x):
    return definitions.relu, lambda x, dy: dy


@identity(source="JAX documentation, jax.nn.elu", at=_N)
def elu_is_the_exponential_less_one_below_zero(x: Entries, alpha: Float[Array, ""]):
    r"""`jax.nn.elu` is $x$ above zero and $\alpha (e^x - 1)$ below."""
    return jax.nn.elu(x, alpha), jnp.where(x > 0, x, alpha * (jnp.exp(x) - 1))


@elu_is_the_exponential_less_one_below_zero.mutant
def elu_is_scaled_inside_the_exponential(x, alpha):
    return jax.nn.elu(x, alpha), jnp.where(x > 0, x, jnp.exp(alpha * x) - 1)


@identity(source="JAX documentation, jax.nn.squareplus", at=_N)
def squareplus_is_a_smooth_positive_part_with_a_root(x: Entries, b: Float[Array, ""]):
    r"""`jax.nn.squareplus` is $(x + \sqrt{x^2 + b}) / 2$."""
    return jax.nn.squareplus(x, b), (x + jnp.sqrt(x**2 + b)) / 2


@squareplus_is_a_smooth_positive_part_with_a_root.mutant
def squareplus_squares_its_constant(x, b):
    return jax.nn.squareplus(x, b), (x + jnp.sqrt(x**2 + b**2)) / 2
