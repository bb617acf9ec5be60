"""Traps: training."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from jaxmath.verify.claim import bound, distribution, trap

MUON = (3.4445, -4.7750, 2.0315)


def _adam_steps(grads: np.ndarray) -> np.ndarray:
    """All updates of `optax.scale_by_adam` at its defaults, with no epsilon."""
    adam = optax.scale_by_adam(eps=0.0)

    def step(state, grad):
        update, state = adam.update(grad, state)
        return state, update

    with jax.numpy_dtype_promotion("standard"):
        return np.asarray(jax.lax.scan(step, adam.init(jnp.ones(())), jnp.asarray(grads))[1])


@trap(instead="adam_steps_are_bounded_by_cauchy_schwarz")
@distribution(
    source="Kingma & Ba 2014, arXiv:1412.6980, section 2.1: the two bounds on the effective step",
    roundings=6 * 600,
)
def adam_never_steps_further_than_a_lone_gradient_would_move_it():
    r"""With the default betas no step exceeds $(1 - \beta_1) / \sqrt{1 - \beta_2} = 3.1623$ learning rates.

    Here for 600 gradients that grow by $\beta_2 / \beta_1$ from one to the next.
    """
    steps, limit = _adam_steps((0.999 / 0.9) ** np.arange(600)), (1 - 0.9) / np.sqrt(1 - 0.999)
    return {"largest step": max(steps.max(), limit)}, {"largest step": limit}


@adam_never_steps_further_than_a_lone_gradient_would_move_it.truth
@bound(
    source="Cauchy-Schwarz for the sum of beta1^(t-i) g_i against the sum of beta2^(t-i) g_i^2",
    box=dict(ratio=(0.85, 0.95)),
    slack=1e-3,
    sharp=dict(ratio=0.9 / 0.999),
)
def adam_steps_at_most_as_far_as_growing_gradients_move_it(ratio: Float[Array, ""]):
    r"""After 300 gradients $g_i = r^{300 - i}$ the step is at most that of $r = \beta_1 / \beta_2$, 3.7022.

    $$ u_t \le \frac{1-\beta_1}{\sqrt{(1-\beta_2)(1-\beta_1^2/\beta_2)}}
       \frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t} $$
    """
    b1, b2, t = (jnp.asarray(x, ratio.dtype) for x in (0.9, 0.999, 300.0))
    m = (1 - b1) * (1 - (b1 * ratio) ** t) / (1 - b1 * ratio) / (1 - b1**t)
    v = (1 - b2) * (1 - (b2 * ratio**2) ** t) / (1 - b2 * ratio**2) / (1 - b2**t)
    far = (1 - b1) / jnp.sqrt((1 - b2) * (1 - b1**2 / b2)) * jnp.sqrt(1 - b2**t) / (1 - b1**t)
    return m / jnp.sqrt(v), far


def _muon(s: Array, steps: int = 5) -> Array:
    a, b, c = MUON
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    return s


@trap(instead="the_cubic_newton_schulz_step_keeps_one")
@bound(
    source="descriptions of Muon: five Newton-Schulz steps replace the update by its polar factor",
    box=dict(s=(0.01, 1)),
    sharp=dict(s=1.0),
)
def five_steps_of_muon_orthogonalise(s: Float[Array, ""]):
    r"""Five steps with $(3.4445, -4.7750, 2.0315)$ send every singular value in $[0.01, 1]$ to 1 (to 1 %)."""
    return jnp.abs(_muon(s) - 1), jnp.full((), 0.01, s.dtype)


@five_steps_of_muon_orthogonalise.truth
@bound(
    source="Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks",
    box=dict(s=(0.682, 1.203)),
    sharp=dict(s=1.05),
)
def a_step_of_muon_keeps_singular_values_near_one(s: Float[Array, ""]):
    r"""A step sends $[0.682, 1.203]$ to $[0.6818, 1.203]$, and 1 to 0.701: one is not a fixed point."""
    out = _muon(s, 1)
    return (-out, out), (jnp.full((), -0.6818, s.dtype), jnp.full((), 1.203, s.dtype))
