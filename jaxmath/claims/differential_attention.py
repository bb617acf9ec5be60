"""What is true of differential attention."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import attention, differential_attention, differential_share
from jaxmath.verify.claim import accounting, bound, identity

YE = "Ye et al. 2024, arXiv:2410.05258"
SIZES = dict(n=2, m=3, d=2, e=2)
Queries = Float[Array, "2 n d"]
Keys = Float[Array, "2 m d"]
Values = Float[Array, "m e"]
Scalar = Float[Array, ""]


@identity(source=f"{YE}, eq. (1)", at=SIZES)
def differential_attention_is_a_difference_of_answers(q: Queries, k: Keys, v: Values, share: Scalar):
    r"""$a_1 - \lambda a_2$; without a share it is attention of the first head."""
    answers = [attention(q[i], k[i], v) for i in range(2)]
    return (
        [differential_attention(q, k, v, share), differential_attention(q, k, v, 0.0)],
        [answers[0] - share * answers[1], answers[0]],
    )


@differential_attention_is_a_difference_of_answers.mutant
def differential_attention_is_a_difference_of_scores(q, k, v, share):
    joined = attention(jnp.concatenate([q[0], -share * q[1]], 1), jnp.concatenate([k[0], k[1]], 1), v)
    return [differential_attention(q, k, v, share)], [joined]


@identity(source=f"{YE}, section 2.1", at=SIZES)
def differential_weights_add_up_to_what_is_not_shared(q: Queries, k: Keys, share: Scalar):
    r"""Rows of $P_1 - \lambda P_2$ sum to $1 - \lambda$, which is why heads are normalised after."""
    total = differential_attention(q, k, jnp.ones((3, 1)), share)
    return total, jnp.broadcast_to(1 - share, (2, 1))


@differential_weights_add_up_to_what_is_not_shared.mutant
def differential_weights_add_up_to_one(q, k, share):
    return differential_attention(q, k, jnp.ones((3, 1)), share), jnp.ones((2, 1))


@identity(source=f"{YE}, figure 1: noise that both see cancels", at=SIZES)
def what_both_heads_see_cancels(q: Queries, k: Keys, v: Values):
    r"""Heads with the same queries and keys leave $1 - \lambda$ of an answer: nothing, at $\lambda = 1$."""
    twice = [jnp.stack([x[0], x[0]]) for x in (q, k)]
    return differential_attention(*twice, v, 1.0), jnp.zeros((2, 2))


@what_both_heads_see_cancels.mutant
def what_both_heads_ask_for_cancels(q, k, v):
    return differential_attention(jnp.stack([q[0], q[0]]), k, v, 1.0), jnp.zeros((2, 2))


@bound(source="a difference of two means", box=dict(x=(-3, 3), y=(-3, 3)), slack=0.05, sharp=dict(x=3, y=-3))
def differential_answers_may_leave_the_values(x: Scalar, y: Scalar):
    r"""For values 0 and 1 answers lie in $[-\lambda, 1]$: weights may be negative; here $\lambda = 1/2$."""
    out = _two(x, y)
    return (jnp.full_like(x, -0.5), out), (out, jnp.full_like(x, 1))


@differential_answers_may_leave_the_values.mutant
def differential_answers_lie_between_the_values(x, y):
    return (jnp.zeros_like(x), _two(x, y)), (_two(x, y), jnp.ones_like(x))


def _two(x: Array, y: Array) -> Array:
    """An answer from the values 1 and 0 with scores 2 x and 2 y above those of the second."""
    zero = jnp.zeros_like(x)
    keys = jnp.stack([jnp.stack([2 * x, zero])[:, None], jnp.stack([2 * y, zero])[:, None]])
    values = jnp.array([[1.0], [0.0]], x.dtype)
    return differential_attention(jnp.ones((2, 1, 1), x.dtype), keys, values, 0.5)[0, 0]


@accounting(source=f"{YE}, section 2.1: lambda_init = 0.8 - 0.6 exp(-0.3 (l - 1))")
def the_first_layer_shares_a_fifth():
    r"""The share begins at 0.2 in the first layer, and nears 0.8 in later ones."""
    return f"{differential_share(1):.1f}", "0.2"


@the_first_layer_shares_a_fifth.mutant
def layers_are_counted_from_zero():
    return f"{differential_share(0):.1f}", "0.2"
