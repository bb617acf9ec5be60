"""Triangular systems are solved, Cholesky factors multiply back."""

import jax
import jax.numpy as jnp
import pytest
from jax import lax

from jaxmath import verify

A, B = jax.ShapeDtypeStruct((3, 3), jnp.float32), jax.ShapeDtypeStruct((3, 2), jnp.float32)


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("transposed", [True, False])
def test_solution_from_the_left_solves(lower, transposed):
    def product(a, b):
        x = lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, transpose_a=transposed)
        a = jnp.tril(a) if lower else jnp.triu(a)
        return (a.T if transposed else a) @ x

    verify.assert_identity(product, lambda a, b: b, A, B)


def test_solution_from_the_right_solves():
    def product(a, b):
        x = lax.linalg.triangular_solve(a, b.T, lower=True, unit_diagonal=True)
        return x @ (jnp.tril(a, -1) + jnp.eye(3))

    verify.assert_identity(product, lambda a, b: b.T, A, B)


def test_solution_of_the_full_system_is_refuted():
    def product(a, b):
        return a @ lax.linalg.triangular_solve(a, b, left_side=True, lower=True)

    assert verify.prove_identity(product, lambda a, b: b, A, B).verdict == "refuted"


def test_diagonal_of_the_factor():
    def first(a):
        return lax.linalg.cholesky(a @ a.T, symmetrize_input=False)[0]

    def row(a):
        return jnp.stack([jnp.sqrt((a[0] ** 2).sum()), 0, 0])

    verify.assert_identity(first, row, A)
    assert verify.prove_identity(first, lambda a: 2 * row(a), A).verdict == "refuted"
