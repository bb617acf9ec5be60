r"""Attributions to inputs by gradients: where the difference from a baseline comes from.

Source: Sundararajan, Taly & Yan, *Axiomatic attribution for deep networks* (2017),
arXiv:1703.01365, section 3;
Shrikumar et al., *Not just a black box* (2016), arXiv:1605.01713 (gradient times input).
Claims: `jaxmath.claims.integrated_gradients`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.quadrature import Quadrature
from jaxmath.notation import checked

Score = Callable[[Array], Float[Array, ""]]


@checked
def integrated_gradients(
    f: Score, x: Float[Array, "*shape"], baseline: Float[Array, "*shape"], rule: Quadrature
) -> Float[Array, "*shape"]:
    r"""Gradients on the straight way from a baseline, times the way.

    $$ (x - x') \odot \int_0^1 \nabla f(x' + t (x - x'))\, dt $$

    Departs from the source: any rule for the integral, in place of the sum over right ends.

    Args:
      f: what is explained, a number.
      x: where it is explained.
      baseline: $x'$, an input that says nothing.
      rule: how the integral is taken, such as `gauss_legendre(32)`.

    >>> from jaxmath.definitions.quadrature import midpoint
    >>> print(integrated_gradients(lambda x: x[0] * x[1], jnp.array([2.0, 3.0]), jnp.zeros(2), midpoint(1)))
    [3. 3.]
    """
    nodes, weights = rule.nodes.astype(x.dtype), rule.weights.astype(x.dtype)
    slopes = jax.vmap(lambda t: jax.grad(f)(baseline + t * (x - baseline)))(nodes)
    return (x - baseline) * jnp.tensordot(weights, slopes, 1)


@checked
def gradient_times_input(f: Score, x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""One gradient in place of the integral, $x \odot \nabla f(x)$.

    >>> print(gradient_times_input(lambda x: x[0] * x[1], jnp.array([2.0, 3.0])))
    [6. 6.]
    """
    return x * jax.grad(f)(x)
