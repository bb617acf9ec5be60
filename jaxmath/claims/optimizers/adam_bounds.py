"""Optimizers: how far a step of Adam may go."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import adam_direction
from jaxmath.verify.claim import accounting, bound, identity

KINGMA = "Kingma & Ba 2014, arXiv:1412.6980, section 2.1"
CAUCHY = "Cauchy-Schwarz for the sum of beta1^(t-i) g_i against the sum of beta2^(t-i) g_i^2"
Scalar = Float[Array, ""]


def _means(g: Array, b1: Array, b2: Array) -> tuple[Array, Array]:
    m = v = jnp.zeros(())
    for t, grad in enumerate(g, start=1):
        _, m, v = adam_direction(grad, m, v, t, b1, b2)
    return m, v


@identity(source=f"{CAUCHY}: Lagrange's identity")
def adam_steps_are_bounded_by_cauchy_schwarz(g: Float[Array, "3"], b1: Scalar, b2: Scalar):
    r"""$v_t \sum_i \beta_1^{2i} \beta_2^{-i} / (1 - \beta_2) - m_t^2 / (1 - \beta_1)^2$ is a sum of squares.

    For three steps, whatever the gradients and betas: of $(a_i w_j g_j - a_j w_i g_i)^2 / (w_i w_j)$ over
    $i < j$ with $a_i = \beta_1^{t - i}$ and $w_i = \beta_2^{t - i}$. So $m_t^2 \le C v_t$, with equality for
    $g_i \propto (\beta_1 / \beta_2)^{t - i}$ alone.
    """
    m, v = _means(g, b1, b2)
    a, w = jnp.stack([b1**2, b1, b1**0]), jnp.stack([b2**2, b2, b2**0])
    gap = (a**2 / w).sum() * v / (1 - b2) - (m / (1 - b1)) ** 2
    pairs = ((0, 1), (0, 2), (1, 2))
    squares = [(a[i] * w[j] * g[j] - a[j] * w[i] * g[i]) ** 2 / (w[i] * w[j]) for i, j in pairs]
    return gap, sum(squares)


@adam_steps_are_bounded_by_cauchy_schwarz.mutant
def adam_steps_are_bounded_by_a_sum_of_decays(g, b1, b2):
    m, v = _means(g, b1, b2)
    a, w = jnp.stack([b1**2, b1, b1**0]), jnp.stack([b2**2, b2, b2**0])
    gap = a.sum() * v / (1 - b2) - (m / (1 - b1)) ** 2
    pairs = ((0, 1), (0, 2), (1, 2))
    squares = [(a[i] * w[j] * g[j] - a[j] * w[i] * g[i]) ** 2 / (w[i] * w[j]) for i, j in pairs]
    return gap, sum(squares)


@accounting(source=f"{CAUCHY}, for beta1 = 0.9 and beta2 = 0.999")
def the_farthest_step_of_adam_is_7_27_learning_rates():
    r"""It is 7.270 in long runs and 4.884 after 600 steps.

    $$ \frac{1 - \beta_1}{\sqrt{(1 - \beta_2)(1 - \beta_1^2 / \beta_2)}}
       \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} $$

    A lone gradient after zeros moves by 3.162, which the source takes for the most.
    """
    b1, b2 = 0.9, 0.999
    far = (1 - b1) / np.sqrt((1 - b2) * (1 - b1**2 / b2))
    at_600 = far * np.sqrt(1 - b2**600) / (1 - b1**600)
    return (float(far), float(at_600), (1 - b1) / np.sqrt(1 - b2)), ("7.270", "4.884", "3.162")


@the_farthest_step_of_adam_is_7_27_learning_rates.mutant
def the_farthest_step_of_adam_is_3_16_learning_rates():
    b1, b2 = 0.9, 0.999
    return float((1 - b1) / np.sqrt((1 - b2) * (1 - b1**2 / b2))), "3.162"


def _second_step(first: Array, b1: float = 0.5, b2: float = 0.75) -> Array:
    zero, one = jnp.zeros_like(first), jnp.ones_like(first)
    _, m, v = adam_direction(first, zero, zero, 1, b1, b2, 0.0)
    return adam_direction(one, m, v, 2, b1, b2, 0.0)[0]


@bound(source=CAUCHY, box=dict(first=(-2, 2)), slack=1e-3, sharp=dict(first=2 / 3))
def the_second_step_of_adam_is_bounded_sharply(first: Scalar):
    r"""After $g_1$ and $g_2 = 1$ it is at most that of $g_1 = \beta_1 / \beta_2$."""
    step = _second_step(first)
    b1, b2 = 0.5, 0.75
    most = (1 - b1) / (1 - b1**2) * np.sqrt((1 - b2**2) / (1 - b2) * (1 + b1**2 / b2))
    return (step, -step), (jnp.full_like(step, most),) * 2


@the_second_step_of_adam_is_bounded_sharply.mutant
def the_second_step_of_adam_is_bounded_by_that_of_a_lone_gradient(first):
    step = _second_step(first)
    return (step, -step), (_second_step(jnp.zeros_like(first)),) * 2


@bound(source=f"{KINGMA}: the common case", box=dict(first=(-2, 2)), slack=1e-3, sharp=dict(first=1.0))
def adam_steps_by_a_learning_rate_at_most_if_its_betas_are_equal(first: Scalar):
    r"""With $\beta_1 = \beta_2$ the step is at most one: both means have the same weights (Jensen)."""
    step = _second_step(first, 0.75, 0.75)
    return (step, -step), (jnp.ones_like(step),) * 2


@adam_steps_by_a_learning_rate_at_most_if_its_betas_are_equal.mutant
def adam_steps_by_a_learning_rate_at_most(first):
    step = _second_step(first)
    return (step, -step), (jnp.ones_like(step),) * 2
