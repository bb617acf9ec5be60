"""Witnesses that are no more than lost digits are none."""

import jax
import jax.numpy as jnp
import pytest

from jaxmath import verify

X = jax.ShapeDtypeStruct((), jnp.float32)


def decay(c, a, rate):
    """A decaying power with one added and taken away: in floats of any width it is zero for large c."""
    return (1.0 + jnp.exp(a) * jnp.exp(-jnp.exp(rate) * c)) - 1.0


def moved(a, c, r, rate):
    return decay(c + r, a, rate)


def scaled(a, c, r, rate):
    return jnp.exp(-r * jnp.exp(rate)) * decay(c, a, rate)


def first_order(a, b, al, be, c):
    a, b, al, be, c = (jnp.exp(x) for x in (a, b, al, be, c))
    g = (al * a / (be * b)) ** (1 / (al + be))
    n, d = g * (c / 6) ** (be / (al + be)), (c / 6) ** (al / (al + be)) / g
    return al * a * n**-al, be * b * d**-be


@pytest.mark.parametrize("seed", range(3))
def test_cancellation_is_no_witness(seed):
    assert verify.prove_identity(moved, scaled, X, X, X, X, seed=seed).verdict != "refuted"


@pytest.mark.parametrize("seed", range(3))
def test_overflow_is_no_witness(seed):
    left, right = (lambda *x, i=i: first_order(*x)[i] for i in (0, 1))
    assert verify.prove_identity(left, right, X, X, X, X, X, seed=seed).verdict != "refuted"


def test_a_difference_is_a_witness_beside_lost_digits():
    twice = lambda *x: 2 * scaled(*x)  # noqa: E731
    assert verify.prove_identity(moved, twice, X, X, X, X).verdict == "refuted"


def test_a_zero_that_is_one_is_a_witness():
    assert verify.prove_identity(lambda x: 0 * x, lambda x: x, X).verdict == "refuted"
    assert verify.prove_identity(lambda x: x - x, jnp.exp, X).verdict == "refuted"


def test_places_of_any_width_are_counted_in_a_second_opinion():
    """Integers are as wide as the program has them, whatever JAX makes of integers outside it."""

    def scattered(x):
        counts = jnp.zeros(3, int).at[jnp.asarray([0, 2, 2])].add(1)
        return x * (counts[1].astype(x.dtype))

    assert verify.prove_identity(scattered, lambda x: x, X).verdict == "refuted"
