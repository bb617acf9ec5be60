"""Matrix calculus: inverses, determinants, norms; and derivatives of derivatives."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import logsumexp, softmax
from jaxmath.verify.claim import derivative, identity

PETERSEN = "Petersen & Pedersen 2012, The matrix cookbook"
Square = Float[Array, "n n"]


def _det(x: Array) -> Array:
    return x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]


def _inverse(x: Array) -> Array:
    return jnp.stack([jnp.stack([x[1, 1], -x[0, 1]]), jnp.stack([-x[1, 0], x[0, 0]])]) / _det(x)


@derivative(source=f"{PETERSEN}, eq. (60)", at=dict(n=2))
def an_inverse_pulls_back_between_two_inverses(x: Square):
    r"""$dX = -X^{-\top} G X^{-\top}$ for $X^{-1}$."""
    return _inverse, lambda x, g: (-_inverse(x).T @ g @ _inverse(x).T,)


@an_inverse_pulls_back_between_two_inverses.mutant
def an_inverse_pulls_back_between_two_inverses_that_are_not_transposed(x):
    return _inverse, lambda x, g: (-_inverse(x) @ g @ _inverse(x),)


@derivative(source=f"{PETERSEN}, eq. (49), Jacobi's formula", at=dict(n=3))
def a_determinant_pulls_back_to_the_cofactors(x: Square):
    r"""$\partial \det X / \partial X$ is the matrix of cofactors: cross products of the other rows."""

    def det(x):
        return x[0] @ jnp.cross(x[1], x[2])

    def vjp(x, dy):
        return (dy * jnp.stack([jnp.cross(x[1], x[2]), jnp.cross(x[2], x[0]), jnp.cross(x[0], x[1])]),)

    return det, vjp


@a_determinant_pulls_back_to_the_cofactors.mutant
def a_determinant_pulls_back_to_the_adjugate(x):
    def det(x):
        return x[0] @ jnp.cross(x[1], x[2])

    def vjp(x, dy):
        return (dy * jnp.stack([jnp.cross(x[1], x[2]), jnp.cross(x[2], x[0]), jnp.cross(x[0], x[1])]).T,)

    return det, vjp


@derivative(source=f"{PETERSEN}, eq. (57)", at=dict(n=2))
def a_log_determinant_pulls_back_to_the_inverse_transposed(x: Square):
    r"""$\partial \log \det X / \partial X = X^{-\top}$."""
    return lambda x: jnp.log(_det(x)), lambda x, dy: (dy * _inverse(x).T,)


@a_log_determinant_pulls_back_to_the_inverse_transposed.mutant
def a_log_determinant_pulls_back_to_the_inverse(x):
    return lambda x: jnp.log(_det(x)), lambda x, dy: (dy * _inverse(x),)


@derivative(source="implicit function theorem; Giles 2008, section 2.3.1", at=dict(n=2))
def a_solution_pulls_back_through_the_transposed_system(a: Square, b: Float[Array, " n"]):
    r"""For $A x = b$: $db = A^{-\top} g$ and $dA = -db\, x^\top$."""

    def vjp(a, b, g):
        db = _inverse(a).T @ g
        return -jnp.outer(db, _inverse(a) @ b), db

    return lambda a, b: _inverse(a) @ b, vjp


@a_solution_pulls_back_through_the_transposed_system.mutant
def a_solution_pulls_back_through_the_same_system(a, b):
    def vjp(a, b, g):
        db = _inverse(a) @ g
        return -jnp.outer(db, _inverse(a) @ b), db

    return lambda a, b: _inverse(a) @ b, vjp


@derivative(source=f"{PETERSEN}, eq. (129) to (131)", at=dict(n=3))
def a_unit_vector_pulls_back_without_its_own_direction(x: Float[Array, " n"]):
    r"""For $\hat x = x / \lVert x \rVert$: $dx = (g - \hat x \hat x^\top g) / \lVert x \rVert$."""

    def unit(x):
        return x / jnp.sqrt((x**2).sum())

    def vjp(x, g):
        return ((g - unit(x) * (unit(x) @ g)) / jnp.sqrt((x**2).sum()),)

    return unit, vjp


@a_unit_vector_pulls_back_without_its_own_direction.mutant
def a_unit_vector_pulls_back_with_its_own_direction(x):
    def unit(x):
        return x / jnp.sqrt((x**2).sum())

    return unit, lambda x, g: (g / jnp.sqrt((x**2).sum()),)


def _loss(w: Array, a: Array) -> Array:
    return logsumexp(a @ w)


@identity(source="Pearlmutter 1994, Fast exact multiplication by the Hessian", at=dict(n=2, d=2))
def a_hessian_times_a_vector_needs_no_hessian(
    a: Float[Array, "n d"], w: Float[Array, " d"], v: Float[Array, " d"]
):
    r"""Forward over reverse and reverse over reverse are $\nabla^2 f\, v$; here $f = \mathrm{LSE}(A w)$."""
    forward = jax.jvp(lambda w: jax.grad(_loss)(w, a), (w,), (v,))[1]
    reverse = jax.grad(lambda w: jax.grad(_loss)(w, a) @ v)(w)
    p, u = softmax(a @ w), a @ v
    return (forward, reverse), (a.T @ (p * u - p * (p @ u)),) * 2


@a_hessian_times_a_vector_needs_no_hessian.mutant
def a_hessian_times_a_vector_is_the_squared_jacobian_times_it(a, w, v):
    forward = jax.jvp(lambda w: jax.grad(_loss)(w, a), (w,), (v,))[1]
    p = softmax(a @ w)
    return forward, a.T @ (p * (a @ v))


@identity(source="Griewank & Walther 2008, section 3.3: adjoint consistency", at=dict(n=2, d=2))
def pushing_forward_and_pulling_back_are_adjoint(
    a: Float[Array, "n d"], w: Float[Array, " d"], v: Float[Array, " d"], u: Float[Array, " n"]
):
    r"""$\langle u, J v \rangle = \langle J^\top u, v \rangle$, for the softmax of a linear map."""

    def f(w):
        return softmax(a @ w)

    return u @ jax.jvp(f, (w,), (v,))[1], jax.vjp(f, w)[1](u)[0] @ v


@pushing_forward_and_pulling_back_are_adjoint.mutant
def pushing_forward_is_pulling_back(a, w, v, u):
    def f(w):
        return softmax(a @ w)

    return jax.jvp(f, (w,), (v,))[1], jax.vjp(f, w)[1](u)[0]
