"""Optax: steps of optimizers, against the textbook recurrences over three steps.

Gradients, parameters and hyper-parameters are unknown reals.
"""

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.verify.claim import identity

_SIZES = dict(t=3, n=2)
Theta = Float[Array, " n"]
Grads = Float[Array, "t n"]
Scalar = Float[Array, ""]


def _doc(name):
    return f"Optax documentation, {name}"


def _after(optimizer, theta, grads):
    state = optimizer.init(theta)
    for grad in grads:
        update, state = optimizer.update(grad, state, theta)
        theta = optax.apply_updates(theta, update)
    return theta


def _textbook(step, theta, grads, *state, counted=True):
    for t, grad in enumerate(grads, start=1):
        theta, *state = step(theta, grad, *state, *([t] if counted else []))
    return theta


def _momentum(step, theta, grads, lr, mu):
    m = jnp.zeros_like(theta)
    for grad in grads:
        theta, m = step(theta, grad, m, lr, mu)
    return theta


def _adam(step, theta, grads, *hyper):
    m = v = jnp.zeros_like(theta)
    for t, grad in enumerate(grads, start=1):
        theta, m, v = step(theta, grad, m, v, t, *hyper)
    return theta


@identity(source=_doc("sgd"), at=_SIZES)
def sgd_is_the_textbook_descent(theta: Theta, grads: Grads, lr: Scalar):
    r"""Without momentum: $\theta' = \theta - \eta g$."""
    textbook = definitions.sgd(definitions.sgd(definitions.sgd(theta, grads[0], lr), grads[1], lr), grads[2], lr)
    return _after(optax.sgd(lr), theta, grads), textbook


@sgd_is_the_textbook_descent.mutant
def sgd_climbs(theta, grads, lr):
    return _after(optax.sgd(lr), theta, grads), theta + lr * grads.sum(0)


@identity(source=_doc("sgd, argument momentum"), at=_SIZES)
def momentum_is_the_heavy_ball(theta: Theta, grads: Grads, lr: Scalar, mu: Scalar):
    r"""With momentum $m' = \mu m + g$: the gradient is not multiplied by $1 - \mu$."""
    return _after(optax.sgd(lr, mu), theta, grads), _momentum(definitions.momentum, theta, grads, lr, mu)


@momentum_is_the_heavy_ball.mutant
def momentum_is_a_mean_of_gradients(theta, grads, lr, mu):
    mean = _momentum(definitions.momentum, theta, grads, lr * (1 - mu), mu)
    return _after(optax.sgd(lr, mu), theta, grads), mean


@identity(source=_doc("sgd, argument nesterov"), at=_SIZES)
def nesterov_looks_ahead_by_one_more_momentum(theta: Theta, grads: Grads, lr: Scalar, mu: Scalar):
    r"""With `nesterov=True`: $\theta' = \theta - \eta (\mu m' + g)$, the gradient taken at $\theta$."""
    textbook = _momentum(definitions.nesterov, theta, grads, lr, mu)
    return _after(optax.sgd(lr, mu, nesterov=True), theta, grads), textbook


@nesterov_looks_ahead_by_one_more_momentum.mutant
def nesterov_is_the_heavy_ball(theta, grads, lr, mu):
    textbook = _momentum(definitions.momentum, theta, grads, lr, mu)
    return _after(optax.sgd(lr, mu, nesterov=True), theta, grads), textbook


@identity(source=_doc("adam"), at=_SIZES)
def adam_is_algorithm_one(theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, eps: Scalar):
    r"""`adam` is Kingma and Ba's, with $\epsilon$ outside the root and both means freed of their bias."""
    textbook = _adam(definitions.adam, theta, grads, lr, b1, b2, eps)
    return _after(optax.adam(lr, b1, b2, eps), theta, grads), textbook


@adam_is_algorithm_one.mutant
def adam_puts_epsilon_into_the_root(theta, grads, lr, b1, b2, eps):
    textbook = _adam(definitions.adam, theta, grads, lr, b1, b2, eps)
    return _after(optax.adam(lr, b1, b2, 0.0, eps), theta, grads), textbook


