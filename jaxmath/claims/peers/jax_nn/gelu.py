"""`jax.nn`: the Gaussian error linear unit, exact and approximated."""

import jax
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.verify.claim import derivative, identity

Entries = Float[Array, " n"]
_N = dict(n=2)


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
