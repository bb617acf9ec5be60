"""Attention: weights and denominators of the kernel: sinks, dropout, rows that see nothing."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.kernels.attention import dropout_mask
from jaxmath.verify.claim import identity

SIZES = dict(n=3, m=5, d=2, e=2)
# Two queries, two keys, one head at once: more than one block of each, and the last one is not full.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


@identity(source="OpenAI 2025, arXiv:2508.10925, section 2.2", at=SIZES)
def a_sink_is_a_key_with_value_zero(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], sink: Float[Array, ""]
):
    r"""It takes its share of every row, with a mask or without, and is not capped."""
    ours = tuple(attention(q, k, v, sink=sink, causal=x, soft_cap=2.0) for x in (False, True))
    how = dict(sink=sink, soft_cap=2.0)
    allowed = (None, masks.causal(q.shape[0], k.shape[0]))
    return ours, tuple(definitions.attention(q, k, v, mask, **how) for mask in allowed)


@a_sink_is_a_key_with_value_zero.mutant
def a_sink_is_counted_once_a_block(q, k, v, sink):
    ours = tuple(attention(q, k, v, sink=sink, causal=x, soft_cap=2.0) for x in (False, True))
    how = dict(sink=sink + jnp.log(3.0), soft_cap=2.0)
    allowed = (None, masks.causal(q.shape[0], k.shape[0]))
    return ours, tuple(definitions.attention(q, k, v, mask, **how) for mask in allowed)


HOLES = dict(mask=np.array([[1, 0, 1, 1, 0], [0, 1, 1, 1, 1], [1, 1, 0, 0, 1]], bool))


@identity(source="Dao 2023, arXiv:2307.08691, section 3.1.1", at=SIZES, given=HOLES)
def the_log_sum_exp_is_that_of_the_scores(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m e"],
    sink: Float[Array, ""],
    mask: Bool[Array, "n m"],
):
    r"""In natural units, over the keys that are seen, with the sink or without."""
    _, plain = attention(q, k, v, mask, return_lse=True)
    _, sunk = attention(q, k, v, mask, sink=sink, return_lse=True)
    lse = definitions.attention_lse
    return (plain, sunk), (lse(q, k, mask), lse(q, k, mask, sink=sink))


@the_log_sum_exp_is_that_of_the_scores.mutant
def the_log_sum_exp_is_over_all_keys(q, k, v, sink, mask):
    _, plain = attention(q, k, v, mask, return_lse=True)
    _, sunk = attention(q, k, v, mask, sink=sink, return_lse=True)
    lse = definitions.attention_lse
    return (plain, sunk), (lse(q, k), lse(q, k, sink=sink))


@identity(source="policy of this library: a row that may see nothing gives zeros", at=SIZES)
def a_row_that_sees_nothing_is_zero(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""By a mask, by a bias of minus infinity, and by an alignment at the end."""
    seen = jnp.asarray([[True] * 5, [False] * 5, [True] * 5])
    ours = (attention(q, k, v, seen), attention(q, k, v, bias=jnp.where(seen, 0.0, -jnp.inf)))
    late = attention(q, k[:1], v[:1], causal=True, align="bottom-right")
    rest = definitions.attention(q, k, v) * seen[:, :1].astype(q.dtype)
    return (*ours, late), (rest, rest, jnp.concatenate([jnp.zeros((2, 2)), v[:1]]))


@a_row_that_sees_nothing_is_zero.mutant
def a_row_that_sees_nothing_is_the_mean(q, k, v):
    seen = jnp.asarray([[True] * 5, [False] * 5, [True] * 5])
    rest = definitions.attention(q, k, v)
    return attention(q, k, v, seen), jnp.concatenate([rest[:1], v.mean(0)[None], rest[2:]])


KEY = jax.random.key(5)


@identity(source="Srivastava et al. 2014, JMLR 15, section 10 (scaled while training)", at=SIZES)
def dropout_multiplies_the_weights(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""Weights that are kept are divided by the share that is kept; the denominators stay."""
    kept = dropout_mask(KEY, 0.5, (), 3, 5)
    weights = jnp.where(kept, definitions.attention_weights(q, k) / (1 - 0.5), 0)
    return attention(q, k, v, dropout=0.5, dropout_key=KEY), weights @ v


@dropout_multiplies_the_weights.mutant
def dropout_is_a_mask(q, k, v):
    kept = dropout_mask(KEY, 0.5, (), 3, 5)
    return attention(q, k, v, dropout=0.5, dropout_key=KEY), definitions.attention(q, k, v, kept)
