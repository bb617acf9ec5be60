"""What is true of attention by distances; how far it stretches inputs is among the traps of attention."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import attention, distance_attention
from jaxmath.verify.claim import identity

KIM = "Kim, Papamakarios & Mnih 2020, arXiv:2006.04710"
SIZES = dict(n=2, m=3, d=2, e=2)
Queries = Float[Array, "n d"]
Keys = Float[Array, "m d"]
Values = Float[Array, "m e"]


@identity(source=f"{KIM}, section 3.2", at=SIZES)
def distances_are_products_less_the_lengths_of_keys(q: Queries, k: Keys, v: Values):
    r"""It is attention of twice the scale with the bias $-\lVert k_j \rVert^2 / \sqrt d$."""
    root = jnp.sqrt(q.shape[-1])
    bias = jnp.broadcast_to(-(k**2).sum(-1)[None] / root, (q.shape[0], k.shape[0]))
    return distance_attention(q, k, v), attention(q, k, v, bias=bias, scale=2 / root)


@distances_are_products_less_the_lengths_of_keys.mutant
def distances_are_products(q, k, v):
    return distance_attention(q, k, v), attention(q, k, v, scale=2 / jnp.sqrt(q.shape[-1]))


@identity(source=f"{KIM}: distances", at=SIZES)
def distances_ignore_where_the_origin_is(q: Queries, k: Keys, v: Values, c: Float[Array, " d"]):
    r"""A vector added to all queries and all keys changes nothing."""
    return distance_attention(q + c[None], k + c[None], v), distance_attention(q, k, v)


@distances_ignore_where_the_origin_is.mutant
def products_ignore_where_the_origin_is(q, k, v, c):
    return attention(q + c[None], k + c[None], v), attention(q, k, v)


@identity(source="Nadaraya 1964, Watson 1964: kernel regression", at=SIZES)
def distances_of_a_scale_are_gaussian_regression(q: Queries, k: Keys, v: Values, h: Float[Array, ""]):
    r"""With the scale $1 / (2 h^2)$ it is regression of values on keys by a Gaussian of width $h$."""
    weights = jnp.exp(-((q[:, None] - k[None]) ** 2).sum(-1) / (2 * h**2))
    return distance_attention(q, k, v, scale=1 / (2 * h**2)), weights @ v / weights.sum(1, keepdims=True)


@distances_of_a_scale_are_gaussian_regression.mutant
def distances_of_a_scale_are_regression_of_another_width(q, k, v, h):
    weights = jnp.exp(-((q[:, None] - k[None]) ** 2).sum(-1) / (2 * h**2))
    return distance_attention(q, k, v, scale=1 / h**2), weights @ v / weights.sum(1, keepdims=True)


@identity(source="equal lengths cancel in the denominators", at=dict(n=2, d=2, e=2))
def keys_of_one_length_make_it_attention(q: Queries, a: Float[Array, " d"], v: Float[Array, "4 e"]):
    r"""Where all keys are of one length, distances and products of twice the scale are alike."""
    turned = jnp.stack([-a[1], a[0]])
    keys = jnp.stack([a, turned, -a, -turned])
    return distance_attention(q, keys, v), attention(q, keys, v, scale=2 / jnp.sqrt(2))


@keys_of_one_length_make_it_attention.mutant
def keys_of_two_lengths_make_it_attention(q, a, v):
    turned = jnp.stack([-a[1], a[0]])
    keys = jnp.stack([a, turned, -2 * a, -2 * turned])
    return distance_attention(q, keys, v), attention(q, keys, v, scale=2 / jnp.sqrt(2))
