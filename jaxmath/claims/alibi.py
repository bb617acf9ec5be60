"""What is true of ALiBi."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import alibi_bias, alibi_slopes, attention, masks
from jaxmath.verify.claim import accounting, identity

PRESS = "Press, Smith & Lewis 2021, arXiv:2108.12409, section 3"
SIZES = dict(n=4, d=2, e=3)


@accounting(source=f"{PRESS}: 1/2, 1/4, ..., 1/256 for 8 heads")
def slopes_of_eight_heads_are_powers_of_two():
    r"""The slopes of 8 heads are $2^{-1}, 2^{-2}, \dots, 2^{-8}$."""
    return [int(1 / s) for s in np.asarray(alibi_slopes(8)).tolist()], [2, 4, 8, 16, 32, 64, 128, 256]


@slopes_of_eight_heads_are_powers_of_two.mutant
def slopes_of_eight_heads_begin_with_one():
    return [int(1 / s) for s in np.asarray(alibi_slopes(8)).tolist()], [1, 2, 4, 8, 16, 32, 64, 128]


# The inverse squares of the slopes of eight heads, then of every other of sixteen.
_OF_TWELVE = [4, 16, 64, 256, 1024, 4096, 16384, 65536, 2, 8, 32, 128]


@accounting(source="Press, Smith & Lewis 2021, the authors' code, get_slopes(12)")
def slopes_of_twelve_heads_are_those_of_eight_and_every_other_of_sixteen():
    r"""$2^{-1}, \dots, 2^{-8}$, then $2^{-1/2}, 2^{-3/2}, 2^{-5/2}, 2^{-7/2}$."""
    squares = np.asarray(alibi_slopes(12), np.float64) ** -2
    return [int(round(s)) for s in squares.tolist()], _OF_TWELVE


@slopes_of_twelve_heads_are_those_of_eight_and_every_other_of_sixteen.mutant
def slopes_of_twelve_heads_are_in_order():
    squares = np.sort(np.asarray(alibi_slopes(12), np.float64) ** -2)
    return [int(round(s)) for s in squares.tolist()], _OF_TWELVE


@identity(source=PRESS, at=SIZES)
def a_penalty_on_distance_is_a_reward_for_lateness(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"], slope: Float[Array, "1"]
):
    r"""Under softmax the bias $-s(i - j)$ is the same as $s j$."""
    n = q.shape[0]
    late = jnp.broadcast_to(slope * jnp.arange(n).astype(slope.dtype), (n, n))
    causal = masks.causal(n)
    return attention(q, k, v, causal, alibi_bias(slope, n)[0]), attention(q, k, v, causal, late)


@a_penalty_on_distance_is_a_reward_for_lateness.mutant
def a_penalty_on_distance_is_a_penalty_on_lateness(q, k, v, slope):
    n = q.shape[0]
    late = jnp.broadcast_to(-slope * jnp.arange(n).astype(slope.dtype), (n, n))
    causal = masks.causal(n)
    return attention(q, k, v, causal, alibi_bias(slope, n)[0]), attention(q, k, v, causal, late)


@identity(source=PRESS, at=dict(h=2))
def biases_know_distances_only(slopes: Float[Array, " h"]):
    r"""Constant along diagonals; zero on the main one; the last rows are the bias aligned at the end."""
    bias = alibi_bias(slopes, 5)
    left = bias[:, 1:, 1:], bias[:, 0, 0], alibi_bias(slopes, 2, 5, "bottom-right")
    return left, (bias[:, :-1, :-1], jnp.zeros(2), bias[:, -2:])


@biases_know_distances_only.mutant
def biases_aligned_at_the_beginning_are_the_last_rows(slopes):
    bias = alibi_bias(slopes, 5)
    left = bias[:, 1:, 1:], bias[:, 0, 0], alibi_bias(slopes, 2, 5, "top-left")
    return left, (bias[:, :-1, :-1], jnp.zeros(2), bias[:, -2:])


@identity(source=PRESS, at=dict(n=4, d=2, e=3))
def without_slope_there_is_no_bias(q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"]):
    r"""A head of slope zero is plain attention."""
    return attention(q, k, v, bias=alibi_bias(jnp.zeros(1), 4)[0]), attention(q, k, v)


@without_slope_there_is_no_bias.mutant
def the_first_of_eight_heads_has_no_bias(q, k, v):
    return attention(q, k, v, bias=alibi_bias(alibi_slopes(8), 4)[0]), attention(q, k, v)
