"""What is true of one gradient times the input."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import gradient_times_input, integrated_gradients, quadrature, rms_norm
from jaxmath.verify.claim import distribution, identity

SUNDARARAJAN = "Sundararajan, Taly & Yan 2017, arXiv:1703.01365"
EULER = "Euler's theorem on homogeneous functions"
Row = Float[Array, " d"]
Matrix = Float[Array, "d d"]


@distribution(source=f"{SUNDARARAJAN}, section 2.1: the example of a saturated unit")
def a_saturated_unit_is_seen_by_the_integral():
    r"""For $f = 1 - \mathrm{ReLU}(1 - x)$ at $x = 2$ from 0: the attribution is 1."""
    found = integrated_gradients(_saturated, jnp.array(2.0), jnp.array(0.0), quadrature.midpoint(2))
    return float(found), 1.0


@a_saturated_unit_is_seen_by_the_integral.mutant
def a_saturated_unit_is_seen_by_its_gradient():
    return float(gradient_times_input(_saturated, jnp.array(2.0))), 1.0


@identity(source=EULER, at=dict(d=3))
def a_gradient_times_the_input_is_complete_without_biases(x: Row, w: Matrix, v: Row):
    r"""$\langle x, \nabla f \rangle = f(x)$ for $f = v^\top \mathrm{ReLU}(W x)$, which is 1-homogeneous."""

    def f(x):
        return jnp.maximum(w @ x, 0) @ v

    return gradient_times_input(f, x).sum(), f(x)


@a_gradient_times_the_input_is_complete_without_biases.mutant
def a_gradient_times_the_input_is_complete_with_biases(x, w, v):
    def f(x):
        return jnp.maximum(w @ x + 1, 0) @ v

    return gradient_times_input(f, x).sum(), f(x)


@identity(source=EULER, at=dict(d=3))
def a_gradient_times_the_input_of_a_normed_score_is_nothing(x: Row, g: Row, v: Row):
    r"""$\langle x, \nabla f \rangle = 0$ for $f = v^\top \mathrm{RMS}(x)$, $\epsilon = 0$."""

    def f(x):
        return rms_norm(x, g, eps=0.0) @ v

    return gradient_times_input(f, x).sum(), jnp.zeros(())


@a_gradient_times_the_input_of_a_normed_score_is_nothing.mutant
def a_gradient_times_the_input_of_a_normed_score_is_the_score(x, g, v):
    def f(x):
        return rms_norm(x, g, eps=0.0) @ v

    return gradient_times_input(f, x).sum(), f(x)


def _saturated(x: Array) -> Array:
    return 1 - jax.nn.relu(1 - x)
