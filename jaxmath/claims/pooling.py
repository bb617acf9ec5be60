"""What is true of vectors of sequences."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import pooling
from jaxmath.verify.claim import identity

SBERT = "Reimers & Gurevych 2019, arXiv:1908.10084, section 3"


def _left(n: int, m: int) -> Array:
    """The first `n` of `n + m` positions."""
    return jnp.arange(n + m) < n


@identity(source=SBERT, at=dict(n=3, m=2, d=2))
def padding_does_not_change_the_mean(x: Float[Array, "n d"], junk: Float[Array, "m d"]):
    r"""Vectors at positions without a token may be anything."""
    return pooling.mean_pool(jnp.concatenate([x, junk]), _left(3, 2)), x.mean(0)


@padding_does_not_change_the_mean.mutant
def padding_counts_in_the_denominator(x, junk):
    kept = jnp.where(_left(3, 2)[:, None], jnp.concatenate([x, junk]), 0)
    return kept.mean(0), x.mean(0)


@identity(source=SBERT, at=dict(n=3, d=2))
def the_mean_gives_every_token_an_equal_share_of_the_gradient(x: Float[Array, "n d"], dy: Float[Array, " d"]):
    r"""$\partial / \partial x_i = \tfrac{1}{|M|} \, dy$ for tokens that are there, and 0 for the others."""
    here = jnp.array([True, False, True])
    (dx,) = jax.vjp(lambda x: pooling.mean_pool(x, here), x)[1](dy)
    return dx, jnp.stack([dy / 2, jnp.zeros_like(dy), dy / 2])


@the_mean_gives_every_token_an_equal_share_of_the_gradient.mutant
def the_gradient_reaches_the_padding(x, dy):
    (dx,) = jax.vjp(lambda x: pooling.mean_pool(x, jnp.array([True, False, True])), x)[1](dy)
    return dx, jnp.broadcast_to(dy / 3, dx.shape)


@identity(source=SBERT, at=dict(n=2, d=2))
def where_no_token_is_there_the_mean_is_zero_and_flat(x: Float[Array, "n d"], dy: Float[Array, " d"]):
    r"""Value and gradient are zero, not $0/0$."""
    y, pull = jax.vjp(lambda x: pooling.mean_pool(x, jnp.zeros(2, bool)), x)
    return (y, pull(dy)[0]), (jnp.zeros_like(y), jnp.zeros_like(x))


@where_no_token_is_there_the_mean_is_zero_and_flat.mutant
def where_no_token_is_there_the_mean_is_that_of_all(x, dy):
    y, pull = jax.vjp(lambda x: pooling.mean_pool(x, jnp.ones(2, bool)), x)
    return (y, pull(dy)[0]), (jnp.zeros_like(y), jnp.zeros_like(x))


@identity(source="law of cosines", at=dict(d=2))
def the_nearest_unit_vector_is_that_of_the_greatest_cosine(x: Float[Array, " d"], y: Float[Array, " d"]):
    r"""$\|u - w\|^2 = 2 - 2 \cos(x, y)$ for $u = x / \|x\|$, $w = y / \|y\|$: one order, two searches."""
    cosine = x @ y / (jnp.sqrt(x @ x) * jnp.sqrt(y @ y))
    return ((pooling.unit(x) - pooling.unit(y)) ** 2).sum(), 2 - 2 * cosine


@the_nearest_unit_vector_is_that_of_the_greatest_cosine.mutant
def the_nearest_vector_is_that_of_the_greatest_cosine(x, y):
    cosine = x @ y / (jnp.sqrt(x @ x) * jnp.sqrt(y @ y))
    return ((x - y) ** 2).sum(), 2 - 2 * cosine


@identity(source="quotient rule", at=dict(d=3))
def the_gradient_of_a_unit_vector_is_tangent(x: Float[Array, " d"], dy: Float[Array, " d"]):
    r"""$dx = (dy - u \, u^\top dy) / \|x\|$, at right angles to $u = x / \|x\|$."""
    r = jnp.sqrt(x @ x)
    u = x / r
    return jax.vjp(pooling.unit, x)[1](dy)[0], (dy - u * (u @ dy)) / r


@the_gradient_of_a_unit_vector_is_tangent.mutant
def the_length_is_a_constant(x, dy):
    return jax.vjp(pooling.unit, x)[1](dy)[0], dy / jnp.sqrt(x @ x)
