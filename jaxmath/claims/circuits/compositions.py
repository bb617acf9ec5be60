"""How well heads fit together."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions.circuits import composition, compositions
from jaxmath.verify.claim import distribution, identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
Square = Float[Array, "d d"]
Scalar = Float[Array, ""]


def _wedges(a: Array, b: Array) -> Array:
    """The sum of squares of all areas that rows of the first and columns of the second span."""
    turned = a[:, :, None, None] * b.T[None, None, :, :]  # rows, entries, columns, entries
    return ((turned - turned.transpose(0, 3, 2, 1)) ** 2).sum() / 2


@identity(source="Lagrange's identity, for every row and column", at=dict(n=2, d=2, m=2))
def a_composition_is_less_than_one_by_what_is_not_aligned(a: Float[Array, "n d"], b: Float[Array, "d m"]):
    r"""$1 - c^2$ is a sum of squares over $\lVert A \rVert^2 \lVert B \rVert^2$.

    So $0 \le c \le 1$, and $c = 1$ if and only if every row of $A$ is parallel to every column of $B$.
    """
    return 1 - composition(a, b) ** 2, _wedges(a, b) / ((a**2).sum() * (b**2).sum())


@a_composition_is_less_than_one_by_what_is_not_aligned.mutant
def a_composition_is_one_less_what_is_not_aligned(a, b):
    return 1 - composition(a, b), _wedges(a, b) / ((a**2).sum() * (b**2).sum())


@identity(source=ELHAGE, at=dict(n=2, d=3, m=2))
def aligned_maps_of_rank_one_compose_in_full(
    u: Float[Array, " n"], w: Float[Array, " d"], v: Float[Array, " m"], t: Scalar
):
    r"""$A = u w^\top$ and $B = e^t w v^\top$ have composition one, whatever $t$."""
    return composition(jnp.outer(u, w), jnp.exp(t) * jnp.outer(w, v)) ** 2, jnp.ones((), u.dtype)


@aligned_maps_of_rank_one_compose_in_full.mutant
def any_maps_of_rank_one_compose_in_full(u, w, v, t):
    return composition(jnp.outer(u, w), jnp.outer(w[::-1], v)) ** 2, jnp.ones((), u.dtype)


@identity(source=f"{ELHAGE}, the residual stream has no privileged basis", at=dict(d=2))
def compositions_do_not_know_the_basis_of_the_stream(earlier: Square, qk: Square, ov: Square, t: Scalar):
    r"""A rotation $R$ of the stream, $M \to R^\top M R$, leaves all three as they are."""
    one, other = jnp.eye(2), jnp.array([[0.0, 1.0], [-1.0, 0.0]])
    turn = jnp.cos(t) * one + jnp.sin(t) * other
    return _squared(*(turn.T @ m @ turn for m in (earlier, qk, ov))), _squared(earlier, qk, ov)


@compositions_do_not_know_the_basis_of_the_stream.mutant
def compositions_do_not_know_a_shear_of_the_stream(earlier, qk, ov, t):
    shear = jnp.eye(2) + t * jnp.array([[0.0, 1.0], [0.0, 0.0]])
    return _squared(*(shear.T @ m @ shear for m in (earlier, qk, ov))), _squared(earlier, qk, ov)


def _squared(earlier: Array, qk: Array, ov: Array) -> tuple[Array, ...]:
    return tuple(x**2 for x in compositions(earlier, qk, ov))


def _signed_permutations(d: int) -> list[np.ndarray]:
    signs = itertools.product((1.0, -1.0), repeat=d)
    return [np.diag(s)[list(p)] for s in signs for p in itertools.permutations(range(d))]


def _mean_square(a: np.ndarray, b: np.ndarray) -> float:
    turned = [composition(jnp.asarray(a @ p), jnp.asarray(b)) ** 2 for p in _signed_permutations(len(b))]
    return float(np.mean([float(x) for x in turned]))


# Sums of three, four and six products, a quotient, a root and its square; then a mean of 48.
A = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
B = np.array([[2.0, 1.0], [0.0, -1.0], [1.0, 1.5]])


@distribution(source="Schur's lemma, by enumeration of all signed permutations", roundings=128)
def maps_that_are_turned_at_random_compose_with_one_over_the_root_of_the_width():
    r"""The mean of the squared composition over turns of the stream between two maps is $1 / d$."""
    return [_mean_square(A, B)], [1 / 3]


@maps_that_are_turned_at_random_compose_with_one_over_the_root_of_the_width.mutant
def maps_that_are_turned_at_random_do_not_compose():
    return [_mean_square(A, B)], [0.0]
