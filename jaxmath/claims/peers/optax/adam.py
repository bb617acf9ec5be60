"""Optax: Adam and its kin, over three steps.

Gradients, parameters and hyper-parameters are unknown reals.
"""

import jax.numpy as jnp
import optax

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import Grads, Scalar, Theta, adam_after, after, documented
from jaxmath.verify.claim import identity

_SIZES = dict(t=3, n=2)


@identity(source=documented("adam"), at=_SIZES)
def adam_is_algorithm_one(theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, eps: Scalar):
    r"""`adam` is Kingma and Ba's, with $\epsilon$ outside the root and both means freed of their bias."""
    textbook = adam_after(definitions.adam, theta, grads, lr, b1, b2, eps)
    return after(optax.adam(lr, b1, b2, eps), theta, grads), textbook


@adam_is_algorithm_one.mutant
def adam_puts_epsilon_into_the_root(theta, grads, lr, b1, b2, eps):
    textbook = adam_after(definitions.adam, theta, grads, lr, b1, b2, eps)
    return after(optax.adam(lr, b1, b2, 0.0, eps), theta, grads), textbook


@identity(source=documented("adam, argument eps_root"), at=dict(n=2))
def adam_may_add_a_second_epsilon_inside_the_root(theta: Theta, grad: Theta, eps: Scalar, eps_root: Scalar):
    r"""With `eps_root` the first step is $\eta g / (\sqrt{g^2 + \epsilon_r} + \epsilon)$."""
    step = after(optax.adam(0.5, 0.5, 0.75, eps, eps_root), theta, [grad])
    return step, theta - 0.5 * grad / (jnp.sqrt(grad**2 + eps_root) + eps)


@adam_may_add_a_second_epsilon_inside_the_root.mutant
def adam_may_add_a_second_epsilon_before_the_correction(theta, grad, eps, eps_root):
    step = after(optax.adam(0.5, 0.5, 0.75, eps, eps_root), theta, [grad])
    return step, theta - 0.5 * grad / (jnp.sqrt(grad**2 + 4 * eps_root) + eps)


@identity(
    source=documented(
        "adam, argument nesterov; Dozat 2016, algorithm 2 without its factor in the second moment"
    ),
    at=_SIZES,
)
def nadam_looks_ahead_with_the_next_correction(
    theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, eps: Scalar
):
    r"""Its mean is $\beta_1 m' / (1 - \beta_1^{t+1}) + (1 - \beta_1) g / (1 - \beta_1^t)$."""

    def step(theta, grad, m, v, t):
        m, v = b1 * m + (1 - b1) * grad, b2 * v + (1 - b2) * grad**2
        ahead = b1 * m / (1 - b1 ** (t + 1)) + (1 - b1) * grad / (1 - b1**t)
        return theta - lr * ahead / (jnp.sqrt(v / (1 - b2**t)) + eps), m, v

    return after(optax.adam(lr, b1, b2, eps, nesterov=True), theta, grads), adam_after(step, theta, grads)


@nadam_looks_ahead_with_the_next_correction.mutant
def nadam_looks_ahead_with_the_same_correction(theta, grads, lr, b1, b2, eps):
    def step(theta, grad, m, v, t):
        m, v = b1 * m + (1 - b1) * grad, b2 * v + (1 - b2) * grad**2
        ahead = (b1 * m + (1 - b1) * grad) / (1 - b1**t)
        return theta - lr * ahead / (jnp.sqrt(v / (1 - b2**t)) + eps), m, v

    return after(optax.adam(lr, b1, b2, eps, nesterov=True), theta, grads), adam_after(step, theta, grads)


@identity(source=documented("adamw"), at=_SIZES)
def adamw_decays_in_proportion_to_the_rate(
    theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, eps: Scalar, decay: Scalar
):
    r"""`adamw` is $\theta' = \theta - \eta (u + \lambda \theta)$: the decay is multiplied by the rate."""
    optimizer = optax.adamw(lr, b1, b2, eps, weight_decay=decay)
    return after(optimizer, theta, grads), adam_after(definitions.adamw, theta, grads, lr, b1, b2, eps, decay)


@adamw_decays_in_proportion_to_the_rate.mutant
def adamw_adds_its_decay_to_the_gradient(theta, grads, lr, b1, b2, eps, decay):
    def step(theta, grad, *rest):
        return definitions.adam(theta, grad + decay * theta, *rest)

    optimizer = optax.adamw(lr, b1, b2, eps, weight_decay=decay)
    return after(optimizer, theta, grads), adam_after(step, theta, grads, lr, b1, b2, eps)
