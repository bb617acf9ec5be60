"""Privacy: gradients of single examples."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import privacy
from jaxmath.verify.claim import bound, identity

GOODFELLOW = "Goodfellow 2015, arXiv:1510.01799, section 4; Li et al. 2022, arXiv:2110.05679, section 4"
ABADI = "Abadi et al. 2016, arXiv:1607.00133, algorithm 1"
Scalar = Float[Array, ""]


@identity(source=GOODFELLOW, at=dict(t=3, d=2, e=2))
def the_ghost_norm_is_the_norm_of_the_gradient(
    x: Float[Array, "t d"], delta: Float[Array, "t e"], w: Float[Array, "d e"]
):
    r"""$\sum_{s, t} (x_s \cdot x_t)(\delta_s \cdot \delta_t) = \lVert \nabla_W \rVert_F^2$.

    For a loss that passes $\delta$ back through $y = x W$; here one that is linear in $y$.
    """
    gradient = jax.grad(lambda w: (delta * (x @ w)).sum())(w)
    return privacy.ghost_norm(x, delta) ** 2, (gradient**2).sum()


@the_ghost_norm_is_the_norm_of_the_gradient.mutant
def the_ghost_norm_is_that_of_tokens_alone(x, delta, w):
    """The form for one token, summed: products of norms, which forgets that tokens interfere."""
    return privacy.ghost_norm(x, delta) ** 2, ((x**2).sum(1) * (delta**2).sum(1)).sum()


@identity(source=GOODFELLOW, at=dict(t=2, d=2, e=2))
def a_bias_is_an_input_of_one(x: Float[Array, "t d"], delta: Float[Array, "t e"]):
    r"""The norm with a bias is that of inputs with a one appended: $x_s \cdot x_t + 1$."""
    ones = jnp.ones((x.shape[0], 1), x.dtype)
    bias = delta.sum(0)
    left = privacy.ghost_norm(jnp.concatenate([x, ones], axis=1), delta) ** 2
    return left, ((x.T @ delta) ** 2).sum() + (bias**2).sum()


@a_bias_is_an_input_of_one.mutant
def a_bias_adds_the_norms_of_its_tokens(x, delta):
    ones = jnp.ones((x.shape[0], 1), x.dtype)
    left = privacy.ghost_norm(jnp.concatenate([x, ones], axis=1), delta) ** 2
    return left, ((x.T @ delta) ** 2).sum() + (delta**2).sum()


@bound(source=ABADI, box=dict(g=(1, 4), h=(-4, -1)), sharp=dict(g=2.0, h=-3.0), slack=0.02)
def one_example_changes_the_mean_by_twice_the_limit(g: Scalar, h: Scalar):
    r"""Replacing one moves $\frac1B \sum \mathrm{clip}_C(g_i)$ by at most $2 C / B$, by opposites."""
    moved = _mean(jnp.stack([g, jnp.ones_like(g)])) - _mean(jnp.stack([h, jnp.ones_like(g)]))
    return jnp.abs(moved), jnp.full((), 2 * 0.5 / 2)


@one_example_changes_the_mean_by_twice_the_limit.mutant
def one_example_changes_the_mean_by_the_limit(g, h):
    moved = _mean(jnp.stack([g, jnp.ones_like(g)])) - _mean(jnp.stack([h, jnp.ones_like(g)]))
    return jnp.abs(moved), jnp.full((), 0.5 / 2)


@bound(source=ABADI, box=dict(g=(1, 4), h=(1, 4)), sharp=dict(g=3.0, h=4.0), slack=0.02)
def a_clipped_gradient_is_no_longer_than_the_limit(g: Scalar, h: Scalar):
    r"""$\lVert \mathrm{clip}_C(g) \rVert \le C$: adding an example moves the sum by at most $C$."""
    clipped = privacy.clip_each(jnp.stack([g, h])[None, :], 0.5)
    return (clipped**2).sum(), jnp.full((), 0.25)


@a_clipped_gradient_is_no_longer_than_the_limit.mutant
def gradients_clipped_by_entry_are_no_longer_than_the_limit(g, h):
    clipped = jnp.clip(jnp.stack([g, h]), -0.5, 0.5)
    return (clipped**2).sum(), jnp.full((), 0.25)


@identity(source=ABADI, at=dict(b=2, d=2))
def noise_is_scaled_to_what_one_example_can_change(
    grads: Float[Array, "b d"], noise: Float[Array, " d"], multiplier: Scalar
):
    r"""The mean has noise of standard deviation $\sigma C / B$ beside the mean of clipped gradients."""
    plain = privacy.private_mean(grads, 0 * noise, 0.5, multiplier, 4.0)
    noisy = privacy.private_mean(grads, noise, 0.5, multiplier, 4.0)
    return noisy - plain, multiplier * 0.5 / 4.0 * noise


@noise_is_scaled_to_what_one_example_can_change.mutant
def noise_of_the_sum_is_added_to_the_mean(grads, noise, multiplier):
    """As in jax_privacy issues 383 and 395: the batch is divided out of the sum but not out of the noise."""
    plain = privacy.private_mean(grads, 0 * noise, 0.5, multiplier, 4.0)
    noisy = privacy.private_mean(grads, noise, 0.5, multiplier, 4.0)
    return noisy - plain, multiplier * 0.5 * noise


def _mean(gradients: Array) -> Array:
    """The mean of two clipped gradients of one entry, without noise."""
    return privacy.private_mean(gradients[:, None], jnp.zeros(1, gradients.dtype), 0.5, 1.0, 2.0)[0]
