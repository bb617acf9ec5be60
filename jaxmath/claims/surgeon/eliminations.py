"""Brain surgeon: one weight after another."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims.surgeon._hessians import hessian_and_inverse
from jaxmath.definitions import surgeon_update, without_weight
from jaxmath.verify.claim import identity

FRANTAR = "Frantar et al. 2022, GPTQ, arXiv:2210.17323"
SIZES = dict(d=3)
Row = Float[Array, " d"]
Root = Float[Array, "d d"]
Scalar = Float[Array, ""]


@identity(source=f"{FRANTAR}, eq. (3)", at=SIZES)
def one_elimination_inverts_the_hessian_of_the_others(root: Root):
    r"""Its other rows and columns are $(H_{-q})^{-1}$, and those of $q$ are zero."""
    hessian, inverse = hessian_and_inverse(root)
    left = without_weight(inverse, 0)
    rest = hessian[1:, 1:]
    product = jnp.sum(left[1:, 1:, None] * rest[None, :, :], 1)
    return (product, left[0], left[:, 0]), (jnp.eye(2), jnp.zeros(3), jnp.zeros(3))


@one_elimination_inverts_the_hessian_of_the_others.mutant
def a_part_of_the_inverse_is_the_inverse_of_the_part(root):
    hessian, inverse = hessian_and_inverse(root)
    left = without_weight(inverse, 0)
    product = jnp.sum(inverse[1:, 1:, None] * hessian[None, 1:, 1:], 1)
    return (product, left[0], left[:, 0]), (jnp.eye(2), jnp.zeros(3), jnp.zeros(3))


@identity(source=f"{FRANTAR}, section 3, step 1: arbitrary order; block elimination", at=SIZES)
def the_order_of_two_fixed_weights_does_not_matter(w: Row, root: Root, a: Scalar, b: Scalar):
    r"""Fixing weight 0 at $a$ and then 1 at $b$ leaves the last one where the other order leaves it."""
    _, inverse = hessian_and_inverse(root)
    return _both(w, inverse, (0, 1), (a, b)), _both(w, inverse, (1, 0), (b, a))


@the_order_of_two_fixed_weights_does_not_matter.mutant
def the_first_of_two_fixed_weights_may_be_moved_again(w, root, a, b):
    _, inverse = hessian_and_inverse(root)
    first = surgeon_update(w, inverse, 0, a)
    return surgeon_update(first, inverse, 1, b), _both(w, inverse, (1, 0), (b, a))


@identity(source=f"{FRANTAR}, section 3, step 3: Cholesky reformulation", at=SIZES)
def rows_of_the_cholesky_factor_drive_the_same_updates(w: Row, root: Root, value: Scalar):
    r"""$H^{-1}_{0 \cdot} / [H^{-1}]_{00} = U_{0 \cdot} / U_{00}$ for $H^{-1} = U^\top U$ with triangular $U$.

    The inverse of the rest, after one elimination, has row $U_{11} U_{1 \cdot}$.
    """
    upper = jnp.triu(root)
    inverse = upper.T @ upper
    rest = without_weight(inverse, 0)
    sides = inverse[0] / inverse[0, 0], rest[1] / rest[1, 1]
    return sides, (upper[0] / upper[0, 0], upper[1] / upper[1, 1])


@rows_of_the_cholesky_factor_drive_the_same_updates.mutant
def columns_of_the_cholesky_factor_drive_the_same_updates(w, root, value):
    upper = jnp.triu(root)
    inverse = upper.T @ upper
    rest = without_weight(inverse, 0)
    sides = inverse[0] / inverse[0, 0], rest[1] / rest[1, 1]
    return sides, (upper[:, 0] / upper[0, 0], upper[:, 1] / upper[1, 1])


def _both(w: Array, inverse: Array, places: tuple[int, int], values: tuple[Array, Array]) -> Array:
    first = surgeon_update(w, inverse, places[0], values[0])
    return surgeon_update(first, without_weight(inverse, places[0]), places[1], values[1])
