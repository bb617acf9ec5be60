"""Attention: taken in parts, one block of keys after the other, and put together again."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import attention, attention_scores
from jaxmath.verify.claim import derivative, identity

State = tuple[Array, Array, Array]
MILAKOV = "Milakov & Gimelshein 2018, arXiv:1805.02867, section 3.1"
DAO = "Dao et al. 2022, arXiv:2205.14135, algorithm 1"
SIZES = dict(n=2, m=6, d=3, e=4)


def _state(x: Array, v: Array) -> State:
    """Largest score, sum of exponentials, weighted sum of values."""
    top = x.max(-1)
    p = jnp.exp(x - top[:, None])
    return top, p.sum(-1), p @ v


def _merge(a: State, b: State, forget: bool = False) -> State:
    top = jnp.maximum(a[0], b[0])
    u, w = jnp.exp(a[0] - top), jnp.exp(b[0] - top)
    old = jnp.ones_like(u) if forget else u
    return top, u * a[1] + w * b[1], old[:, None] * a[2] + w[:, None] * b[2]


def _answer(state: State) -> Array:
    return state[2] / state[1][:, None]


def _blockwise(q: Array, k: Array, v: Array, block: int, forget: bool = False) -> Array:
    """A `scan` over blocks of keys that never holds all scores; the first block is the beginning."""

    def step(state: State, kv: tuple[Array, Array]) -> tuple[State, None]:
        return _merge(state, _state(attention_scores(q, kv[0]), kv[1]), forget), None

    ks, vs = (a.reshape(-1, block, a.shape[-1]) for a in (k, v))
    first = _state(attention_scores(q, ks[0]), vs[0])
    return _answer(jax.lax.scan(step, first, (ks[1:], vs[1:]))[0])


@identity(source=DAO, at=SIZES)
def attention_in_blocks_is_attention(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""Keys in blocks of 1, 2 or 3, with a running maximum, change nothing."""
    return tuple(_blockwise(q, k, v, size) for size in (1, 2, 3)), (attention(q, k, v),) * 3


@attention_in_blocks_is_attention.mutant
def attention_in_blocks_need_not_rescale_what_it_has(q, k, v):
    blocks = tuple(_blockwise(q, k, v, size, forget=True) for size in (1, 2, 3))
    return blocks, (attention(q, k, v),) * 3


@derivative(source=DAO, at=dict(n=2, m=4, d=3, e=2))
def attention_in_blocks_has_the_same_gradient(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""Reverse-mode differentiation of the scan gives the pullback of the definition."""
    return attention, lambda q, k, v, do: jax.vjp(lambda q, k, v: _blockwise(q, k, v, 2), q, k, v)[1](do)


@attention_in_blocks_has_the_same_gradient.mutant
def attention_in_blocks_may_stop_the_gradient_of_the_sum(q, k, v):
    def leaky(q, k, v):
        top, total, values = _state(attention_scores(q, k), v)
        return _answer((top, jax.lax.stop_gradient(total), values))

    return attention, lambda q, k, v, do: jax.vjp(leaky, q, k, v)[1](do)


@identity(source=MILAKOV, at=dict(n=2, m=3, e=2))
def merging_states_is_associative_and_commutative(
    x: Float[Array, "n m"], y: Float[Array, "n m+1"], z: Float[Array, "n m+2"],
    u: Float[Array, "m e"], v: Float[Array, "m+1 e"], w: Float[Array, "m+2 e"],
):  # fmt: skip
    r"""$(a \oplus b) \oplus c = a \oplus (b \oplus c)$ and $a \oplus b = b \oplus a$."""
    a, b, c = _state(x, u), _state(y, v), _state(z, w)
    return (_merge(_merge(a, b), c), _merge(a, b)), (_merge(a, _merge(b, c)), _merge(b, a))


@merging_states_is_associative_and_commutative.mutant
def merging_states_without_rescaling_is_associative_and_commutative(x, y, z, u, v, w):
    a, b, c = _state(x, u), _state(y, v), _state(z, w)
    left = (_merge(_merge(a, b, True), c, True), _merge(a, b, True))
    return left, (_merge(a, _merge(b, c, True), True), _merge(b, a, True))


@identity(source=MILAKOV, at=dict(n=2, m=6, e=3), given=dict(order=np.array([4, 0, 5, 2, 1, 3])))
def every_partition_gives_the_same_answer(
    x: Float[Array, "n m"], v: Float[Array, "m e"], order: Int[Array, " m"]
):
    r"""Any partition of the keys into three parts, in any order, gives the state of the whole."""
    x_, v_ = x[:, order], v[order]
    a, b, c = (_state(x_[:, i:j], v_[i:j]) for i, j in ((0, 1), (1, 4), (4, 6)))
    return _merge(_merge(a, b), c), _state(x, v)


@every_partition_gives_the_same_answer.mutant
def overlapping_parts_give_the_same_answer(x, v, order):
    x_, v_ = x[:, order], v[order]
    a, b, c = (_state(x_[:, i:j], v_[i:j]) for i, j in ((0, 1), (1, 4), (3, 6)))
    return _merge(_merge(a, b), c), _state(x, v)
