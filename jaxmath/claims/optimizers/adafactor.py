"""Optimizers: Adafactor."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    adafactor,
    adafactor_decay,
    factored_rms,
)
from jaxmath.verify.claim import identity

SHAZEER = "Shazeer & Stern 2018, arXiv:1804.04235"
SIZES = dict(n=3)


@identity(source=f"{SHAZEER}, section 3, eq. (4)", at=dict(n=2, m=3))
def factors_are_exact_for_squares_of_rank_one(r: Float[Array, " n"], c: Float[Array, " m"]):
    r"""If $g_{ij} = r_i c_j$, the first step divides by $\lvert g \rvert$ itself ($\epsilon = 0$)."""
    g = jnp.outer(r, c)
    u, _, _ = factored_rms(g, jnp.zeros_like(r), jnp.zeros_like(c), 0.0, 0.0)
    return u, g / jnp.sqrt(g**2)


@factors_are_exact_for_squares_of_rank_one.mutant
def factors_are_exact_for_squares_of_rank_two(r, c):
    g = jnp.outer(r, c) + jnp.eye(2, 3)
    u, _, _ = factored_rms(g, jnp.zeros_like(r), jnp.zeros_like(c), 0.0, 0.0)
    return u, g / jnp.sqrt(g**2)


@identity(source=f"{SHAZEER}, section 3", at=dict(n=2, m=3))
def factors_keep_row_and_column_means(
    g: Float[Array, "n m"], row: Float[Array, " n"], col: Float[Array, " m"], b2: Float[Array, ""]
):
    r"""With row and column means of one matrix, $r c^\top / \bar r$ has the same row and column means."""
    _, r, c = factored_rms(g, row, col * row.mean() / col.mean(), b2, 0.0)
    estimate = r[:, None] * c[None, :] / r.mean()
    return (estimate.mean(1), estimate.mean(0)), (r, c)


@factors_keep_row_and_column_means.mutant
def factors_of_two_matrices_keep_row_and_column_means(g, row, col, b2):
    _, r, c = factored_rms(g, row, col, b2, 0.0)
    estimate = r[:, None] * c[None, :] / r.mean()
    return (estimate.mean(1), estimate.mean(0)), (r, c)


@identity(source=f"{SHAZEER}, section 7.2", at=SIZES, given=dict(exponent=1.0))
def a_decay_of_one_over_t_weighs_all_steps_alike(g: Float[Array, "3 n"], exponent: float):
    r"""With $\beta_{2t} = 1 - t^{-1}$ the second moment is the plain mean of all squares."""
    row, col = g[0], g[0, :1]
    for t in (1, 2, 3):
        _, row, col = factored_rms(g[t - 1][:, None], row, col, adafactor_decay(t, exponent), 0.0)
    return row, (g**2).mean(0)


@a_decay_of_one_over_t_weighs_all_steps_alike.mutant
def a_decay_that_counts_from_two_weighs_all_steps_alike(g, exponent):
    row, col = g[0], g[0, :1]
    for t in (1, 2, 3):
        _, row, col = factored_rms(g[t - 1][:, None], row, col, adafactor_decay(t + 1, exponent), 0.0)
    return row, (g**2).mean(0)


@identity(source=f"{SHAZEER}, section 3", at=dict(n=2, m=3))
def factors_ignore_a_scale_and_follow_a_transposition(g: Float[Array, "n m"], b: Float[Array, ""]):
    r"""At $\epsilon = 0$ a first gradient times $b^2$ moves the same; a transposed one moves transposed."""
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
    r"""$\theta' = \theta - \eta\, \mathrm{rms}(\theta)\, u$ where the clip is wide and $\epsilon_2 = 0$."""
    u = factored_rms(g, row, col, 0.5, 0.0)[0]
    wide = 2 * jnp.sqrt((u**2).mean())
    new = adafactor(theta, g, row, col, lr, 0.5, 0.0, wide, 0.0)[0]
    return new, theta - lr * jnp.sqrt((theta**2).mean()) * u


@a_wide_clip_leaves_the_relative_step.mutant
def a_wide_clip_leaves_the_absolute_step(theta, g, row, col, lr):
    u = factored_rms(g, row, col, 0.5, 0.0)[0]
    wide = 2 * jnp.sqrt((u**2).mean())
    return adafactor(theta, g, row, col, lr, 0.5, 0.0, wide, 0.0)[0], theta - lr * u
