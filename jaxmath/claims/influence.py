"""What is true of influence functions."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import leave_one_out, loss_influence, parameter_influence
from jaxmath.verify.claim import identity

KOH = "Koh & Liang 2017, arXiv:1703.04730"
COOK = "Cook 1977; Sherman & Morrison 1950"
Scalar = Float[Array, ""]
Inputs = Float[Array, "b d"]
Targets = Float[Array, " b"]
SIZES = dict(b=3, d=2)


def _inverse_hessian(x: Array, decay: Array) -> Array:
    r"""Of $\tfrac12 \lVert X \theta - y \rVert^2 + \tfrac\lambda2 \lVert \theta \rVert^2$."""
    (p, q), (r, s) = x.T @ x + decay * jnp.eye(2, dtype=x.dtype)
    return jnp.stack([jnp.stack([s, -q]), jnp.stack([-r, p])]) / (p * s - q * r)


def _ridge(x: Array, y: Array, decay: Array) -> Array:
    return _inverse_hessian(x, decay) @ x.T @ y


def _without_each(x: Array, y: Array, decay: Array) -> Array:
    return leave_one_out(_inverse_hessian(x, decay), x, y, _ridge(x, y, decay))


def _gradients(x: Array, y: Array, theta: Array) -> Array:
    """Of half the squared error of each example."""
    return (x @ theta - y)[:, None] * x


def _weighted(weight: Array, x: Array, y: Array, decay: Array) -> Array:
    """The optimum where the first example counts so much more than once."""
    root = jnp.sqrt(1 + weight)
    return _ridge(x.at[0].multiply(root), y.at[0].multiply(root), decay)


@identity(source=f"{KOH}, eq. (1): the derivative in the weight of an example", at=SIZES)
def influence_is_the_derivative_in_the_weight_of_an_example(x: Inputs, y: Targets, decay: Scalar):
    r"""$\frac{d \theta}{d \epsilon} = -H^{-1} \nabla \ell_0$ at $\epsilon = 0$, for ridge regression."""
    zero, one = jnp.zeros((), x.dtype), jnp.ones((), x.dtype)
    slope = jax.jvp(lambda e: _weighted(e, x, y, decay), (zero,), (one,))[1]
    inverse = _inverse_hessian(x, decay)
    return slope, parameter_influence(inverse, _gradients(x, y, _ridge(x, y, decay)))[0]


@influence_is_the_derivative_in_the_weight_of_an_example.mutant
def influence_is_the_derivative_without_the_hessian(x, y, decay):
    zero, one = jnp.zeros((), x.dtype), jnp.ones((), x.dtype)
    slope = jax.jvp(lambda e: _weighted(e, x, y, decay), (zero,), (one,))[1]
    return slope, -_gradients(x, y, _ridge(x, y, decay))[0]


@identity(source=f"{KOH}, eq. (2)", at=SIZES)
def influence_on_a_loss_is_its_derivative(x: Inputs, y: Targets, decay: Scalar, test: Float[Array, " d"]):
    r"""$\frac{d}{d \epsilon} \tfrac12 (\langle t, \theta \rangle - 1)^2$, by the chain rule."""

    def loss(theta):
        return (test @ theta - 1) ** 2 / 2

    zero, one = jnp.zeros((), x.dtype), jnp.ones((), x.dtype)
    slope = jax.jvp(lambda e: loss(_weighted(e, x, y, decay)), (zero,), (one,))[1]
    theta, inverse = _ridge(x, y, decay), _inverse_hessian(x, decay)
    return slope, loss_influence(inverse, _gradients(x, y, theta), jax.grad(loss)(theta))[0]


@influence_on_a_loss_is_its_derivative.mutant
def influence_on_a_loss_is_minus_its_derivative(x, y, decay, test):
    theta, inverse = _ridge(x, y, decay), _inverse_hessian(x, decay)
    slope = test @ jax.jvp(lambda e: _weighted(e, x, y, decay), (jnp.zeros(()),), (jnp.ones(()),))[1]
    return slope, -loss_influence(inverse, _gradients(x, y, theta), test)[0]


@identity(source=COOK, at=SIZES)
def one_solution_tells_all_that_lack_an_example(x: Inputs, y: Targets, decay: Scalar):
    r"""$\theta_{-i}$ in closed form is the solution of the other examples."""
    others = [jnp.array([j for j in range(3) if j != i]) for i in range(3)]
    return _without_each(x, y, decay), jnp.stack([_ridge(x[rest], y[rest], decay) for rest in others])


@one_solution_tells_all_that_lack_an_example.mutant
def influence_tells_all_that_lack_an_example(x, y, decay):
    """The first order: without the leverage in the denominator."""
    theta, inverse = _ridge(x, y, decay), _inverse_hessian(x, decay)
    first = theta[None, :] - parameter_influence(inverse, _gradients(x, y, theta))
    return first[0], _ridge(x[1:], y[1:], decay)


@identity(source="Allen 1974 (PRESS)", at=SIZES)
def an_error_without_an_example_is_its_error_over_one_less_its_leverage(x: Inputs, y: Targets, decay: Scalar):
    r"""$y_i - x_i^\top \theta_{-i} = \frac{y_i - x_i^\top \theta}{1 - h_i}$."""
    h = jnp.diagonal(x @ _inverse_hessian(x, decay) @ x.T)
    without = y - (x * _without_each(x, y, decay)).sum(1)
    return without, (y - x @ _ridge(x, y, decay)) / (1 - h)


@an_error_without_an_example_is_its_error_over_one_less_its_leverage.mutant
def an_error_without_an_example_is_its_error(x, y, decay):
    without = y - (x * _without_each(x, y, decay)).sum(1)
    return without, y - x @ _ridge(x, y, decay)
