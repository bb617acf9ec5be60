"""Optimizers: Muon, and averages in place of schedules."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import muon, schedule_free, schedule_free_point, sgd
from jaxmath.verify.claim import identity

DEFAZIO = "Defazio et al. 2024, arXiv:2405.15682"
JORDAN = "Jordan et al. 2024, Muon"
Scalar = Float[Array, ""]
Vector = Float[Array, " n"]


def _free(z: Array, grads: Array, lr: Array) -> tuple[Array, Array]:
    x = z
    for t, grad in enumerate(grads, start=1):
        z, x = schedule_free(z, x, grad, t, lr)
    return z, x


@identity(source=f"{DEFAZIO}, eq. (4)", at=dict(n=2))
def the_schedule_free_average_is_the_plain_mean_of_iterates(
    z: Vector, grads: Float[Array, "3 n"], lr: Scalar
):
    r"""$x_t = \frac1t \sum_{i \le t} z_i$: with weights $1 / t$ all iterates count alike."""
    iterates, each = [], z
    for grad in grads:
        each = sgd(each, grad, lr)
        iterates.append(each)
    return _free(z, grads, lr), (each, jnp.stack(iterates).mean(0))


@the_schedule_free_average_is_the_plain_mean_of_iterates.mutant
def the_schedule_free_average_counts_the_beginning_too(z, grads, lr):
    iterates = [z]
    for grad in grads:
        iterates.append(sgd(iterates[-1], grad, lr))
    return _free(z, grads, lr), (iterates[-1], jnp.stack(iterates).mean(0))


@identity(source=f"{DEFAZIO}, section 2: a schedule in disguise", at=dict(n=2))
def the_schedule_free_average_is_descent_with_a_linear_decay(
    z: Vector, grads: Float[Array, "3 n"], lr: Scalar
):
    r"""$x_T = z_0 - \eta \sum_i (1 - \tfrac{i - 1}{T}) g_i$: a straight line, without knowing $T$."""
    rates = lr * jnp.asarray([1.0, 2 / 3, 1 / 3])
    return _free(z, grads, lr)[1], z - (rates[:, None] * grads).sum(0)


@the_schedule_free_average_is_descent_with_a_linear_decay.mutant
def the_schedule_free_average_is_descent_at_half_the_rate(z, grads, lr):
    return _free(z, grads, lr)[1], z - lr / 2 * grads.sum(0)


@identity(source=f"{DEFAZIO}, section 2: Polyak and primal averaging as ends", at=dict(n=2))
def schedule_free_points_lie_between_iterate_and_average(z: Vector, x: Vector, beta: Scalar):
    r"""$\beta = 0$ is the iterate (Polyak-Ruppert averaging), $\beta = 1$ the average (primal averaging)."""
    ends = schedule_free_point(z, x, jnp.zeros(())), schedule_free_point(z, x, jnp.ones(()))
    inverse = (schedule_free_point(z, x, beta) - (1 - beta) * z) / beta
    return (*ends, inverse), (z, x, x)


@schedule_free_points_lie_between_iterate_and_average.mutant
def schedule_free_points_lie_between_average_and_iterate(z, x, beta):
    return schedule_free_point(z, x, jnp.zeros(())), x


@identity(source=JORDAN, at=dict(n=2, m=2))
def muon_steps_by_its_rate_whatever_the_gradient(
    theta: Float[Array, "n m"], g: Float[Array, "n m"], v: Float[Array, "n m"], lr: Scalar
):
    r"""With $(1, 0, 0)$ for its polynomial a step is $\eta$ long, but for the epsilon; velocities add up."""
    new, velocity = muon(theta, g, v, lr, 0.5, 0)
    ahead = g + (g + 0.5 * v) / 2
    return (new, velocity), (theta - lr * ahead / (jnp.sqrt((ahead**2).sum()) + 1e-8), 0.5 * v + g)


@muon_steps_by_its_rate_whatever_the_gradient.mutant
def muon_steps_by_its_rate_along_the_velocity(theta, g, v, lr):
    new, velocity = muon(theta, g, v, lr, 0.5, 0)
    return (new, velocity), (theta - lr * velocity / (jnp.sqrt((velocity**2).sum()) + 1e-8), 0.5 * v + g)


@identity(source="Nesterov 2004, section 2.1.5: the descent lemma for a quadratic", at=dict(n=2))
def a_step_of_one_over_the_slope_falls_by_half_a_squared_gradient(x: Vector, slopes: Vector, level: Scalar):
    r"""$f(x - g / L) = f(x) - \frac{1}{2L} \lVert g \rVert^2 - \frac{1}{2L} \sum_i g_i^2 (1 - a_i / L)$.

    For $f = \tfrac12 \sum_i a_i x_i^2$; the last term is not negative if no slope $a_i$ exceeds $L$.
    """

    def f(x):
        return (slopes * x**2).sum() / 2

    g = jax.grad(f)(x)
    left = f(sgd(x, g, 1 / level))
    return left, f(x) - (g**2).sum() / (2 * level) - (g**2 * (1 - slopes / level)).sum() / (2 * level)


@a_step_of_one_over_the_slope_falls_by_half_a_squared_gradient.mutant
def a_step_of_one_over_the_slope_falls_by_a_squared_gradient(x, slopes, level):
    def f(x):
        return (slopes * x**2).sum() / 2

    g = jax.grad(f)(x)
    return f(sgd(x, g, 1 / level)), f(x) - (g**2).sum() / level
