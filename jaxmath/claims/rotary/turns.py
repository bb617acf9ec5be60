"""Rotary positions: rotations and their symmetries."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import attention, rotary, rotary_angles
from jaxmath.verify.claim import accounting, derivative, identity

SU = "Su et al. 2021, arXiv:2104.09864, section 3.2"
# Entry 2i of the interleaved layout is entry i of the half-split one, entry 2i + 1 is entry i + d/2.
HALVES = np.array([0, 2, 4, 1, 3, 5])


@identity(source=SU, at=dict(n=3, d=4))
def scores_depend_on_relative_positions_only(
    q: Float[Array, "n d"], k: Float[Array, "n d"], a: Float[Array, "n d//2"], b: Float[Array, "n d//2"]
):
    r"""$\langle R_a q, R_b k \rangle = \langle R_{a - b}\, q, k \rangle$, in both layouts."""
    left = tuple((rotary(q, a, lay) * rotary(k, b, lay)).sum(1) for lay in ("interleaved", "half-split"))
    return left, tuple((rotary(q, a - b, lay) * k).sum(1) for lay in ("interleaved", "half-split"))


@scores_depend_on_relative_positions_only.mutant
def scores_depend_on_sums_of_positions(q, k, a, b):
    left = tuple((rotary(q, a, lay) * rotary(k, b, lay)).sum(1) for lay in ("interleaved", "half-split"))
    return left, tuple((rotary(q, a + b, lay) * k).sum(1) for lay in ("interleaved", "half-split"))


@identity(source=SU, at=dict(n=3, d=4))
def rotations_keep_lengths_and_add_their_angles(
    x: Float[Array, "n d"], a: Float[Array, "n d//2"], b: Float[Array, "n d//2"]
):
    r"""$\lVert R_a x \rVert = \lVert x \rVert$, $R_a R_b = R_{a+b}$, $R_{-a} R_a = I$, $R_0 = I$."""
    y = rotary(x, a)
    left = (y**2).sum(1), rotary(rotary(x, b), a), rotary(y, -a), rotary(x, 0 * a)
    return left, ((x**2).sum(1), rotary(x, a + b), x, x)


@rotations_keep_lengths_and_add_their_angles.mutant
def rotations_are_their_own_inverse(x, a, b):
    y = rotary(x, a)
    left = (y**2).sum(1), rotary(rotary(x, b), a), rotary(y, a), rotary(x, 0 * a)
    return left, ((x**2).sum(1), rotary(x, a + b), x, x)


@identity(
    source="conversion of checkpoints in transformers, convert_llama_weights_to_hf.py, permute",
    at=dict(n=2, d=6),
    given=dict(halves=HALVES),
)
def layouts_differ_by_one_permutation(
    x: Float[Array, "n d"], angles: Float[Array, "n d//2"], halves: Int[Array, " d"]
):
    r"""Half-split is interleaved between a fixed permutation and its inverse."""
    return rotary(x, angles, "interleaved")[:, halves], rotary(x[:, halves], angles, "half-split")


@layouts_differ_by_one_permutation.mutant
def layouts_may_be_mixed(x, angles, halves):
    return rotary(x, angles, "interleaved"), rotary(x, angles, "half-split")


@layouts_differ_by_one_permutation.mutant
def layouts_differ_by_the_inverse_permutation(x, angles, halves):
    back = jnp.argsort(halves)
    return rotary(x, angles, "interleaved")[:, back], rotary(x[:, back], angles, "half-split")


@derivative(source="a rotation is orthogonal; chain rule", at=dict(n=2, d=4))
def rotations_pull_back_by_turning_back(x: Float[Array, "n d"], angles: Float[Array, "n d//2"]):
    r"""$dx = R_{-\theta}\, dy$, and $d\theta_i = y_a\, dy_b - y_b\, dy_a$ for each pair."""

    def vjp(x, angles, dy):
        y = rotary(x, angles)
        return rotary(dy, -angles), y[:, 0::2] * dy[:, 1::2] - y[:, 1::2] * dy[:, 0::2]

    return rotary, vjp


@rotations_pull_back_by_turning_back.mutant
def rotations_pull_back_by_turning_on(x, angles):
    def vjp(x, angles, dy):
        y = rotary(x, angles)
        return rotary(dy, angles), y[:, 0::2] * dy[:, 1::2] - y[:, 1::2] * dy[:, 0::2]

    return rotary, vjp


@identity(source=SU, at=dict(n=3, d=4, e=2), given=dict(positions=np.array([0, 1, 2])))
def attention_does_not_know_where_a_text_begins(
    q: Float[Array, "n d"], k: Float[Array, "n d"], v: Float[Array, "n e"],
    clock: Float[Array, " d//2"], start: Float[Array, " d//2"], positions: Int[Array, " n"],
):  # fmt: skip
    r"""All angles $t \omega_i$ may be moved by one constant per pair, such as $t_0 \omega_i$."""
    here = positions.astype(clock.dtype)[:, None] * clock[None, :]
    there = here + start[None, :]
    return attention(rotary(q, there), rotary(k, there), v), attention(rotary(q, here), rotary(k, here), v)


@attention_does_not_know_where_a_text_begins.mutant
def attention_does_not_know_where_queries_begin(q, k, v, clock, start, positions):
    here = positions.astype(clock.dtype)[:, None] * clock[None, :]
    there = here + start[None, :]
    return attention(rotary(q, there), rotary(k, here), v), attention(rotary(q, here), rotary(k, here), v)


@identity(source="Barbero et al. 2024, arXiv:2410.06205, section 2", at=dict(n=3, d=4))
def a_gauge_that_turns_each_pair_survives_rotary_positions(
    q: Float[Array, "n d"], k: Float[Array, "n d"], a: Float[Array, "n d//2"], b: Float[Array, "n d//2"],
    turn: Float[Array, " d//2"], size: Float[Array, " d//2"],
):  # fmt: skip
    r"""Queries scaled by $c_i$ and turned, keys scaled by $1 / c_i$ and turned alike: scores stay."""
    turns = jnp.broadcast_to(turn, a.shape)
    c = jnp.repeat(size, 2)[None, :]
    left = rotary(rotary(q * c, turns), a) * rotary(rotary(k / c, turns), b)
    return left.sum(1), (rotary(q, a) * rotary(k, b)).sum(1)


@a_gauge_that_turns_each_pair_survives_rotary_positions.mutant
def a_gauge_that_scales_each_entry_survives_rotary_positions(q, k, a, b, turn, size):
    c = jnp.concatenate([size, 2 * size])[None, :]
    return (rotary(q * c, a) * rotary(k / c, b)).sum(1), (rotary(q, a) * rotary(k, b)).sum(1)


@accounting(source="transformers, ROPE_INIT_FUNCTIONS['llama3'], base 500,000, d = 128; indices 0, 20 and 63")
def frequencies_are_those_of_llama_3():
    r"""The fast clocks of Llama 3 as they are, the slowest one over 8: 1, 0.01656044, 3.06893e-07."""
    with jax.enable_x64(True):
        clocks = rotary_angles(jnp.ones(1), 128, jnp.asarray(500_000.0))[0].tolist()
    return [clocks[0], clocks[20], clocks[63] / 8], ["1", "0.01656044", "3.06893e-7"]


@frequencies_are_those_of_llama_3.mutant
def frequencies_are_those_of_llama_2():
    with jax.enable_x64(True):
        clocks = rotary_angles(jnp.ones(1), 128, jnp.asarray(10_000.0))[0].tolist()
    return [clocks[0], clocks[20], clocks[63] / 8], ["1", "0.01656044", "3.06893e-7"]
