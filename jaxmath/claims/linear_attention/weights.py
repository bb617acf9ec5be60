"""Linear attention: what weights of features are."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import (
    attention,
    elu_features,
    linear_attention,
    masks,
    retention,
)
from jaxmath.verify.claim import bound, identity

SOURCE = "Katharopoulos et al. 2020, arXiv:2006.16236"
SIZES = dict(n=4, d=2, e=2)
Rows = Float[Array, "n d"]
Values = Float[Array, "n e"]


@identity(source=f"{SOURCE}, section 3.2", at=dict(n=3, m=3, d=2, e=2))
def features_of_all_orders_make_it_softmax_attention(q: Rows, k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""Attention is linear attention with $\phi(q) \cdot \phi(k) = e^{q \cdot k / \sqrt d}$.

    Here with one feature a query: $\phi(q_i) = e_i$ and $\phi(k_j)_i = e^{q_i \cdot k_j / \sqrt d}$.
    """
    weights = jnp.exp(q @ k.T / jnp.sqrt(q.shape[-1]))
    return linear_attention(jnp.eye(3), weights.T, v), attention(q, k, v)


@features_of_all_orders_make_it_softmax_attention.mutant
def features_that_are_queries_and_keys_make_it_softmax_attention(q, k, v):
    return linear_attention(q, k, v), attention(q, k, v)


@identity(source=f"{SOURCE}, eq. (4)", at=SIZES)
def a_constant_of_features_cancels(q: Rows, k: Rows, v: Values, c: Float[Array, " n"], a: Float[Array, ""]):
    r"""Features of each query may be scaled, and those of all keys alike."""
    seen = masks.causal(4)
    return linear_attention(c[:, None] * q, a * k, v, seen), linear_attention(q, k, v, seen)


@a_constant_of_features_cancels.mutant
def a_constant_of_each_key_cancels(q, k, v, c, a):
    seen = masks.causal(4)
    return linear_attention(q, c[:, None] * k, v, seen), linear_attention(q, k, v, seen)


@bound(source=f"{SOURCE}, eq. (7)", box=dict(x=(-2, 2), y=(-2, 2), v=(-1, 0)), sharp=None)
def answers_of_positive_features_lie_between_the_values(
    x: Float[Array, ""], y: Float[Array, ""], v: Float[Array, ""]
):
    r"""$\phi(x) = \mathrm{elu}(x) + 1 > 0$, so that answers are means: here of two values, $v$ and 1."""
    keys = elu_features(jnp.stack([x, y]))[:, None]
    out = linear_attention(jnp.ones((1, 1), x.dtype), keys, jnp.stack([v, jnp.ones_like(v)])[:, None])[0, 0]
    return (v, out), (out, jnp.ones_like(v))


@answers_of_positive_features_lie_between_the_values.mutant
def answers_of_any_features_lie_between_the_values(x, y, v):
    keys = jnp.stack([x, y + 5])[:, None]
    out = linear_attention(jnp.ones((1, 1), x.dtype), keys, jnp.stack([v, jnp.ones_like(v)])[:, None])[0, 0]
    return (v, out), (out, jnp.ones_like(v))


@identity(source="definitions of both", at=SIZES)
def retention_without_decay_is_the_numerator(q: Rows, k: Rows, v: Values):
    r"""Divided by itself of values that are all ones, it is linear attention."""
    still = jnp.zeros(4)
    ones = retention(q, k, jnp.ones((4, 1)), still)
    return retention(q, k, v, still) / ones, linear_attention(q, k, v, masks.causal(4))


@retention_without_decay_is_the_numerator.mutant
def retention_without_decay_is_linear_attention(q, k, v):
    return retention(q, k, v, jnp.zeros(4)), linear_attention(q, k, v, masks.causal(4))
