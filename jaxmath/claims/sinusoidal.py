"""What is true of sinusoidal positions."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import rotary, rotary_angles, sinusoidal, sinusoidal_angles
from jaxmath.verify.claim import derivative, identity

VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, section 3.5"


@identity(source=VASWANI, at=dict(n=3, r=2))
def encodings_have_one_length(angles: Float[Array, "n r"]):
    r"""$\lVert y_t \rVert^2 = d / 2$ at every position."""
    return (sinusoidal(angles) ** 2).sum(1), jnp.full(angles.shape[0], 2.0)


@encodings_have_one_length.mutant
def encodings_have_length_the_square_root_of_d(angles):
    return (sinusoidal(angles) ** 2).sum(1), jnp.full(angles.shape[0], 4.0)


@identity(source=VASWANI, at=dict(n=3, r=2))
def products_of_encodings_know_distances_only(angles: Float[Array, "n r"]):
    r"""$\langle y_s, y_t \rangle = \sum_i \cos(\theta_{si} - \theta_{ti})$."""
    y = sinusoidal(angles)
    return y @ y.T, jnp.cos(angles[:, None, :] - angles[None, :, :]).sum(-1)


@products_of_encodings_know_distances_only.mutant
def products_of_encodings_know_sums_of_positions(angles):
    y = sinusoidal(angles)
    return y @ y.T, jnp.cos(angles[:, None, :] + angles[None, :, :]).sum(-1)


@identity(source=VASWANI, at=dict(n=3, r=2))
def moving_by_an_offset_is_a_rotation(angles: Float[Array, "n r"], offset: Float[Array, " r"]):
    r"""$y_{t+k}$ is $y_t$ with each clock turned back by $k \omega_i$, the same for every $t$."""
    shifts = jnp.broadcast_to(offset, angles.shape)
    return sinusoidal(angles + shifts), rotary(sinusoidal(angles), -shifts)


@moving_by_an_offset_is_a_rotation.mutant
def moving_by_an_offset_is_a_rotation_the_other_way(angles, offset):
    shifts = jnp.broadcast_to(offset, angles.shape)
    return sinusoidal(angles + shifts), rotary(sinusoidal(angles), shifts)


@derivative(source="chain rule", at=dict(n=2, r=3))
def an_encoding_moves_at_a_right_angle(angles: Float[Array, "n r"]):
    r"""$\partial_\theta (\sin \theta, \cos \theta) = (\cos \theta, -\sin \theta)$."""

    def vjp(angles, dy):
        return dy[:, 0::2] * jnp.cos(angles) - dy[:, 1::2] * jnp.sin(angles)

    return sinusoidal, vjp


@an_encoding_moves_at_a_right_angle.mutant
def an_encoding_moves_along_itself(angles):
    return sinusoidal, lambda angles, dy: dy[:, 0::2] * jnp.sin(angles) + dy[:, 1::2] * jnp.cos(angles)


@identity(source=VASWANI, at=dict(), given=dict(positions=np.array([0, 1, 5])))
def clocks_slow_down_in_geometric_progression(positions: Int[Array, "3"], root: Float[Array, ""]):
    r"""With base $b = \rho^8$ and $d = 8$ the angles are $t, t / \rho^2, t / \rho^4, t / \rho^6$."""
    t = positions.astype(root.dtype)
    clocks = jnp.stack([t, t / root**2, t / root**4, t / root**6], axis=1)
    return sinusoidal_angles(positions, 8, root**8), clocks


@clocks_slow_down_in_geometric_progression.mutant
def clocks_slow_down_in_arithmetic_progression(positions, root):
    t = positions.astype(root.dtype)
    clocks = jnp.stack([t, t / root**2, t / (2 * root**2), t / (3 * root**2)], axis=1)
    return sinusoidal_angles(positions, 8, root**8), clocks


@identity(source="Su et al. 2021, arXiv:2104.09864, eq. (15)", at=dict(n=3))
def rotary_and_sinusoidal_positions_share_their_clocks(positions: Float[Array, " n"], base: Float[Array, ""]):
    r"""The angles are the same; they are linear in the position."""
    angles = rotary_angles(positions, 4, base)
    return (sinusoidal_angles(positions, 4, base), rotary_angles(3 * positions, 4, base)), (
        angles,
        3 * angles,
    )


@rotary_and_sinusoidal_positions_share_their_clocks.mutant
def angles_are_linear_in_the_base(positions, base):
    return rotary_angles(positions, 4, 3 * base), 3 * rotary_angles(positions, 4, base)