@identity(source=_doc("adam, argument eps_root"), at=dict(n=2))
def adam_may_add_a_second_epsilon_inside_the_root(theta: Theta, grad: Theta, eps: Scalar, eps_root: Scalar):
    r"""With `eps_root` the first step is $\eta g / (\sqrt{g^2 + \epsilon_r} + \epsilon)$."""
    step = _after(optax.adam(0.5, 0.5, 0.75, eps, eps_root), theta, [grad])
    return step, theta - 0.5 * grad / (jnp.sqrt(grad**2 + eps_root) + eps)


@adam_may_add_a_second_epsilon_inside_the_root.mutant
def adam_may_add_a_second_epsilon_before_the_correction(theta, grad, eps, eps_root):
    step = _after(optax.adam(0.5, 0.5, 0.75, eps, eps_root), theta, [grad])
    return step, theta - 0.5 * grad / (jnp.sqrt(grad**2 + 4 * eps_root) + eps)


@identity(source=_doc("adam, argument nesterov; Dozat 2016, algorithm 2 without its factor in the second moment"), at=_SIZES)
def nadam_looks_ahead_with_the_next_correction(
    theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, eps: Scalar
):
    r"""With `nesterov=True` the mean is $\beta_1 m' / (1 - \beta_1^{t+1}) + (1 - \beta_1) g / (1 - \beta_1^t)$."""

    def step(theta, grad, m, v, t):
        m, v = b1 * m + (1 - b1) * grad, b2 * v + (1 - b2) * grad**2
        ahead = b1 * m / (1 - b1 ** (t + 1)) + (1 - b1) * grad / (1 - b1**t)
        return theta - lr * ahead / (jnp.sqrt(v / (1 - b2**t)) + eps), m, v

    return _after(optax.adam(lr, b1, b2, eps, nesterov=True), theta, grads), _adam(step, theta, grads)


@nadam_looks_ahead_with_the_next_correction.mutant
def nadam_looks_ahead_with_the_same_correction(theta, grads, lr, b1, b2, eps):
    def step(theta, grad, m, v, t):
        m, v = b1 * m + (1 - b1) * grad, b2 * v + (1 - b2) * grad**2
        ahead = (b1 * m + (1 - b1) * grad) / (1 - b1**t)
        return theta - lr * ahead / (jnp.sqrt(v / (1 - b2**t)) + eps), m, v

    return _after(optax.adam(lr, b1, b2, eps, nesterov=True), theta, grads), _adam(step, theta, grads)


@identity(source=_doc("adamw"), at=_SIZES)
def adamw_decays_in_proportion_to_the_rate(
    theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, eps: Scalar, decay: Scalar
):
    r"""`adamw` is $\theta' = \theta - \eta (u + \lambda \theta)$: the decay is multiplied by the rate."""
    optimizer = optax.adamw(lr, b1, b2, eps, weight_decay=decay)
    return _after(optimizer, theta, grads), _adam(definitions.adamw, theta, grads, lr, b1, b2, eps, decay)


@adamw_decays_in_proportion_to_the_rate.mutant
def adamw_adds_its_decay_to_the_gradient(theta, grads, lr, b1, b2, eps, decay):
    def step(theta, grad, *rest):
        return definitions.adam(theta, grad + decay * theta, *rest)

    optimizer = optax.adamw(lr, b1, b2, eps, weight_decay=decay)
    return _after(optimizer, theta, grads), _adam(step, theta, grads, lr, b1, b2, eps)


@identity(source=_doc("lion"), at=_SIZES)
def lion_moves_by_the_sign_of_a_mean(
    theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, decay: Scalar
):
    r"""`lion` is algorithm 2: the sign of one mean moves the parameters, another mean is kept."""
    m, start = jnp.zeros_like(theta), theta
    for grad in grads:
        theta, m = definitions.lion(theta, grad, m, lr, b1, b2, decay)
    return _after(optax.lion(lr, b1, b2, weight_decay=decay), start, grads), theta


@lion_moves_by_the_sign_of_a_mean.mutant
def lion_keeps_the_mean_that_moves(theta, grads, lr, b1, b2, decay):
    m, start = jnp.zeros_like(theta), theta
    for grad in grads:
        theta, m = definitions.lion(theta, grad, m, lr, b1, b1, decay)
    return _after(optax.lion(lr, b1, b2, weight_decay=decay), start, grads), theta
