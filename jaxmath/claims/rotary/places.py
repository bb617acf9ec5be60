"""Rotary positions: part of a vector, part of a text, and several axes."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import (
    axial_angles,
    axis_angles,
    clock_angles,
    partial_rotary,
    rotary,
    rotary_interleaved_sections,
    rotary_sections,
)
from jaxmath.verify.claim import identity

WANG = "Wang et al. 2024, arXiv:2409.12191, section 2.1"
SECTIONS = (rotary_sections, rotary_interleaved_sections)


@identity(source="definition", at=dict(n=2, d=6, r=2))
def neighbours_turned_in_part_stand_still_in_the_rest(x: Float[Array, "n d"], angles: Float[Array, "n r"]):
    r"""Partial rotary positions are full ones whose last angles are zero, if pairs are neighbours."""
    still = jnp.concatenate([angles, jnp.zeros((2, 1))], axis=1)
    return partial_rotary(x, angles), rotary(x, still)


@neighbours_turned_in_part_stand_still_in_the_rest.mutant
def halves_turned_in_part_stand_still_in_the_rest(x, angles):
    still = jnp.concatenate([angles, jnp.zeros((2, 1))], axis=1)
    return partial_rotary(x, angles, "half-split"), rotary(x, still, "half-split")


@identity(source="Su et al. 2021, arXiv:2104.09864, section 3.2", at=dict(n=3, d=6, r=2))
def partial_scores_depend_on_relative_positions_only(
    q: Float[Array, "n d"], k: Float[Array, "n d"], a: Float[Array, "n r"], b: Float[Array, "n r"]
):
    r"""$\langle R_a q, R_b k \rangle = \langle R_{a-b}\, q, k \rangle$ where a part of both is turned."""
    left = tuple(
        (partial_rotary(q, a, lay) * partial_rotary(k, b, lay)).sum(1)
        for lay in ("interleaved", "half-split")
    )
    return left, tuple((partial_rotary(q, a - b, lay) * k).sum(1) for lay in ("interleaved", "half-split"))


@partial_scores_depend_on_relative_positions_only.mutant
def partial_scores_of_scaled_vectors_scale_in_all_entries(q, k, a, b):
    c = jnp.asarray(2.0)
    left = (partial_rotary(q, a, scale=c) * partial_rotary(k, b, scale=c)).sum(1)
    return (left, left), ((partial_rotary(q, a - b) * k).sum(1) * 4,) * 2


@identity(source="key-value caches", at=dict(n=3, d=4, r=2))
def the_newest_position_is_the_length_of_the_cache(x: Float[Array, "n d"], clocks: Float[Array, " r"]):
    r"""A token that follows $t_0$ others has position $t_0$."""
    last = rotary(x[2:], clock_angles(jnp.arange(1), clocks, offset=2))
    return last, rotary(x, clock_angles(jnp.arange(3), clocks))[2:]


@the_newest_position_is_the_length_of_the_cache.mutant
def the_newest_position_is_the_length_with_the_token(x, clocks):
    last = rotary(x[2:], clock_angles(jnp.arange(1), clocks, offset=3))
    return last, rotary(x, clock_angles(jnp.arange(3), clocks))[2:]


@identity(source=WANG, at=dict(n=3, r=4), given=dict(positions=np.array([0, 1, 2])))
def text_has_plain_rotary_positions(clocks: Float[Array, " r"], positions: Int[Array, " n"]):
    r"""With the same position along every axis, M-RoPE is RoPE, whichever axis a pair counts along."""
    alike = jnp.stack([positions] * 3)
    left = tuple(axis_angles(alike, clocks, cut((2, 1, 1))) for cut in SECTIONS)
    return left, (clock_angles(positions, clocks),) * 2


@text_has_plain_rotary_positions.mutant
def text_has_clocks_that_begin_anew_along_every_axis(clocks, positions):
    alike = jnp.stack([positions] * 2)
    return (axial_angles(alike, clocks[:2]),) * 2, (clock_angles(positions, clocks),) * 2


@identity(source=WANG, at=dict(n=2, d=8, r=4), given=dict(places=np.array([[0, 0], [1, 2], [5, 3]])))
def scores_know_places_up_to_a_shift_along_every_axis(
    q: Float[Array, "n d"], k: Float[Array, "n d"], clocks: Float[Array, " r"], places: Int[Array, "3 n"]
):
    r"""All places may be moved by one vector: by 2 along time, 7 along height and 1 along width."""

    def scores(moved, cut):
        axis = cut((1, 2, 1))
        return (rotary(q, axis_angles(moved, clocks, axis)) @ rotary(k, axis_angles(moved, clocks, axis)).T,)

    shift = jnp.broadcast_to(jnp.array([2, 7, 1])[:, None], places.shape)
    return tuple(scores(places + shift, cut) for cut in SECTIONS), tuple(scores(places, c) for c in SECTIONS)


@scores_know_places_up_to_a_shift_along_every_axis.mutant
def scores_know_places_up_to_a_turn_of_the_picture(q, k, clocks, places):
    def scores(moved, cut):
        axis = cut((1, 2, 1))
        return (rotary(q, axis_angles(moved, clocks, axis)) @ rotary(k, axis_angles(moved, clocks, axis)).T,)

    return tuple(scores(places[::-1], cut) for cut in SECTIONS), tuple(scores(places, c) for c in SECTIONS)


@identity(
    source="Heo et al. 2024, arXiv:2403.13298, section 3.2",
    at=dict(n=2, d=8, r=2),
    given=dict(places=np.array([[0, 1], [2, 5]])),
)
def scores_of_pictures_are_sums_over_axes(
    q: Float[Array, "n d"], k: Float[Array, "n d"], clocks: Float[Array, " r"], places: Int[Array, "2 n"]
):
    r"""With pairs of neighbours, two axes are two rotary positions of half the width, side by side."""

    def along(axis):
        angles, cut = clock_angles(places[axis], clocks), slice(4 * axis, 4 * axis + 4)
        return rotary(q[:, cut], angles) @ rotary(k[:, cut], angles).T

    both = axial_angles(places, clocks)
    return rotary(q, both) @ rotary(k, both).T, along(0) + along(1)


@scores_of_pictures_are_sums_over_axes.mutant
def scores_of_halves_are_sums_over_axes(q, k, clocks, places):
    def along(axis):
        angles, cut = clock_angles(places[axis], clocks), slice(4 * axis, 4 * axis + 4)
        return rotary(q[:, cut], angles, "half-split") @ rotary(k[:, cut], angles, "half-split").T

    both = axial_angles(places, clocks)
    return rotary(q, both, "half-split") @ rotary(k, both, "half-split").T, along(0) + along(1)
