"""Optax: descent, with momentum or by the sign, over three steps.

Gradients, parameters and hyper-parameters are unknown reals.
"""

import jax.numpy as jnp
import optax

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import Grads, Scalar, Theta, after, documented
from jaxmath.verify.claim import identity

_SIZES = dict(t=3, n=2)


def _momentum(step, theta, grads, lr, mu):
    m = jnp.zeros_like(theta)
    for grad in grads:
        theta, m = step(theta, grad, m, lr, mu)
    return theta


@identity(source=documented("sgd"), at=_SIZES)
def sgd_is_the_textbook_descent(theta: Theta, grads: Grads, lr: Scalar):
    r"""Without momentum: $\theta' = \theta - \eta g$."""
    textbook = definitions.sgd(
        definitions.sgd(definitions.sgd(theta, grads[0], lr), grads[1], lr), grads[2], lr
    )
    return after(optax.sgd(lr), theta, grads), textbook


@sgd_is_the_textbook_descent.mutant
def sgd_climbs(theta, grads, lr):
    return after(optax.sgd(lr), theta, grads), theta + lr * grads.sum(0)


@identity(source=documented("sgd, argument momentum"), at=_SIZES)
def momentum_is_the_heavy_ball(theta: Theta, grads: Grads, lr: Scalar, mu: Scalar):
    r"""With momentum $m' = \mu m + g$: the gradient is not multiplied by $1 - \mu$."""
    return after(optax.sgd(lr, mu), theta, grads), _momentum(definitions.momentum, theta, grads, lr, mu)


@momentum_is_the_heavy_ball.mutant
def momentum_is_a_mean_of_gradients(theta, grads, lr, mu):
    mean = _momentum(definitions.momentum, theta, grads, lr * (1 - mu), mu)
    return after(optax.sgd(lr, mu), theta, grads), mean


@identity(source=documented("sgd, argument nesterov"), at=_SIZES)
def nesterov_looks_ahead_by_one_more_momentum(theta: Theta, grads: Grads, lr: Scalar, mu: Scalar):
    r"""With `nesterov=True`: $\theta' = \theta - \eta (\mu m' + g)$, the gradient taken at $\theta$."""
    textbook = _momentum(definitions.nesterov, theta, grads, lr, mu)
    return after(optax.sgd(lr, mu, nesterov=True), theta, grads), textbook


@nesterov_looks_ahead_by_one_more_momentum.mutant
def nesterov_is_the_heavy_ball(theta, grads, lr, mu):
    textbook = _momentum(definitions.momentum, theta, grads, lr, mu)
    return after(optax.sgd(lr, mu, nesterov=True), theta, grads), textbook


@identity(source=documented("lion"), at=_SIZES)
def lion_moves_by_the_sign_of_a_mean(
    theta: Theta, grads: Grads, lr: Scalar, b1: Scalar, b2: Scalar, decay: Scalar
):
    r"""`lion` is algorithm 2: the sign of one mean moves the parameters, another mean is kept."""
    m, start = jnp.zeros_like(theta), theta
    for grad in grads:
        theta, m = definitions.lion(theta, grad, m, lr, b1, b2, decay)
    return after(optax.lion(lr, b1, b2, weight_decay=decay), start, grads), theta


@lion_moves_by_the_sign_of_a_mean.mutant
def lion_keeps_the_mean_that_moves(theta, grads, lr, b1, b2, decay):
    m, start = jnp.zeros_like(theta), theta
    for grad in grads:
        theta, m = definitions.lion(theta, grad, m, lr, b1, b1, decay)
    return after(optax.lion(lr, b1, b2, weight_decay=decay), start, grads), theta
