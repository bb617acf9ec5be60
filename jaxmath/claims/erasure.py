"""What is true of the erasure of concepts."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import covariance, erase, leace, leace_projection
from jaxmath.definitions.erasure import Eraser
from jaxmath.verify.claim import identity

BELROSE = "Belrose et al. 2023, arXiv:2306.03819"
RAVFOGEL = "Ravfogel et al. 2020, Null it out, arXiv:2004.07667"
Inputs = Float[Array, "b 2"]
Concepts = Float[Array, "b 1"]
Matrix = Float[Array, "2 2"]
Column = Float[Array, "2 1"]
SIZES = dict(b=4)


def _inverse(a: Array) -> Array:
    """Of a matrix with one row or two."""
    if a.shape == (1, 1):
        return 1 / a
    (p, q), (r, s) = a
    return jnp.stack([jnp.stack([s, -q]), jnp.stack([-r, p])]) / (p * s - q * r)


@identity(source=f"{BELROSE}: guardedness", at=SIZES)
def what_is_erased_does_not_covary(x: Inputs, z: Concepts):
    r"""$\mathrm{Cov}(x', z) = 0$ on the examples it was made from, whose mean stays where it was."""
    erased = erase(leace(x, z, _inverse), x)
    return (covariance(erased, z), erased.mean(0)), (jnp.zeros((2, 1)), x.mean(0))


@what_is_erased_does_not_covary.mutant
def what_is_projected_off_a_probe_does_not_covary(x, z):
    """Along the weights of the best linear probe, not along the covariance."""
    precision, cross = _inverse(covariance(x, x)), covariance(x, z)
    probe = precision @ cross
    erased = erase(Eraser(x.mean(0), leace_projection(jnp.eye(2, dtype=x.dtype), probe, _inverse)), x)
    return (covariance(erased, z), erased.mean(0)), (jnp.zeros((2, 1)), x.mean(0))


@identity(source=f"{BELROSE}: no linear predictor beats a constant", at=SIZES)
def a_linear_probe_of_what_is_erased_is_no_better_than_the_mean(
    x: Inputs, z: Concepts, w: Float[Array, "2 1"]
):
    r"""Its loss is $\mathrm{Var}\, z + w^\top \Sigma_{x'} w$ for every slope $w$ and the best offset."""
    erased = erase(leace(x, z, _inverse), x)
    loss = covariance(z - erased @ w, z - erased @ w)
    return loss, covariance(z, z) + w.T @ covariance(erased, erased) @ w


@a_linear_probe_of_what_is_erased_is_no_better_than_the_mean.mutant
def a_linear_probe_of_what_is_whitened_is_no_better_than_the_mean(x, z, w):
    loss = covariance(z - x @ w, z - x @ w)
    return loss, covariance(z, z) + w.T @ covariance(x, x) @ w


def _projections(precision: Array, cross: Array) -> tuple[Array, Array]:
    """That of LEACE and the orthogonal one."""
    one = jnp.eye(2, dtype=cross.dtype)
    return leace_projection(precision, cross, _inverse), leace_projection(one, cross, _inverse)


@identity(source=f"{BELROSE}: the least change in every norm, as a theorem of Pythagoras")
def every_eraser_changes_as_much_as_leace_and_more(root: Matrix, cross: Column, b: Matrix):
    r"""$A \Sigma A^\top = P \Sigma P^\top + (A - P) \Sigma (A - P)^\top$ where $A \Sigma_{xz} = \Sigma_{xz}$.

    An eraser takes away $A (x - \mu)$, whose mean square in any inner product is thus at least that of
    $P (x - \mu)$. All such $A$ are $Q + B (I - Q)$ with the orthogonal projection $Q$.
    """
    sigma = root @ root.T
    p, q = _projections(_inverse(sigma), cross)
    a = q + b @ (jnp.eye(2, dtype=q.dtype) - q)
    return a @ sigma @ a.T, p @ sigma @ p.T + (a - p) @ sigma @ (a - p).T


@every_eraser_changes_as_much_as_leace_and_more.mutant
def every_eraser_changes_as_much_as_the_orthogonal_one_and_more(root, cross, b):
    sigma = root @ root.T
    _, q = _projections(_inverse(sigma), cross)
    a = q + b @ (jnp.eye(2, dtype=q.dtype) - q)
    return a @ sigma @ a.T, q @ sigma @ q.T + (a - q) @ sigma @ (a - q).T


@identity(source=f"{BELROSE}, an oblique projection")
def leace_is_a_projection_that_does_not_see_the_scale_of_a_concept(
    root: Matrix, cross: Column, scale: Float[Array, ""]
):
    r"""$P^2 = P$, $P \Sigma_{xz} = \Sigma_{xz}$, $\Lambda P = P^\top \Lambda$, and $c z$ has that of $z$."""
    precision = _inverse(root @ root.T)
    p, _ = _projections(precision, cross)
    scaled, _ = _projections(precision, scale * cross)
    return (p @ p, p @ cross, precision @ p, scaled), (p, cross, p.T @ precision, p)


@leace_is_a_projection_that_does_not_see_the_scale_of_a_concept.mutant
def leace_is_an_orthogonal_projection(root, cross, scale):
    p, q = _projections(_inverse(root @ root.T), cross)
    return p, q


@identity(source=f"{BELROSE}: the orthogonal projection is best for white inputs", at=SIZES)
def leace_is_orthogonal_for_white_inputs(cross: Column, c: Float[Array, ""]):
    r"""$P = Q$ where $\Sigma_{xx} = c I$."""
    return _projections(c * jnp.eye(2, dtype=c.dtype), cross)


@leace_is_orthogonal_for_white_inputs.mutant
def leace_is_orthogonal_for_uncorrelated_inputs(cross, c):
    return _projections(jnp.diag(jnp.stack([c, c**2])), cross)
