"""Merging: along an arc."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import angle_between, slerp, soup
from jaxmath.verify.claim import bound, identity

SHOEMAKE = "Shoemake 1985, section 3.3"
Model = Float[Array, " n"]
Scalar = Float[Array, ""]


@identity(source=SHOEMAKE)
def slerp_turns_at_a_constant_rate(half: Scalar):
    r"""Halfway it is at half the angle.

    Between $(1, 0)$ and $(\cos \Omega, \sin \Omega)$ that is
    $(\cos \Omega / 2, \sin \Omega / 2)$, on the circle.
    """
    return slerp(_at(jnp.zeros(())), _at(2 * half), 2 * half, 0.5), _at(half)


@slerp_turns_at_a_constant_rate.mutant
def straight_lines_turn_at_a_constant_rate(half):
    return soup(jnp.stack([_at(jnp.zeros(())), _at(2 * half)]), jnp.ones(2)), _at(half)


@bound(source=SHOEMAKE, box=dict(angle=(1, 2), t=(0.25, 0.75)), slack=0.02, sharp=dict(angle=1.0, t=0.5))
def slerp_keeps_to_the_circle(angle: Scalar, t: Scalar):
    r"""$\lVert \mathrm{slerp}(a, b, t) \rVert^2 = 1$ for unit vectors, from above and from below."""
    point = slerp(_at(jnp.zeros_like(angle)), _at(angle), angle, t)
    size = point @ point
    return (size, 1.0), (1.0, size)


@slerp_keeps_to_the_circle.mutant
def straight_lines_keep_to_the_circle(angle, t):
    point = soup(jnp.stack([_at(jnp.zeros_like(angle)), _at(angle)]), jnp.stack([1 - t, t]))
    size = point @ point
    return (size, 1.0), (1.0, size)


@identity(source=SHOEMAKE, at=dict(n=2))
def slerp_begins_at_one_end_and_ends_at_the_other(a: Model, b: Model, angle: Scalar):
    r"""$t = 0$ gives $a$ and $t = 1$ gives $b$, and the way back is the way there at $1 - t$."""
    ends = slerp(a, b, angle, 0.0), slerp(a, b, angle, 1.0), slerp(a, b, angle, 0.25)
    return ends, (a, b, slerp(b, a, angle, 0.75))


@slerp_begins_at_one_end_and_ends_at_the_other.mutant
def slerp_begins_at_the_other_end(a, b, angle):
    ends = slerp(a, b, angle, 0.0), slerp(a, b, angle, 1.0), slerp(a, b, angle, 0.25)
    return ends, (b, a, slerp(b, a, angle, 0.75))


@bound(source=SHOEMAKE, box=dict(angle=(0.125, 3), t=(0, 1)), slack=1e-3, sharp=dict(angle=1.0, t=0.0))
def straight_lines_cut_the_corner(angle: Scalar, t: Scalar):
    r"""The mean of two unit vectors is no longer than one: $\lVert (1 - t) a + t b \rVert^2 \le 1$."""
    mean = soup(jnp.stack([_at(jnp.zeros_like(angle)), _at(angle)]), jnp.stack([1 - t, t]))
    return mean @ mean, jnp.ones_like(t)


@straight_lines_cut_the_corner.mutant
def straight_lines_keep_nine_tenths_of_the_length(angle, t):
    mean = soup(jnp.stack([_at(jnp.zeros_like(angle)), _at(angle)]), jnp.stack([1 - t, t]))
    return 0.9 * jnp.ones_like(t), mean @ mean


@identity(source="definition of the angle", at=dict(n=3))
def the_angle_between_vectors_ignores_their_lengths(a: Model, b: Model, size: Scalar):
    r"""A positive factor $e^c$ of either vector changes no angle."""
    scale = jnp.exp(size)
    return angle_between(scale * a, b), angle_between(a, scale * b)


@the_angle_between_vectors_ignores_their_lengths.mutant
def the_angle_between_vectors_ignores_shifts(a, b, size):
    return angle_between(a + size, b), angle_between(a, b + size)


def _at(angle: Array) -> Array:
    return jnp.stack([jnp.cos(angle), jnp.sin(angle)])
