"""Positive definite matrices with their inverses, in rational form."""

import jax.numpy as jnp
from jaxtyping import Array


def hessian_and_inverse(root: Array) -> tuple[Array, Array]:
    """A positive definite matrix and its inverse, from a square root of the inverse."""
    inverse = root @ root.T
    return _inverse(inverse), inverse


def _inverse(m: Array) -> Array:
    """The inverse of a 3 x 3 matrix, from its cofactors."""
    rows = [jnp.cross(m[(i + 1) % 3], m[(i + 2) % 3]) for i in range(3)]
    return jnp.stack(rows, 1) / (m[0] @ rows[0])
