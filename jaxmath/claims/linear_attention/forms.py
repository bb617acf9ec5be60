"""Linear attention: parallel, recurrent and in chunks it is one function."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.definitions import (
    LinearState,
    elu_features,
    linear_attention,
    linear_attention_step,
    masks,
)
from jaxmath.verify.claim import derivative, identity, independence

SOURCE = "Katharopoulos et al. 2020, arXiv:2006.16236"
SIZES = dict(n=4, d=2, e=2)
Rows = Float[Array, "n d"]
Values = Float[Array, "n e"]


def _steps(state, q, k, v):
    return jax.lax.scan(lambda s, x: linear_attention_step(s, *x), LinearState(*state), (q, k, v))


def _empty(d, e):
    return LinearState(jnp.zeros((d, e)), jnp.zeros(d))


@identity(source=f"{SOURCE}, eq. (16) to (20)", at=SIZES)
def causal_linear_attention_is_recurrent(q: Rows, k: Rows, v: Values):
    r"""Under a causal mask the answers are those of a state $(\sum k v^\top, \sum k)$ of fixed size."""
    return linear_attention(q, k, v, masks.causal(4)), _steps(_empty(2, 2), q, k, v)[1]


@causal_linear_attention_is_recurrent.mutant
def causal_linear_attention_is_recurrent_with_the_state_before(q, k, v):
    """The state is asked before the position is in it, but for the first."""
    states = jnp.cumsum(k[:, :, None] * v[:, None, :], 0), jnp.cumsum(k, 0)
    late = [jnp.concatenate([s[:1], s[:-1]]) for s in states]
    out = jnp.einsum("nd,nde->ne", q, late[0]) / jnp.einsum("nd,nd->n", q, late[1])[:, None]
    return linear_attention(q, k, v, masks.causal(4)), out


@identity(source=f"{SOURCE}, section 3.3", at=SIZES)
def linear_attention_in_chunks_is_causal_linear_attention(q: Rows, k: Rows, v: Values):
    r"""Chunks of 1, 2, 3 or four positions change nothing."""
    found = [kernels.linear_attention(q, k, v, causal=True, chunk=chunk) for chunk in (1, 2, 3, 4)]
    return found, [linear_attention(q, k, v, masks.causal(4))] * 4


@linear_attention_in_chunks_is_causal_linear_attention.mutant
def linear_attention_in_chunks_sees_whole_chunks(q, k, v):
    blocks = masks.segment(jnp.array([0, 0, 1, 1]))
    seen = masks.or_(masks.causal(4), blocks)
    return [kernels.linear_attention(q, k, v, causal=True, chunk=2)], [linear_attention(q, k, v, seen)]


@identity(source=f"{SOURCE}, eq. (6)", at=dict(n=3, m=4, d=2, e=2))
def products_may_be_taken_in_either_order(q: Rows, k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""$(Q K^\top) V = Q (K^\top V)$: with all keys seen, no matrix of pairs is needed."""
    return kernels.linear_attention(q, k, v), linear_attention(q, k, v)


@products_may_be_taken_in_either_order.mutant
def the_denominator_may_be_left_out(q, k, v):
    return q @ (k.T @ v), linear_attention(q, k, v)


@identity(source=f"{SOURCE}, section 3.4", at=SIZES)
def a_prompt_leaves_a_state_to_go_on_from(q: Rows, k: Rows, v: Values):
    r"""Three positions at once, then one step from their state: the same answers and the same state."""
    empty = _empty(2, 2)
    state, first = kernels.linear_attention_from(tuple(empty), q[:3], k[:3], v[:3], chunk=2)
    state, last = linear_attention_step(LinearState(*state), q[3], k[3], v[3])
    return (state, jnp.concatenate([first, last[None]])), _steps(empty, q, k, v)


@a_prompt_leaves_a_state_to_go_on_from.mutant
def a_prompt_leaves_sums_of_values_only(q, k, v):
    empty = _empty(2, 2)
    state, first = kernels.linear_attention_from(tuple(empty), q[:3], k[:3], v[:3], chunk=2)
    state, last = linear_attention_step(LinearState(state[0], jnp.zeros(2)), q[3], k[3], v[3])
    return (state, jnp.concatenate([first, last[None]])), _steps(empty, q, k, v)


@derivative(source=f"{SOURCE}, section 3.3.1", at=dict(n=3, d=1, e=2))
def linear_attention_in_chunks_has_the_textbook_gradient(q: Rows, k: Rows, v: Values):
    r"""Reverse mode through chunks of two gives the pullback of the definition."""

    def pullback(q, k, v, dy):
        return jax.vjp(lambda *x: kernels.linear_attention(*x, causal=True, chunk=2), q, k, v)[1](dy)

    return lambda q, k, v: linear_attention(q, k, v, masks.causal(3)), pullback


@linear_attention_in_chunks_has_the_textbook_gradient.mutant
def linear_attention_has_the_gradient_of_its_numerator(q, k, v):
    def pullback(q, k, v, dy):
        return jax.vjp(lambda *x: kernels.retention(*x, chunk=2), q, k, v)[1](dy)

    return lambda q, k, v: linear_attention(q, k, v, masks.causal(3)), pullback


@independence(source=SOURCE, at=SIZES)
def linear_attention_in_chunks_does_not_see_the_future(q: Rows, k: Rows, v: Values):
    r"""Answer $i$ does not change with any query, key or value of a position $j > i$."""
    i = np.repeat(np.arange(4)[:, None], 2, 1)
    pairs = [(i == p, dict(q=i > p, k=i > p, v=i > p)) for p in range(3)]
    return kernels.linear_attention(q, k, v, causal=True, chunk=2), pairs


@linear_attention_in_chunks_does_not_see_the_future.mutant
def linear_attention_in_chunks_does_not_see_the_present(q, k, v):
    i = np.repeat(np.arange(4)[:, None], 2, 1)
    return kernels.linear_attention(q, k, v, causal=True, chunk=2), [(i == 2, dict(v=i == 2))]


def _only_the_second(k):
    return jnp.where(jnp.array([[False], [True], [False]]), k, 0)


def _seen():
    return masks.and_(masks.causal(3), jnp.broadcast_to(jnp.array([False, True, False]), (3, 3)))


@identity(source=f"{SOURCE}, eq. (5)", at=dict(n=3, d=1, e=2))
def keys_of_zeros_are_no_keys(q: Rows, k: Rows, v: Values, dy: Values):
    r"""Answers, and what a cotangent pulls back to, are those under a mask without them.

    Of three positions only the second has a key: the first query meets none.
    """

    def both(f):
        return f(q, k, v), jax.vjp(f, q, k, v)[1](dy)

    def found(q, k, v):
        return kernels.linear_attention(q, _only_the_second(k), v, causal=True)

    return both(found), both(lambda q, k, v: linear_attention(q, k, v, _seen()))


@keys_of_zeros_are_no_keys.mutant
def keys_of_zeros_have_no_features(q, k, v, dy):
    """Of zero, elu + 1 is one."""
    found = elu_features(_only_the_second(k))
    out = kernels.linear_attention(q, found, v, causal=True)
    return out, linear_attention(q, elu_features(k), v, _seen())
