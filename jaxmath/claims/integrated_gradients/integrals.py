"""What is true of integrated gradients."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import integrated_gradients, quadrature
from jaxmath.definitions.quadrature import Quadrature
from jaxmath.verify.claim import distribution, identity

SUNDARARAJAN = "Sundararajan, Taly & Yan 2017, arXiv:1703.01365"
Scalar = Float[Array, ""]
Row = Float[Array, " d"]
Matrix = Float[Array, "d d"]
POINT = np.array([1.0, 2.0, 0.5])
SLOPES = np.array([[1.0, 1.5, 2.0], [0.5, 0.25, 0.75]])
# A node, two inner products of three, a tanh, its square, powers, a product (30); a sum of 32, one of 3.
ROUNDINGS = 30 + 32 + 3


def _two_gauss_nodes(like: Array) -> Quadrature:
    """The rule of two nodes, with its root unevaluated."""
    away = 1 / (2 * jnp.sqrt(jnp.asarray(3.0, like.dtype)))
    half = jnp.asarray(0.5, like.dtype)
    return Quadrature(jnp.stack([half - away, half + away]), jnp.stack([half, half]))


@identity(source=f"{SUNDARARAJAN}, proposition 1: completeness", at=dict(d=3))
def one_node_is_complete_for_quadratics(x: Row, base: Row, a: Matrix, b: Row):
    r"""$\sum_i \mathrm{IG}_i = f(x) - f(x')$ for $f = x^\top A x + b^\top x$, with the midpoint alone."""

    def f(x):
        return x @ a @ x + b @ x

    return integrated_gradients(f, x, base, quadrature.gauss_legendre(1)).sum(), f(x) - f(base)


@one_node_is_complete_for_quadratics.mutant
def one_right_end_is_complete_for_quadratics(x, base, a, b):
    def f(x):
        return x @ a @ x + b @ x

    return integrated_gradients(f, x, base, quadrature.right_riemann(1)).sum(), f(x) - f(base)


@identity(source=f"{SUNDARARAJAN}, proposition 1; exactness of Gauss-Legendre rules")
def two_nodes_are_complete_for_quartics(x: Float[Array, "2"], base: Float[Array, "2"], c: Float[Array, "4"]):
    r"""$n$ nodes are complete for polynomials of degree $2 n$; here $n = 2$ and two inputs."""

    def f(x):
        s = x[0] + 2 * x[1]
        return c[0] * s + c[1] * s**2 + c[2] * s**3 + c[3] * s**4 + x[0] ** 2 * x[1] ** 2

    return integrated_gradients(f, x, base, _two_gauss_nodes(x)).sum(), f(x) - f(base)


@two_nodes_are_complete_for_quartics.mutant
def two_nodes_are_complete_for_quintics(x, base, c):
    def f(x):
        s = x[0] + 2 * x[1]
        return c[0] * s + c[1] * s**2 + c[2] * s**3 + c[3] * s**5

    return integrated_gradients(f, x, base, _two_gauss_nodes(x)).sum(), f(x) - f(base)


@two_nodes_are_complete_for_quartics.mutant
def two_middles_are_complete_for_quartics(x, base, c):
    def f(x):
        return c[3] * x[0] ** 2 * x[1] ** 2

    return integrated_gradients(f, x, base, quadrature.midpoint(2)).sum(), f(x) - f(base)


@identity(source=f"{SUNDARARAJAN}, section 5: the sum over right ends")
def right_ends_overshoot_an_exponential_by_half_a_step(x: Scalar):
    r"""For $f = e^x$ from 0, $h = x / n$: $(e^x - 1) \frac{h e^h}{e^h - 1} = (e^x - 1)(1 + h/2 + \dots)$."""
    h = x / 4
    found = integrated_gradients(jnp.exp, x, 0 * x, quadrature.right_riemann(4))
    return found, (jnp.exp(x) - 1) * h * jnp.exp(h) / (jnp.exp(h) - 1)


@right_ends_overshoot_an_exponential_by_half_a_step.mutant
def right_ends_are_complete_for_an_exponential(x):
    return integrated_gradients(jnp.exp, x, 0 * x, quadrature.right_riemann(4)), jnp.exp(x) - 1


@identity(source=f"{SUNDARARAJAN}, section 3: symmetry preservation")
def symmetric_inputs_have_equal_attributions(x: Scalar, base: Scalar, c: Float[Array, "3"]):
    r"""Where $f(x_1, x_2) = f(x_2, x_1)$, $x_1 = x_2$ and $x'_1 = x'_2$; by any rule, here of three parts."""

    def f(x):
        return c[0] * jnp.exp(x[0] + x[1]) + c[1] * (x[0] ** 3 * x[1] + x[1] ** 3 * x[0]) + c[2] * x[0] * x[1]

    way = jnp.stack([x, x]), jnp.stack([base, base])
    found = integrated_gradients(f, *way, quadrature.right_riemann(3))
    return found[0], found[1]


@symmetric_inputs_have_equal_attributions.mutant
def symmetric_functions_have_equal_attributions(x, base, c):
    def f(x):
        return c[1] * (x[0] ** 3 * x[1] + x[1] ** 3 * x[0])

    found = integrated_gradients(f, jnp.stack([x, x]), jnp.stack([base, 0 * base]), quadrature.midpoint(1))
    return found[0], found[1]


@distribution(
    source=f"{SUNDARARAJAN}, proposition 1; for analytic functions, rules of Gauss converge geometrically",
    given=dict(x=POINT, slopes=SLOPES),
    roundings=ROUNDINGS,
)
def thirty_two_nodes_are_complete_to_rounding(x: Float[Array, "3"], slopes: Float[Array, "2 3"]):
    r"""For $f = \tanh(u^\top x) + (v^\top x)^3$ from 0, with terms of one sign."""
    return _missed(x, slopes, quadrature.gauss_legendre(32))


@thirty_two_nodes_are_complete_to_rounding.mutant
def thirty_two_right_ends_are_complete_to_rounding(x, slopes):
    return _missed(x, slopes, quadrature.right_riemann(32))


@thirty_two_nodes_are_complete_to_rounding.mutant
def eight_nodes_are_complete_to_rounding(x, slopes):
    return _missed(x, slopes, quadrature.gauss_legendre(8))


def _missed(x: Array, slopes: Array, rule: Quadrature) -> tuple[float, float]:
    def f(x):
        u, v = slopes @ x
        return jnp.tanh(u) + v**3

    return float(integrated_gradients(f, x, 0 * x, rule).sum()), float(f(x))
