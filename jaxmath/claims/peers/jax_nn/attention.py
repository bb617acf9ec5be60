"""`jax.nn.dot_product_attention`: values.

Arrays carry the batch in front and the heads behind the positions.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath import definitions
from jaxmath.claims.peers._shared import attention_of_batch
from jaxmath.verify.claim import identity

SOURCE = "JAX documentation, jax.nn.dot_product_attention"
SIZES = dict(b=2, n=3, m=4, h=2, g=1, d=4)
SEEN = np.array([[[True, False, True, True], [False, True, True, False], [True, True, True, True]]] * 2)[
    :, None
]
Queries = Float[Array, "b n h d"]
Keys = Float[Array, "b m h d"]
Shared = Float[Array, "b m g d"]
Pairs = Bool[Array, "b 1 n m"]
Bias = Float[Array, "b h n m"]
attend: Callable[..., Any] = jax.nn.dot_product_attention


@identity(source=SOURCE, at=SIZES)
def attention_is_the_textbook_attention_of_each_head(q: Queries, k: Keys, v: Keys):
    r"""In every item of the batch and every head: softmax of $q k^\top / \sqrt d$, times $v$."""
    return attend(q, k, v), attention_of_batch(q, k, v)


@attention_is_the_textbook_attention_of_each_head.mutant
def attention_does_not_scale_its_scores(q, k, v):
    return attend(q, k, v), attention_of_batch(q, k, v, scale=1.0)


@identity(source=SOURCE + ", shape TNH", at=SIZES)
def attention_without_a_batch_is_that_of_one_item(
    q: Float[Array, "n h d"], k: Float[Array, "m h d"], v: Float[Array, "m h d"]
):
    r"""The axis of the batch may be left out."""
    return attend(q, k, v), attention_of_batch(q[None], k[None], v[None])[0]


@attention_without_a_batch_is_that_of_one_item.mutant
def attention_without_a_batch_crosses_its_heads(q, k, v):
    return attend(q, k, v), attention_of_batch(q[None], k[None, :, ::-1], v[None])[0]


@identity(source=SOURCE + ", argument scale", at=SIZES)
def attention_takes_a_scale_in_place_of_the_root(q: Queries, k: Keys, v: Keys, scale: Float[Array, ""]):
    r"""A given scale replaces $1 / \sqrt d$."""
    return attend(q, k, v, scale=scale), attention_of_batch(q, k, v, scale=scale)


@attention_takes_a_scale_in_place_of_the_root.mutant
def attention_takes_a_scale_besides_the_root(q, k, v, scale):
    return attend(q, k, v, scale=scale), attention_of_batch(q, k, v, scale=scale / jnp.sqrt(q.shape[-1]))


@identity(source=SOURCE + ", argument bias", at=SIZES)
def attention_adds_its_bias_to_scaled_scores(q: Queries, k: Keys, v: Keys, bias: Bias):
    r"""The scores are $q k^\top / \sqrt d + b$: the bias is not scaled."""
    return attend(q, k, v, bias), attention_of_batch(q, k, v, bias=bias)


@attention_adds_its_bias_to_scaled_scores.mutant
def attention_scales_its_bias_too(q, k, v, bias):
    return attend(q, k, v, bias), attention_of_batch(q, k, v, bias=bias / jnp.sqrt(q.shape[-1]))


@identity(source=SOURCE + ", shape BSKH", at=SIZES | dict(h=4, g=2))
def attention_heads_share_keys_in_groups_of_neighbours(q: Queries, k: Shared, v: Shared):
    r"""Head $i$ of $h$ attends to keys and values $\lfloor i g / h \rfloor$ of $g$."""
    return attend(q, k, v), attention_of_batch(q, k, v)


@attention_heads_share_keys_in_groups_of_neighbours.mutant
def attention_heads_share_keys_in_turns(q, k, v):
    turns = [0, 2, 1, 3]
    return attend(q, k, v), attention_of_batch(q[:, :, turns], k, v)[:, :, turns]


@identity(source=SOURCE + ", argument return_residual", at=SIZES)
def attention_residual_is_the_logarithm_of_the_denominator(q: Queries, k: Keys, v: Keys):
    r"""The residual is $\log \sum_j e^{x_{ij}}$ of the scaled scores."""
    each = jax.vmap(jax.vmap(definitions.attention_lse, in_axes=1, out_axes=1))
    return attend(q, k, v, return_residual=True)[1], each(q, k)


@attention_residual_is_the_logarithm_of_the_denominator.mutant
def attention_residual_is_that_of_unscaled_scores(q, k, v):
    each = jax.vmap(jax.vmap(lambda q, k: definitions.attention_lse(q, k, scale=1.0), in_axes=1, out_axes=1))
    return attend(q, k, v, return_residual=True)[1], each(q, k)
