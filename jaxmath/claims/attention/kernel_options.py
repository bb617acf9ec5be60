"""Attention: what the kernel adds to scores is what the textbook adds."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.verify.claim import identity

SIZES = dict(n=3, m=5, d=2, e=2)
# Two queries, two keys, one head at once: more than one block of each, and the last one is not full.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


@identity(source="Raffel et al. 2020, arXiv:1910.10683, section 2.1", at=SIZES)
def a_bias_is_added_to_scaled_scores(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m e"],
    bias: Float[Array, "n m"],
    scale: Float[Array, ""],
):
    r"""For every pair, for every key or for every query; a bias for a query alone changes nothing."""
    biases = (bias, bias[:1], bias[:, :1])
    whole = (bias, jnp.broadcast_to(bias[:1], bias.shape), 0 * bias)
    ours = tuple(attention(q, k, v, bias=b, scale=scale) for b in biases)
    return ours, tuple(definitions.attention(q, k, v, bias=b, scale=scale) for b in whole)


@a_bias_is_added_to_scaled_scores.mutant
def a_bias_is_scaled_with_the_scores(q, k, v, bias, scale):
    ours = attention(q, k, v, bias=bias, scale=scale)
    return ours, definitions.attention(q, k, v, bias=scale * bias, scale=scale)


@identity(source="Gemma team 2024, arXiv:2408.00118, section 2", at=SIZES)
def a_soft_cap_bounds_scores_before_or_after_the_bias(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], bias: Float[Array, "n m"]
):
    r"""$c \tanh(x / c) + b$, or with `bias_before_cap` $c \tanh((x + b) / c)$."""
    ours = tuple(attention(q, k, v, bias=bias, soft_cap=2.0, bias_before_cap=x) for x in (False, True))
    capped = definitions.soft_cap(definitions.attention_scores(q, k, bias), 2.0)
    return ours, (definitions.attention(q, k, v, bias=bias, soft_cap=2.0), definitions.softmax(capped) @ v)


@a_soft_cap_bounds_scores_before_or_after_the_bias.mutant
def a_soft_cap_commutes_with_a_bias(q, k, v, bias):
    ours = tuple(attention(q, k, v, bias=bias, soft_cap=2.0, bias_before_cap=x) for x in (False, True))
    return ours, (definitions.attention(q, k, v, bias=bias, soft_cap=2.0),) * 2


@identity(source="Press et al. 2021, arXiv:2108.12409, section 3", at=dict(h=2, n=3, m=5, d=2, e=2))
def slopes_are_the_alibi_bias(
    q: Float[Array, "h n d"], k: Float[Array, "h m d"], v: Float[Array, "h m e"], slopes: Float[Array, " h"]
):
    r"""A slope per head, in both alignments, is the bias of that slope."""

    def textbook(align):
        bias = definitions.alibi_bias(slopes, 3, 5, align)
        mask = masks.causal(3, 5, align)
        return jax.vmap(lambda q, k, v, b: definitions.attention(q, k, v, mask, b))(q, k, v, bias)

    sides = ("top-left", "bottom-right")
    ours = tuple(attention(q, k, v, causal=True, align=x, slopes=slopes) for x in sides)
    return ours, tuple(textbook(x) for x in sides)


@slopes_are_the_alibi_bias.mutant
def slopes_reward_distance(q, k, v, slopes):
    bias, mask = definitions.alibi_bias(-slopes, 3, 5), masks.causal(3, 5)
    every = jax.vmap(lambda q, k, v, b: definitions.attention(q, k, v, mask, b))
    return attention(q, k, v, causal=True, slopes=slopes), every(q, k, v, bias)
