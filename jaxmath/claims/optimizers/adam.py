"""Optimizers: Adam, AdamW and Lion."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    adam,
    adam_direction,
    adamw,
    lion,
    sgd,
)
from jaxmath.verify.claim import identity

KINGMA = "Kingma & Ba 2014, arXiv:1412.6980, section 3"
LOSHCHILOV = "Loshchilov & Hutter 2017, arXiv:1711.05101, algorithm 2"
SIZES = dict(n=3)


@identity(source=KINGMA, at=SIZES)
def bias_correction_is_exact_for_a_constant_gradient(
    g: Float[Array, " n"], b1: Float[Array, ""], b2: Float[Array, ""], eps: Float[Array, ""]
):
    r"""From zero, after three steps, $m_3 = (1 - \beta_1^3) g$ and $u = g / (\lvert g \rvert + \epsilon)$."""
    m, v = jnp.zeros_like(g), jnp.zeros_like(g)
    for t in (1, 2, 3):
        u, m, v = adam_direction(g, m, v, t, b1, b2, eps)
    return (m, v, u), ((1 - b1**3) * g, (1 - b2**3) * g**2, g / (jnp.sqrt(g**2) + eps))


@bias_correction_is_exact_for_a_constant_gradient.mutant
def bias_correction_counts_from_zero(g, b1, b2, eps):
    m, v = jnp.zeros_like(g), jnp.zeros_like(g)
    for t in (2, 3, 4):
        u, m, v = adam_direction(g, m, v, t, b1, b2, eps)
    return (m, v, u), ((1 - b1**3) * g, (1 - b2**3) * g**2, g / (jnp.sqrt(g**2) + eps))


@identity(source=KINGMA, at=SIZES)
def the_first_step_of_adam_has_the_size_of_the_rate(
    theta: Float[Array, " n"], g: Float[Array, " n"], lr: Float[Array, ""]
):
    r"""At $\epsilon = 0$ the first step is $\eta\, g / \sqrt{g^2}$, whatever the betas."""
    zero = jnp.zeros_like(g)
    return adam(theta, g, zero, zero, 1, lr, eps=0.0)[0], theta - lr * g / jnp.sqrt(g**2)


@the_first_step_of_adam_has_the_size_of_the_rate.mutant
def the_second_step_of_adam_has_the_size_of_the_rate(theta, g, lr):
    zero = jnp.zeros_like(g)
    return adam(theta, g, zero, zero, 2, lr, eps=0.0)[0], theta - lr * g / jnp.sqrt(g**2)


@identity(source=KINGMA, at=SIZES)
def adam_ignores_the_scale_of_gradients(
    g: Float[Array, "2 n"], c: Float[Array, ""], b1: Float[Array, ""], b2: Float[Array, ""]
):
    r"""At $\epsilon = 0$ gradients times $c^2$ give the same two steps."""

    def direction(g):
        _, m, v = adam_direction(g[0], jnp.zeros(3), jnp.zeros(3), 1, b1, b2, 0.0)
        return adam_direction(g[1], m, v, 2, b1, b2, 0.0)[0]

    return direction(c**2 * g), direction(g)


@adam_ignores_the_scale_of_gradients.mutant
def adam_with_epsilon_ignores_the_scale_of_gradients(g, c, b1, b2):
    def direction(g):
        return adam_direction(g[0], jnp.zeros(3), jnp.zeros(3), 1, b1, b2, 0.1)[0]

    return direction(c**2 * g), direction(g)


@identity(source=LOSHCHILOV, at=SIZES)
def adamw_is_adam_after_decay(
    theta: Float[Array, " n"], g: Float[Array, " n"], m: Float[Array, " n"], v: Float[Array, " n"],
    lr: Float[Array, ""], decay: Float[Array, ""],
):  # fmt: skip
    r"""$\theta' = (1 - \eta \lambda) \theta - \eta u$: the parameters shrink first, then Adam steps."""
    new = adamw(theta, g, m, v, 2, lr, weight_decay=decay)
    return new, adam((1 - lr * decay) * theta, g, m, v, 2, lr)


@adamw_is_adam_after_decay.mutant
def adamw_is_adam_on_a_penalty(theta, g, m, v, lr, decay):
    new = adamw(theta, g, m, v, 2, lr, weight_decay=decay)
    return new, adam(theta, g + decay * theta, m, v, 2, lr)


@identity(source="Balles & Hennig 2017, arXiv:1705.07774, section 1", at=SIZES)
def adam_without_memory_is_lion_without_memory(
    theta: Float[Array, " n"],
    g: Float[Array, " n"],
    m: Float[Array, " n"],
    v: Float[Array, " n"],
    lr: Float[Array, ""],
):
    r"""With $\beta_1 = \beta_2 = 0$ (and $\epsilon = 0$) both step by the sign of the gradient."""
    left = adam(theta, g, m, v, 1, lr, b1=0.0, b2=0.0, eps=0.0)[0], lion(theta, g, m, lr, b1=0.0)[0]
    return left, (theta - lr * jnp.sign(g),) * 2


@adam_without_memory_is_lion_without_memory.mutant
def adam_without_memory_is_descent(theta, g, m, v, lr):
    return adam(theta, g, m, v, 1, lr, b1=0.0, b2=0.0, eps=0.0)[0], sgd(theta, g, lr)


@identity(source="Chen et al. 2023, arXiv:2302.06675, algorithm 2", at=SIZES)
def lion_ignores_the_scale_of_gradients(
    theta: Float[Array, " n"],
    g: Float[Array, " n"],
    m: Float[Array, " n"],
    c: Float[Array, ""],
    lr: Float[Array, ""],
):
    r"""Gradient and momentum times $c^2$: the same step, and the momentum times $c^2$."""
    step, m1 = lion(theta, g, m, lr)
    return lion(theta, c**2 * g, c**2 * m, lr), (step, c**2 * m1)


@lion_ignores_the_scale_of_gradients.mutant
def lion_ignores_the_sign_of_gradients(theta, g, m, c, lr):
    step, m1 = lion(theta, g, m, lr)
    return lion(theta, -g, -m, lr), (step, -m1)
