"""`jax.nn`: activations, and their derivatives."""

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


@identity(source="JAX documentation, jax.nn.gelu, approximate=True is the default", at=_N)
def gelu_is_the_approximation_unless_told_otherwise(x: Entries):
    r"""`jax.nn.gelu(x)` is the approximation by $\tanh$, not the Gaussian error linear unit itself."""
    return jax.nn.gelu(x), definitions.gelu_tanh(x)


@gelu_is_the_approximation_unless_told_otherwise.mutant
def gelu_is_exact_unless_told_otherwise(x):
    return jax.nn.gelu(x), definitions.gelu(x)


@identity(source="JAX documentation, jax.nn.gelu, argument approximate", at=_N)
def gelu_without_approximation_is_exact(x: Entries):
    r"""`jax.nn.gelu(x, approximate=False)` is $x \Phi(x)$."""
    return jax.nn.gelu(x, approximate=False), definitions.gelu(x)


@gelu_without_approximation_is_exact.mutant
def gelu_without_approximation_is_the_approximation(x):
    return jax.nn.gelu(x, approximate=False), definitions.gelu_tanh(x)


@derivative(source="JAX documentation, jax.nn.gelu; chain rule", at=_N)
def gelu_has_the_derivative_of_the_approximation(x: Entries):
    r"""Reverse mode through `jax.nn.gelu(x)` is the derivative of the approximation."""
    return definitions.gelu_tanh, lambda x, dy: jax.vjp(jax.nn.gelu, x)[1](dy)


@gelu_has_the_derivative_of_the_approximation.mutant
def gelu_has_the_derivative_of_silu(x):
    return definitions.gelu_tanh, lambda x, dy: jax.vjp(jax.nn.silu, x)[1](dy)


@derivative(source="JAX documentation, jax.nn.gelu; chain rule", at=_N)
def exact_gelu_has_the_textbook_derivative(x: Entries):
    r"""Reverse mode through the exact form is $\Phi(x) + x \phi(x)$."""

    def vjp(x, dy):
        return jax.vjp(lambda x: jax.nn.gelu(x, approximate=False), x)[1](dy)

    return definitions.gelu, vjp


@exact_gelu_has_the_textbook_derivative.mutant
def exact_gelu_has_the_normal_distribution_for_its_derivative(x):
    return definitions.gelu, lambda x, dy: dy * jax.scipy.stats.norm.cdf(x)


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
def glu_gates_the_first_half_by_the_second(x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"]):
    r"""`jax.nn.glu` takes the value first and the gate second: $\sigma(xW) \odot xV$ of the halves $(xV, xW)$."""
    return jax.nn.glu(jnp.concatenate([x @ v, x @ w], axis=-1)), definitions.glu(x, w, v)


@glu_gates_the_first_half_by_the_second.mutant
def glu_gates_the_second_half_by_the_first(x, w, v):
    return jax.nn.glu(jnp.concatenate([x @ w, x @ v], axis=-1)), definitions.glu(x, w, v)


@identity(source="JAX documentation, jax.nn.elu", at=_N)
def elu_is_the_exponential_less_one_below_zero(x: Entries, alpha: Float[Array, ""]):
    r"""`jax.nn.elu` is $x$ above zero and $\alpha (e^x - 1)$ below."""
    return jax.nn.elu(x, alpha), jnp.where(x > 0, x, alpha * (jnp.exp(x) - 1))


@elu_is_the_exponential_less_one_below_zero.mutant
def elu_is_scaled_inside_the_exponential(x, alpha):
    return jax.nn.elu(x, alpha), jnp.where(x > 0, x, jnp.exp(alpha * x) - 1)


@identity(source="JAX documentation, jax.nn.mish", at=_N)
def mish_is_x_times_tanh_of_softplus(x: Entries):
    r"""`jax.nn.mish` is $x \tanh(\log(1 + e^x))$."""
    return jax.nn.mish(x), x * jnp.tanh(definitions.softplus(x))


@mish_is_x_times_tanh_of_softplus.mutant
def mish_is_silu(x):
    return jax.nn.mish(x), definitions.silu(x)


@identity(source="JAX documentation, jax.nn.squareplus", at=_N)
def squareplus_is_a_smooth_positive_part_with_a_root(x: Entries, b: Float[Array, ""]):
    r"""`jax.nn.squareplus` is $(x + \sqrt{x^2 + b}) / 2$."""
    return jax.nn.squareplus(x, b), (x + jnp.sqrt(x**2 + b)) / 2


@squareplus_is_a_smooth_positive_part_with_a_root.mutant
def squareplus_squares_its_constant(x, b):
    return jax.nn.squareplus(x, b), (x + jnp.sqrt(x**2 + b**2)) / 2
