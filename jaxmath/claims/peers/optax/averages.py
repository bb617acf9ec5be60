"""Optax: Muon and schedule-free descent, of `optax.contrib`."""

import jax
import optax
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import Grads, Scalar, Theta, after, documented
from jaxmath.verify.claim import identity

Matrix = Float[Array, "n m"]
Coefficients = Float[Array, "3"]
_SIZES = dict(n=1, m=2)


def _muon(grads, c: Array, beta: Array, **options):
    """The last update of `scale_by_muon` with one step of its polynomial and no epsilon."""
    options["weight_dimension_numbers"] = optax.contrib.MuonDimensionNumbers()
    transform = optax.contrib.scale_by_muon((c[0], c[1], c[2]), 1, beta, 0.0, **options)
    with jax.numpy_dtype_promotion("standard"):
        state = transform.init(grads[0])
        for grad in grads:
            update, state = transform.update(grad, state)
    return update


def _textbook(direction: Array, c: Array) -> Array:
    return definitions.orthogonalised(direction, 1, (c[0], c[1], c[2]), 0.0)


@identity(source=documented("contrib.scale_by_muon, argument nesterov=False"), at=_SIZES)
def muon_without_look_ahead_orthogonalises_a_debiased_mean(
    a: Matrix, b: Matrix, c: Coefficients, beta: Scalar
):
    r"""The second update is $O(m / (1 - \beta^2))$ with $m = (1 - \beta)(\beta g_1 + g_2)$."""
    mean = (1 - beta) * (beta * a + b) / (1 - beta**2)
    return _muon([a, b], c, beta, nesterov=False), _textbook(mean, c)


@muon_without_look_ahead_orthogonalises_a_debiased_mean.mutant
def muon_without_look_ahead_averages_orthogonal_updates(a, b, c, beta):
    each = _textbook(a, c), _textbook(b, c)
    return _muon([a, b], c, beta, nesterov=False), (1 - beta) * (beta * each[0] + each[1])


@identity(source="optax 0.2: bias corrections of the mean and of the gradient by t + 1 and t", at=_SIZES)
def muon_with_look_ahead_corrects_the_bias_of_both_terms(a: Matrix, b: Matrix, c: Coefficients, beta: Scalar):
    r"""The second update is $O\bigl(\frac{\beta m}{1 - \beta^3} + \frac{(1 - \beta) g_2}{1 - \beta^2}\bigr)$.

    Here $m = (1 - \beta)(\beta g_1 + g_2)$. Jordan's original, $O(\mu v + g_2)$ with $v = \mu g_1 + g_2$,
    weighs the two gradients otherwise in the first steps.
    """
    mean = (1 - beta) * (beta * a + b)
    return _muon([a, b], c, beta), _textbook(beta * mean / (1 - beta**3) + (1 - beta) * b / (1 - beta**2), c)


@muon_with_look_ahead_corrects_the_bias_of_both_terms.mutant
def muon_with_look_ahead_is_the_original(a, b, c, beta):
    return _muon([a, b], c, beta), _textbook(beta * (beta * a + b) + b, c)


@identity(source=documented("contrib.schedule_free_sgd, at a constant rate"), at=dict(t=3, n=2))
def schedule_free_descent_is_the_textbook(theta: Theta, grads: Grads, lr: Scalar, beta: Scalar):
    r"""Parameters are the points $y = (1 - \beta) z + \beta x$, and $x$ is the mean of the iterates $z$."""
    lr, beta = lr**2, beta**2
    z = x = theta
    for t, grad in enumerate(grads, start=1):
        z, x = definitions.schedule_free(z, x, grad, t, lr)
    found = after(optax.contrib.schedule_free_sgd(lr, b1=beta), theta, grads)
    return found, definitions.schedule_free_point(z, x, beta)


@schedule_free_descent_is_the_textbook.mutant
def schedule_free_descent_returns_the_average(theta, grads, lr, beta):
    lr, beta = lr**2, beta**2
    z = x = theta
    for t, grad in enumerate(grads, start=1):
        z, x = definitions.schedule_free(z, x, grad, t, lr)
    return after(optax.contrib.schedule_free_sgd(lr, b1=beta), theta, grads), x
