"""Where a theorem gives a bound, where only an estimate is had, and proofs that must not be given."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import verify
from jaxmath.verify import climb, problem

FLOATS = jax.ShapeDtypeStruct((3,), jnp.float32)
MARKS = np.array([True, True, False])


def softmax(x):
    grown = jnp.exp(x - x.max())
    return grown / grown.sum()


def layer_norm(x):
    centred = x - x.mean()
    return centred * jax.lax.rsqrt((centred * centred).mean() + 1e-5)


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (jax.nn.softmax, softmax),
        (layer_norm, lambda x: (x - x.mean()) / jnp.sqrt(jnp.square(x).mean() - x.mean() ** 2 + 1e-5)),
        (jax.nn.logsumexp, lambda x: jnp.log(jnp.exp(x).sum())),
        (lambda x: jnp.sin(x + 1.0), lambda x: jnp.sin(x) * jnp.cos(1.0) + jnp.cos(x) * jnp.sin(1.0)),
        (lambda x: softmax(softmax(x)), lambda x: jax.nn.softmax(jax.nn.softmax(x))),
    ],
    ids=["softmax", "layer norm", "logsumexp", "sine", "nested"],
)
def test_a_theorem_bounds_the_error(f, g):
    certificate = verify.prove_identity(f, g, FLOATS)
    assert certificate.verdict == "proved"
    assert certificate.theorem == "Schwartz-Zippel"
    assert certificate.error_bound <= certificate.failure
    assert certificate.error_estimate is None


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (jax.nn.relu, lambda x: jnp.where(x > 0, x, 0.0)),
        (lambda x: jax.nn.relu(0.5 * x), lambda x: 0.5 * jax.nn.relu(x)),
        (lambda x: jnp.abs(x), lambda x: jnp.maximum(x, -x)),
    ],
    ids=["relu", "scaled relu", "absolute value"],
)
def test_cells_have_an_estimate_and_enough_points(f, g):
    certificate = verify.prove_identity(f, g, FLOATS)
    assert certificate.verdict == "proved"
    assert certificate.error_bound is None
    assert certificate.error_estimate <= certificate.failure
    assert certificate.branches > 0
    assert certificate.points >= 60


def test_a_smaller_failure_takes_more_points():
    points = [
        verify.prove_identity(jax.nn.softmax, softmax, FLOATS, failure=2.0**-n).points for n in (60, 200, 400)
    ]
    assert points == sorted(set(points))


def test_one_cell_in_many_is_found():
    """A defect where all of eight values are positive: one cell of 256."""
    eight = jax.ShapeDtypeStruct((8,), jnp.float32)
    certificate = verify.prove_identity(
        lambda x: jnp.where((x > 0).all(), 1.0, 0.0) * x, lambda x: 0.0 * x, eight
    )
    assert certificate.verdict != "proved"


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (lambda x: jnp.min(jnp.where(MARKS, x, -jnp.inf)), lambda x: jnp.min(x[:2])),
        (lambda x: jnp.max(jnp.where(MARKS, x, jnp.inf)), lambda x: jnp.max(x[:2])),
        (lambda x: jnp.minimum(x, -jnp.inf), lambda x: x),
        (lambda x: jnp.maximum(x, jnp.inf), lambda x: x),
    ],
    ids=["min of -inf", "max of inf", "minimum of -inf", "maximum of inf"],
)
def test_infinite_members_decide_extrema(f, g):
    assert verify.prove_identity(f, g, FLOATS).verdict == "refuted"


@pytest.mark.parametrize("fill", [-1e9, -1e30, float(jnp.finfo(jnp.float32).min)])
def test_finite_masks_are_constants_too(fill):
    """A row of one finite constant is uniform; rows of two are not, and a finite sum is not a constant."""
    even = verify.prove_identity(
        lambda x: jax.nn.softmax(jnp.where(MARKS & False, x, fill)),
        lambda x: 0.0 * x + jnp.ones(3) / 3.0,
        FLOATS,
    )
    assert even.verdict == "proved"
    mixed = verify.prove_identity(
        lambda x: jnp.maximum(fill, 0.9 * fill) + 0.0 * x, lambda x: 0.0 * x + fill, FLOATS
    )
    assert mixed.verdict != "proved"
    shifted = verify.prove_identity(lambda x: (x + fill) - fill, lambda x: 0.0 * x, FLOATS)
    assert shifted.verdict != "proved"


def test_sides_that_are_never_defined_together_are_not_equal():
    certificate = verify.prove_identity(
        lambda x: 2.0 * jnp.log(x) + x, lambda x: 2.0 * jnp.log(-x) + x, FLOATS
    )
    assert certificate.verdict == "unknown"
    assert "no point was found at which both sides are defined" in certificate.reason


def test_cancellation_is_no_witness():
    """Rows of the Hessian of logsumexp add up to zero; floating point gives 1e-17 instead."""
    certificate = verify.prove_identity(
        lambda x: jax.hessian(jax.nn.logsumexp)(x).sum(1), lambda x: 0.0 * x, FLOATS
    )
    assert certificate.verdict == "proved"


def test_entropy_falls_with_inverse_temperature():
    """A true statement whose sides are as small as their rounding at small scores."""

    def entropy(b, x):
        p = jax.nn.softmax(b * x)
        return -(p * jnp.log(p)).sum()

    def slope(b, x):
        p = jax.nn.softmax(b * x)
        return -b * (p @ x**2 - (p @ x) ** 2)

    scalar = jax.ShapeDtypeStruct((), jnp.float32)
    assert verify.prove_identity(jax.grad(entropy), slope, scalar, FLOATS).verdict == "proved"


def test_certificates_are_the_same_byte_for_byte():
    first, second = (
        verify.prove_identity(jax.nn.softmax, softmax, FLOATS, seed=7).to_json() for _ in range(2)
    )
    assert first == second


def test_both_backends_give_the_same_certificate():
    numpy, xla = (
        verify.prove_identity(jax.nn.softmax, softmax, FLOATS, backend=name).to_json()
        for name in ("numpy", "xla")
    )
    assert numpy == xla


def test_unknown_backend():
    question = problem.Sides(lambda x: (x, x), (FLOATS,))
    with pytest.raises(ValueError, match='backend: "auto", "numpy" or "xla" is needed, \'gpu\' came'):
        inspect.unwrap(climb.answer)(question, backend="gpu")
