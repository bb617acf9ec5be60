"""Rotations of a plane whose entries are rational in one number."""

import jax.numpy as jnp
from jaxtyping import Array


def turn(t: Array) -> Array:
    """A rotation by a rational parametrisation of the circle."""
    c, s = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    return jnp.stack([jnp.stack([c, -s]), jnp.stack([s, c])])
