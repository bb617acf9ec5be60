"""What is true of scores: scale, soft-cap, bias and sink."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import attention, attention_lse, attention_scores, attention_weights, softmax
from jaxmath.verify.claim import derivative, identity

SIZES = dict(n=2, m=4, d=3, e=2)
SINK = "OpenAI 2025, gpt-oss model card, arXiv:2508.10925, section 2.2"


@identity(source=SINK, at=SIZES)
def a_sink_is_a_key_without_a_value(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], s: Float[Array, ""]
):
    r"""A sink of score $s$ is one more column of scores whose value is zero."""
    x = jnp.concatenate([attention_scores(q, k), jnp.broadcast_to(s, (q.shape[0], 1))], 1)
    return attention(q, k, v, sink=s), softmax(x) @ jnp.concatenate([v, jnp.zeros((1, v.shape[1]))])


@a_sink_is_a_key_without_a_value.mutant
def a_sink_is_a_key_with_a_value_of_one(q, k, v, s):
    x = jnp.concatenate([attention_scores(q, k), jnp.broadcast_to(s, (q.shape[0], 1))], 1)
    return attention(q, k, v, sink=s), softmax(x) @ jnp.concatenate([v, jnp.ones((1, v.shape[1]))])


@identity(source="Xiao et al. 2023, arXiv:2309.17453; gate form of gpt-oss sinks", at=SIZES)
def a_sink_is_a_gate(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], s: Float[Array, ""]
):
    r"""Attention with a sink is attention times $\sigma(L - s)$, where $L$ is the log denominator."""
    gate = jax.nn.sigmoid(attention_lse(q, k) - s)
    return attention(q, k, v, sink=s), gate[:, None] * attention(q, k, v)


@a_sink_is_a_gate.mutant
def a_sink_is_a_gate_that_ignores_the_scores(q, k, v, s):
    return attention(q, k, v, sink=s), jax.nn.sigmoid(-s) * attention(q, k, v)


@identity(source="Miller 2023, Attention is off by one (softmax1)", at=SIZES)
def a_sink_of_zero_adds_one_to_the_denominator(q: Float[Array, "n d"], k: Float[Array, "m d"]):
    r"""$p_{ij} = e^{x_{ij}} / (1 + \sum_l e^{x_{il}})$."""
    e = jnp.exp(attention_scores(q, k))
    return attention_weights(q, k, sink=0.0), e / (1 + e.sum(1, keepdims=True))


@a_sink_of_zero_adds_one_to_the_denominator.mutant
def a_sink_of_zero_adds_nothing(q, k):
    e = jnp.exp(attention_scores(q, k))
    return attention_weights(q, k, sink=0.0), e / e.sum(1, keepdims=True)


@derivative(source=SINK, at=SIZES)
def a_sink_takes_its_gradient_from_all_rows(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], s: Float[Array, ""]
):
    r"""$ds = -\sum_i p_{i*}\, \langle o_i, do_i \rangle$ where $p_{i*}$ is what the sink takes."""

    def vjp(q, k, v, s, do):
        p = attention_weights(q, k, sink=s)
        o_do = ((p @ v) * do).sum(1, keepdims=True)
        ds = p * (do @ v.T - o_do) / jnp.sqrt(q.shape[-1])
        return ds @ k, ds.T @ q, p.T @ do, -((1 - p.sum(1, keepdims=True)) * o_do).sum()

    return lambda q, k, v, s: attention(q, k, v, sink=s), vjp


@a_sink_takes_its_gradient_from_all_rows.mutant
def a_sink_takes_its_gradient_with_the_other_sign(q, k, v, s):
    def vjp(q, k, v, s, do):
        p = attention_weights(q, k, sink=s)
        o_do = ((p @ v) * do).sum(1, keepdims=True)
        ds = p * (do @ v.T - o_do) / jnp.sqrt(q.shape[-1])
        return ds @ k, ds.T @ q, p.T @ do, ((1 - p.sum(1, keepdims=True)) * o_do).sum()

    return lambda q, k, v, s: attention(q, k, v, sink=s), vjp


@identity(source="Vaswani et al. 2017, arXiv:1706.03762, section 3.2.1", at=SIZES)
def a_scale_may_move_into_the_queries(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], c: Float[Array, ""]
):
    r"""$\mathrm{scale} = c$ is the same as queries times $c \sqrt d$."""
    return attention(q, k, v, scale=c), attention(q * c * jnp.sqrt(q.shape[-1]), k, v)


@a_scale_may_move_into_the_queries.mutant
def a_scale_comes_on_top_of_the_root(q, k, v, c):
    return attention(q, k, v, scale=c), attention(q * c, k, v)


@identity(source="Gemma 2 2024, arXiv:2408.00118, section 2", at=SIZES)
def soft_capped_scores_are_odd_in_the_queries(
    q: Float[Array, "n d"], k: Float[Array, "m d"], c: Float[Array, ""]
):
    r"""$x(-q) = -x(q)$, and scores of doubled queries under a doubled cap are doubled."""
    x = attention_scores(q, k, soft_cap=c)
    return (attention_scores(-q, k, soft_cap=c), attention_scores(2 * q, k, soft_cap=2 * c)), (-x, 2 * x)


@soft_capped_scores_are_odd_in_the_queries.mutant
def soft_capped_scores_double_under_the_same_cap(q, k, c):
    x = attention_scores(q, k, soft_cap=c)
    return (attention_scores(-q, k, soft_cap=c), attention_scores(2 * q, k, soft_cap=c)), (-x, 2 * x)


@derivative(source="Gemma 2 2024, arXiv:2408.00118, section 2; chain rule", at=SIZES)
def a_soft_cap_shrinks_the_gradient_of_scores(
    q: Float[Array, "n d"], k: Float[Array, "m d"], c: Float[Array, ""]
):
    r"""The cotangent of $y = q k^\top / \sqrt d$ is $dx \odot (1 - \tanh^2(y / c))$."""

    def vjp(q, k, c, dx):
        y = q @ k.T / jnp.sqrt(q.shape[-1])
        t = jnp.tanh(y / c)
        dy = dx * (1 - t**2)
        inner = dy / jnp.sqrt(q.shape[-1])
        return inner @ k, inner.T @ q, (dx * t - dy * y / c).sum()

    return lambda q, k, c: attention_scores(q, k, soft_cap=c), vjp


@a_soft_cap_shrinks_the_gradient_of_scores.mutant
def a_soft_cap_lets_the_gradient_through(q, k, c):
    def vjp(q, k, c, dx):
        inner = dx / jnp.sqrt(q.shape[-1])
        return inner @ k, inner.T @ q, 0 * c

    return lambda q, k, c: attention_scores(q, k, soft_cap=c), vjp


@identity(source="softmax ignores a shift", at=SIZES)
def a_bias_per_query_changes_nothing(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], b: Float[Array, " n"]
):
    r"""A bias that is the same for all keys of a query cancels."""
    bias = jnp.broadcast_to(b[:, None], (q.shape[0], k.shape[0]))
    return attention(q, k, v, bias=bias), attention(q, k, v)


@a_bias_per_query_changes_nothing.mutant
def a_bias_per_query_changes_nothing_beside_a_sink(q, k, v, b):
    bias = jnp.broadcast_to(b[:, None], (q.shape[0], k.shape[0]))
    return attention(q, k, v, bias=bias, sink=0.0), attention(q, k, v, sink=0.0)
