"""Matrix calculus: functions that are made of products."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import commutation_matrix, vec
from jaxmath.verify.claim import derivative, identity

PETERSEN = "Petersen & Pedersen 2012, The matrix cookbook"
MAGNUS = "Magnus & Neudecker 1988, Matrix differential calculus"
Square = Float[Array, "n n"]


@derivative(source=f"{PETERSEN}, eq. (101)", at=dict(n=2, m=3))
def a_trace_of_a_product_pulls_back_to_the_transpose(a: Float[Array, "m n"], x: Float[Array, "n m"]):
    r"""$\partial\, \mathrm{tr}(A X) / \partial X = A^\top$, and $X^\top$ for $A$."""
    return lambda a, x: jnp.trace(a @ x), lambda a, x, dy: (dy * x.T, dy * a.T)


@a_trace_of_a_product_pulls_back_to_the_transpose.mutant
def a_trace_of_a_product_pulls_back_to_twice_the_transpose(a, x):
    return lambda a, x: jnp.trace(a @ x), lambda a, x, dy: (2 * dy * x.T, dy * a.T)


@derivative(source=f"{PETERSEN}, eq. (81)", at=dict(n=3))
def a_quadratic_form_pulls_back_to_both_halves(x: Float[Array, " n"], a: Square):
    r"""$\nabla_x\, x^\top A x = (A + A^\top) x$ and $\nabla_A = x x^\top$: $2 A x$ for symmetric $A$ only."""
    return lambda x, a: x @ a @ x, lambda x, a, dy: (dy * (a + a.T) @ x, dy * jnp.outer(x, x))


@a_quadratic_form_pulls_back_to_both_halves.mutant
def a_quadratic_form_pulls_back_to_twice_the_matrix(x, a):
    return lambda x, a: x @ a @ x, lambda x, a, dy: (2 * dy * a @ x, dy * jnp.outer(x, x))


@derivative(source=f"{PETERSEN}, eq. (70)", at=dict(n=2, m=3))
def a_bilinear_form_pulls_back_to_an_outer_product(
    a: Float[Array, " n"], x: Float[Array, "n m"], b: Float[Array, " m"]
):
    r"""$\partial\, a^\top X b / \partial X = a b^\top$, $\nabla_a = X b$ and $\nabla_b = X^\top a$."""
    return lambda a, x, b: a @ x @ b, lambda a, x, b, dy: (dy * x @ b, dy * jnp.outer(a, b), dy * x.T @ a)


@a_bilinear_form_pulls_back_to_an_outer_product.mutant
def a_bilinear_form_pulls_back_to_the_mean_of_outer_products(a, x, b):
    return lambda a, x, b: a @ x @ b, lambda a, x, b, dy: (dy * x @ b, dy * jnp.outer(a, b) / 2, dy * x.T @ a)


@derivative(source=f"{PETERSEN}, eq. (113)", at=dict(n=2, m=2))
def a_trace_of_two_quadratics_pulls_back_to_two_products(
    x: Float[Array, "n m"], a: Square, b: Float[Array, "m m"]
):
    r"""$\partial\, \mathrm{tr}(X^\top A X B) / \partial X = A X B + A^\top X B^\top$."""

    def vjp(x, a, b, dy):
        return dy * (a @ x @ b + a.T @ x @ b.T), dy * x @ b.T @ x.T, dy * x.T @ a.T @ x

    return lambda x, a, b: jnp.trace(x.T @ a @ x @ b), vjp


@a_trace_of_two_quadratics_pulls_back_to_two_products.mutant
def a_trace_of_two_quadratics_pulls_back_as_if_symmetric(x, a, b):
    def vjp(x, a, b, dy):
        return 2 * dy * a @ x @ b, dy * x @ b.T @ x.T, dy * x.T @ a.T @ x

    return lambda x, a, b: jnp.trace(x.T @ a @ x @ b), vjp


@derivative(
    source="Goodfellow, Bengio & Courville 2016, Deep learning, section 6.5.6", at=dict(n=2, d=3, e=2)
)
def a_linear_layer_pulls_back_to_two_products(
    x: Float[Array, "n d"], w: Float[Array, "d e"], b: Float[Array, " e"]
):
    r"""For $Y = X W + b$: $dX = \delta W^\top$, $dW = X^\top \delta$ and $db = \mathbf 1^\top \delta$."""

    def layer(x, w, b):
        return x @ w + jnp.broadcast_to(b, (2, 2))

    return layer, lambda x, w, b, dy: (dy @ w.T, x.T @ dy, dy.sum(0))


@a_linear_layer_pulls_back_to_two_products.mutant
def a_linear_layer_pulls_back_to_a_mean_over_rows(x, w, b):
    def layer(x, w, b):
        return x @ w + jnp.broadcast_to(b, (2, 2))

    return layer, lambda x, w, b, dy: (dy @ w.T, x.T @ dy / 2, dy.mean(0))


@derivative(source=f"{PETERSEN}, eq. (84)", at=dict(n=3, d=2))
def least_squares_pull_back_to_the_residual(
    x: Float[Array, "n d"], w: Float[Array, " d"], y: Float[Array, " n"]
):
    r"""$\nabla_w \tfrac12 \lVert X w - y \rVert^2 = X^\top r$ and $\nabla_X = r w^\top$, $r$ the residual."""

    def vjp(x, w, y, dl):
        r = dl * (x @ w - y)
        return jnp.outer(r, w), x.T @ r, -r

    return lambda x, w, y: ((x @ w - y) ** 2).sum() / 2, vjp


@least_squares_pull_back_to_the_residual.mutant
def least_squares_pull_back_to_twice_the_residual(x, w, y):
    def vjp(x, w, y, dl):
        r = 2 * dl * (x @ w - y)
        return jnp.outer(r, w), x.T @ r, -r

    return lambda x, w, y: ((x @ w - y) ** 2).sum() / 2, vjp


@derivative(source=f"{PETERSEN}, eq. (91)", at=dict(n=2))
def a_power_of_a_matrix_pulls_back_in_every_place(x: Square):
    r"""$dX = \sum_{r=0}^{2} (X^r)^\top G\, (X^{2-r})^\top$ for $X^3$: matrices do not commute."""

    def vjp(x, g):
        t = x.T
        return (g @ t @ t + t @ g @ t + t @ t @ g,)

    return lambda x: x @ x @ x, vjp


@a_power_of_a_matrix_pulls_back_in_every_place.mutant
def a_power_of_a_matrix_pulls_back_like_that_of_a_number(x):
    return lambda x: x @ x @ x, lambda x, g: (3 * x.T @ x.T @ g,)


@identity(source=f"{MAGNUS}, section 2.4, theorem 2", at=dict(n=2, m=3))
def a_product_of_three_is_a_kronecker_product(
    a: Float[Array, "m n"], x: Float[Array, "n m"], b: Float[Array, "m n"]
):
    r"""$\mathrm{vec}(A X B) = (B^\top \otimes A)\, \mathrm{vec}(X)$, columns below each other."""
    return vec(a @ x @ b), jnp.kron(b.T, a) @ vec(x)


@a_product_of_three_is_a_kronecker_product.mutant
def a_product_of_three_is_the_kronecker_product_of_rows(a, x, b):
    return vec(a @ x @ b), jnp.kron(a, b.T) @ vec(x)


@identity(source=f"{MAGNUS}, section 3.7", at=dict(n=2, m=3))
def transposing_is_a_permutation_of_the_vector(
    x: Float[Array, "n m"], a: Float[Array, "n n"], b: Float[Array, "m m"]
):
    r"""$K \mathrm{vec}(X) = \mathrm{vec}(X^\top)$, $K^\top K = I$, $K (B \otimes A) K^\top = A \otimes B$."""
    k = commutation_matrix(2, 3)
    left = k @ vec(x), k.T @ k, k @ jnp.kron(b, a) @ k.T
    return left, (vec(x.T), jnp.eye(6), jnp.kron(a, b))


@transposing_is_a_permutation_of_the_vector.mutant
def transposing_is_its_own_inverse_as_a_permutation(x, a, b):
    k = commutation_matrix(2, 3)
    return (k @ vec(x), k @ k), (vec(x.T), jnp.eye(6))
