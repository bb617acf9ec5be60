"""Optax: losses of regression, and of margins."""

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import documented
from jaxmath.verify.claim import identity

_SIZES = dict(n=3, v=4, d=4)
Vectors = Float[Array, "n d"]


@identity(source=documented("losses.l2_loss"), at=_SIZES)
def l2_loss_is_half_the_square(x: Vectors, y: Vectors):
    r"""`l2_loss` is $\tfrac12 (x - y)^2$, entry by entry; `squared_error` has no factor."""
    return (optax.l2_loss(x, y), optax.squared_error(x, y)), ((x - y) ** 2 / 2, (x - y) ** 2)


@l2_loss_is_half_the_square.mutant
def l2_loss_is_the_square(x, y):
    return (optax.l2_loss(x, y), optax.squared_error(x, y)), ((x - y) ** 2, (x - y) ** 2)


@identity(source=documented("losses.huber_loss"), at=_SIZES)
def huber_loss_goes_on_in_a_straight_line(x: Vectors, y: Vectors, delta: Float[Array, ""]):
    r"""`huber_loss` is $\tfrac12 e^2$ up to $|e| = \delta$ and $\delta (|e| - \tfrac12 \delta)$ beyond."""
    e = jnp.abs(x - y)
    loss = jnp.where(e < delta, e**2 / 2, delta * (e - delta / 2))
    return optax.huber_loss(x, y, delta=delta), loss


@huber_loss_goes_on_in_a_straight_line.mutant
def huber_loss_jumps_to_a_straight_line(x, y, delta):
    e = jnp.abs(x - y)
    return optax.huber_loss(x, y, delta=delta), jnp.where(e < delta, e**2 / 2, delta * e)


@identity(source=documented("losses.log_cosh"), at=_SIZES)
def log_cosh_is_the_logarithm_of_cosh(x: Vectors, y: Vectors):
    r"""`log_cosh` is $\log \cosh (x - y)$, entry by entry."""
    e = x - y
    return optax.log_cosh(x, y), jnp.log((jnp.exp(e) + jnp.exp(-e)) / 2)


@log_cosh_is_the_logarithm_of_cosh.mutant
def log_cosh_forgets_the_logarithm_of_two(x, y):
    e = x - y
    return optax.log_cosh(x, y), jnp.log(jnp.exp(e) + jnp.exp(-e))


@identity(source=documented("losses.cosine_similarity"), at=_SIZES)
def cosine_similarity_is_the_product_of_unit_vectors(x: Vectors, y: Vectors):
    r"""The cosine similarity is the product over both lengths; the cosine distance is one less it."""
    cosine = (x * y).sum(-1) / jnp.sqrt((x**2).sum(-1)) / jnp.sqrt((y**2).sum(-1))
    return (optax.cosine_similarity(x, y), optax.cosine_distance(x, y)), (cosine, 1 - cosine)


@cosine_similarity_is_the_product_of_unit_vectors.mutant
def cosine_similarity_divides_by_the_squares(x, y):
    cosine = (x * y).sum(-1) / (x**2).sum(-1)
    return (optax.cosine_similarity(x, y), optax.cosine_distance(x, y)), (cosine, 1 - cosine)


@identity(source=documented("losses.hinge_loss"), at=_SIZES)
def hinge_loss_is_what_a_margin_lacks_of_one(x: Vectors, y: Vectors):
    r"""`hinge_loss` is $\max(0, 1 - y x)$, entry by entry."""
    return optax.hinge_loss(x, y), definitions.relu(1 - y * x)


@hinge_loss_is_what_a_margin_lacks_of_one.mutant
def hinge_loss_asks_for_no_margin(x, y):
    return optax.hinge_loss(x, y), definitions.relu(-y * x)
