"""Optimizers: clipping, and Adafactor's whole step."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import adafactor, clip_by_global_norm, factored_rms, global_norm
from jaxmath.verify.claim import derivative, identity

PASCANU = "Pascanu, Mikolov & Bengio 2012, arXiv:1211.5063, algorithm 1"
SHAZEER = "Shazeer & Stern 2018, arXiv:1804.04235"


@identity(source=PASCANU, at=dict(n=2, m=3))
def a_long_gradient_gets_the_limit_as_its_norm(a: Float[Array, " n"], b: Float[Array, " m"]):
    r"""With half of the norm as the limit, all arrays are halved."""
    half = global_norm((a, b)) / 2
    return clip_by_global_norm((a, b), half), (a / 2, b / 2)


@a_long_gradient_gets_the_limit_as_its_norm.mutant
def each_array_gets_the_limit_as_its_norm(a, b):
    half = global_norm((a, b)) / 2
    return clip_by_global_norm((a, b), half), (half * a / global_norm(a), half * b / global_norm(b))


@identity(source=PASCANU, at=dict(n=2, m=3))
def a_short_gradient_is_left_alone(a: Float[Array, " n"], b: Float[Array, " m"]):
    r"""With twice the norm as the limit nothing changes."""
    return clip_by_global_norm((a, b), 2 * global_norm((a, b))), (a, b)


@a_short_gradient_is_left_alone.mutant
def a_short_gradient_is_lengthened(a, b):
    twice = 2 * global_norm((a, b))
    return clip_by_global_norm((a, b), twice), (2 * a, 2 * b)


@derivative(source="chain rule", at=dict(n=2, m=3))
def the_global_norm_has_the_direction_as_its_gradient(a: Float[Array, " n"], b: Float[Array, " m"]):
    r"""$\nabla \lVert g \rVert = g / \lVert g \rVert$."""

    def vjp(a, b, dy):
        norm = global_norm((a, b))
        return dy * a / norm, dy * b / norm

    return lambda a, b: global_norm((a, b)), vjp


@the_global_norm_has_the_direction_as_its_gradient.mutant
def the_global_norm_has_the_gradient_of_its_square(a, b):
    return lambda a, b: global_norm((a, b)), lambda a, b, dy: (2 * dy * a, 2 * dy * b)


@identity(source=f"{SHAZEER}, section 3", at=dict(n=2, m=3))
def factors_ignore_a_scale_and_follow_a_transposition(
    g: Float[Array, "n m"], b: Float[Array, ""]
):
    r"""From zero and at $\epsilon = 0$: a gradient times $b^2$ moves the same, transposed gradients move transposed."""
    u, row, col = factored_rms(g, jnp.zeros(2), jnp.zeros(3), 0.0, 0.0)
    scaled = factored_rms(b**2 * g, jnp.zeros(2), jnp.zeros(3), 0.0, 0.0)[0]
    turned = factored_rms(g.T, jnp.zeros(3), jnp.zeros(2), 0.0, 0.0)
    return (scaled, turned), (u, (u.T, col, row))


@factors_ignore_a_scale_and_follow_a_transposition.mutant
def factors_keep_a_scale(g, b):
    u = factored_rms(g, jnp.zeros(2), jnp.zeros(3), 0.0, 0.0)[0]
    return factored_rms(b**2 * g, jnp.zeros(2), jnp.zeros(3), 0.0, 0.0)[0], b**2 * u


@identity(source=f"{SHAZEER}, algorithm 4", at=dict(n=2, m=2))
def a_wide_clip_leaves_the_relative_step(
    theta: Float[Array, "n m"], g: Float[Array, "n m"], row: Float[Array, " n"], col: Float[Array, " m"],
    lr: Float[Array, ""],
):  # fmt: skip
    r"""Where the update's RMS is half of the clip: $\theta' = \theta - \eta\, \max(\epsilon_2, \mathrm{rms}\, \theta)\, u$, here with $\epsilon_2 = 0$."""
    u = factored_rms(g, row, col, 0.5, 0.0)[0]
    wide = 2 * jnp.sqrt((u**2).mean())
    new = adafactor(theta, g, row, col, lr, 0.5, 0.0, wide, 0.0)[0]
    return new, theta - lr * jnp.sqrt((theta**2).mean()) * u


@a_wide_clip_leaves_the_relative_step.mutant
def a_wide_clip_leaves_the_absolute_step(theta, g, row, col, lr):
    u = factored_rms(g, row, col, 0.5, 0.0)[0]
    wide = 2 * jnp.sqrt((u**2).mean())
    return adafactor(theta, g, row, col, lr, 0.5, 0.0, wide, 0.0)[0], theta - lr * u
