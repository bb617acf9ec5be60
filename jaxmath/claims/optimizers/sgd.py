"""Optimizers: descent, momentum, weight decay, and accumulation."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import momentum, nesterov, sgd
from jaxmath.verify.claim import identity

SUTSKEVER = "Sutskever et al. 2013, section 2, eq. (1) to (4)"
SIZES = dict(n=2)


@identity(source=SUTSKEVER, at=SIZES)
def without_momentum_all_three_are_descent(
    theta: Float[Array, " n"], g: Float[Array, " n"], m: Float[Array, " n"], lr: Float[Array, ""]
):
    r"""$\mu = 0$ forgets the velocity."""
    left = momentum(theta, g, m, lr, 0.0)[0], nesterov(theta, g, m, lr, 0.0)[0]
    return left, (sgd(theta, g, lr),) * 2


@without_momentum_all_three_are_descent.mutant
def momentum_of_a_half_is_descent_at_twice_the_rate(theta, g, m, lr):
    left = momentum(theta, g, m, lr, 0.5)[0], nesterov(theta, g, m, lr, 0.5)[0]
    return left, (sgd(theta, g, 2 * lr),) * 2


@identity(source="Polyak 1964, eq. (9)", at=SIZES)
def the_heavy_ball_needs_no_velocity(
    theta: Float[Array, " n"],
    m: Float[Array, " n"],
    g: Float[Array, "2 n"],
    lr: Float[Array, ""],
    mu: Float[Array, ""],
):
    r"""$\theta_{t+1} = \theta_t - \eta g_t + \mu (\theta_t - \theta_{t-1})$."""
    first, m = momentum(theta, g[0], m, lr, mu)
    second, _ = momentum(first, g[1], m, lr, mu)
    return second, first - lr * g[1] + mu * (first - theta)


@the_heavy_ball_needs_no_velocity.mutant
def nesterov_needs_no_velocity_either(theta, m, g, lr, mu):
    first, m = nesterov(theta, g[0], m, lr, mu)
    second, _ = nesterov(first, g[1], m, lr, mu)
    return second, first - lr * g[1] + mu * (first - theta)


@identity(source="Polyak 1964, section 2", at=SIZES)
def a_velocity_is_a_fading_sum_of_gradients(
    theta: Float[Array, " n"], g: Float[Array, "3 n"], lr: Float[Array, ""], mu: Float[Array, ""]
):
    r"""From rest $m_t = \sum_{i \le t} \mu^{t-i} g_i$."""
    m = jnp.zeros_like(theta)
    for each in g:
        theta, m = momentum(theta, each, m, lr, mu)
    return m, mu**2 * g[0] + mu * g[1] + g[2]


@a_velocity_is_a_fading_sum_of_gradients.mutant
def a_velocity_is_a_fading_mean_of_gradients(theta, g, lr, mu):
    m = jnp.zeros_like(theta)
    for each in g:
        theta, m = momentum(theta, each, m, lr, mu)
    return m, (1 - mu) * (mu**2 * g[0] + mu * g[1] + g[2])


@identity(source=SUTSKEVER, at=SIZES)
def nesterov_steps_at_the_point_ahead(
    theta: Float[Array, " n"], v: Float[Array, " n"], a: Float[Array, " n"], b: Float[Array, " n"],
    lr: Float[Array, ""], mu: Float[Array, ""],
):  # fmt: skip
    r"""Sutskever's recurrence for $(\theta, v)$ seen from $y = \theta + \mu v$, with $v = -\eta m$.

    It is $v' = \mu v - \eta \nabla f(\theta + \mu v)$, $\theta' = \theta + v'$.
    """

    def gradient(x):
        return a * x**3 + b

    v1 = mu * v - lr * gradient(theta + mu * v)
    theta1 = theta + v1
    y = theta + mu * v
    return nesterov(y, gradient(y), -v / lr, lr, mu), (theta1 + mu * v1, -v1 / lr)


@nesterov_steps_at_the_point_ahead.mutant
def the_heavy_ball_steps_at_the_point_ahead(theta, v, a, b, lr, mu):
    v1 = mu * v - lr * (a * (theta + mu * v) ** 3 + b)
    theta1 = theta + v1
    y = theta + mu * v
    return momentum(y, a * y**3 + b, -v / lr, lr, mu), (theta1 + mu * v1, -v1 / lr)


def _descended(x: Array, sym: Array, target: Array, lr: Array) -> Array:
    for _ in range(3):
        x = sgd(x, jax.grad(lambda x: (x - target) @ sym @ (x - target) / 2)(x), lr)
    return x


@identity(source="Nesterov 2004, section 1.2.3", at=SIZES)
def descent_on_a_quadratic_shrinks_the_error_linearly(
    x: Float[Array, " n"], a: Float[Array, "n n"], target: Float[Array, " n"], lr: Float[Array, ""]
):
    r"""On $\tfrac12 (x - x_*)^\top A (x - x_*)$: $e_3 = (I - \eta A)^3 e_0$ for symmetric $A$."""
    sym = a + a.T
    step = jnp.eye(2) - lr * sym
    return _descended(x, sym, target, lr) - target, step @ step @ step @ (x - target)


@descent_on_a_quadratic_shrinks_the_error_linearly.mutant
def descent_on_a_quadratic_shrinks_the_error_by_one_step_of_three_times_the_rate(x, a, target, lr):
    sym = a + a.T
    return _descended(x, sym, target, lr) - target, (jnp.eye(2) - 3 * lr * sym) @ (x - target)


@identity(source="Loshchilov & Hutter 2017, arXiv:1711.05101, proposition 1", at=SIZES)
def for_descent_weight_decay_is_an_l2_penalty(
    theta: Float[Array, " n"], g: Float[Array, " n"], lr: Float[Array, ""], decay: Float[Array, ""]
):
    r"""$(1 - \lambda) \theta - \eta g$ is a step on the loss plus $\tfrac{\lambda}{2 \eta} \theta^2$."""
    penalty = jax.grad(lambda x: decay / (2 * lr) * x @ x)(theta)
    return sgd(theta, g + penalty, lr), (1 - decay) * theta - lr * g


@for_descent_weight_decay_is_an_l2_penalty.mutant
def for_momentum_weight_decay_is_an_l2_penalty(theta, g, lr, decay):
    penalty = jax.grad(lambda x: decay / (2 * lr) * x @ x)(theta)
    return momentum(theta, g + penalty, g, lr)[0], (1 - decay) * theta - lr * g


@identity(source="Goyal et al. 2017, arXiv:1706.02677, section 2.1", at=dict(n=2, b=4))
def accumulated_gradients_are_those_of_the_whole_batch(
    w: Float[Array, " n"], x: Float[Array, "b n"], y: Float[Array, " b"], lr: Float[Array, ""]
):
    r"""Means of equal micro-batches, averaged, give the step of the whole batch."""

    def gradient(x, y):
        return jax.grad(lambda w: ((x @ w - y) ** 2).mean())(w)

    return sgd(w, (gradient(x[:2], y[:2]) + gradient(x[2:], y[2:])) / 2, lr), sgd(w, gradient(x, y), lr)


@accumulated_gradients_are_those_of_the_whole_batch.mutant
def accumulated_gradients_of_unequal_parts_are_those_of_the_whole_batch(w, x, y, lr):
    def gradient(x, y):
        return jax.grad(lambda w: ((x @ w - y) ** 2).mean())(w)

    return sgd(w, (gradient(x[:1], y[:1]) + gradient(x[1:], y[1:])) / 2, lr), sgd(w, gradient(x, y), lr)
