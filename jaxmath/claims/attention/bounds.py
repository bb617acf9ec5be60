"""Attention: inequalities, and the error of its float32 run."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import attention
from jaxmath.verify.claim import bound, enclosure

RNG = np.random.default_rng(0)
Q, K, V = (RNG.normal(size=(32, 16)).astype(np.float32) for _ in range(3))
Scalar = Float[Array, ""]


@bound(
    source="a convex combination",
    box=dict(s=(-6, 6), v=(-1, 1)),
    slack=0.01,
    sharp=dict(s=6.0, v=1.0),
)
def answers_lie_between_the_values(s: Scalar, v: Scalar):
    r"""$\min_j v_j \le o \le \max_j v_j$: an answer is a mean of values; here for two, one of them zero."""
    v = jnp.stack([v, jnp.zeros_like(v)])
    return (jnp.min(v), _answer(s, v)), (_answer(s, v), jnp.max(v))


@answers_lie_between_the_values.mutant
def answers_lie_below_the_mean_of_the_values(s, v):
    v = jnp.stack([v, jnp.zeros_like(v)])
    return (jnp.min(v), _answer(s, v)), (_answer(s, v), jnp.mean(v))


@bound(
    source="Birkhoff 1957, with a convex combination of values of diameter one",
    box=dict(s=(-4, 4), t=(0, 4)),
    slack=0.02,
    sharp=dict(s=-1.0, t=2.0),
)
def answers_move_by_a_quarter_of_the_spread_of_scores(s: Scalar, t: Scalar):
    r"""$|o - o'| \le \mathrm{diam}(V) \tanh(\mathrm{osc}(s - s') / 4)$; here for two keys, $V = (1, 0)$."""
    v = jnp.array([1.0, 0.0], s.dtype)
    return _answer(s + t, v) - _answer(s, v), jnp.tanh(t / 4)


@answers_move_by_a_quarter_of_the_spread_of_scores.mutant
def answers_move_by_a_fifth_of_the_spread_of_scores(s, t):
    v = jnp.array([1.0, 0.0], s.dtype)
    return _answer(s + t, v) - _answer(s, v), jnp.tanh(t / 5)


@enclosure(
    source="Higham 2002, section 3.1, for inner products of this length",
    at=dict(n=32, m=32, d=16, e=16),
    given=dict(q=Q, k=K, v=V),
    ulps=32,
)
def attention_in_single_precision_keeps_its_digits(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""At standard normal inputs the error is a few ulps of the greatest entry of each row."""
    return attention(q, k, v), attention(q, k, v)


@attention_in_single_precision_keeps_its_digits.mutant
def attention_with_rounded_scores_keeps_its_digits(q, k, v):
    rounded = q.astype(jnp.bfloat16).astype(q.dtype)
    return attention(rounded, k, v), attention(q, k, v)


def _answer(s: Array, v: Array) -> Array:
    """The answer to one query from two keys whose scores differ by s."""
    one = jnp.ones_like(s).reshape(1, 1)
    return attention(one, jnp.stack([s, jnp.zeros_like(s)])[:, None], v[:, None])[0, 0]
