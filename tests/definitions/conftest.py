"""Every definition in three precisions, against references in extended precision, within derived bounds."""

from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

# Roundings granted to one elementary function (exp, log, tanh, erf, sin, cos, pow): four units in the
# last place.
ELEMENTARY = 8


@pytest.fixture(params=["float32", "float64", "bfloat16"])
def dtype(request) -> Iterator[np.dtype]:
    with jax.enable_x64(request.param == "float64"):
        yield jnp.dtype(request.param)


@pytest.fixture
def elementary() -> int:
    return ELEMENTARY


@pytest.fixture
def draw(dtype) -> Callable:
    """`draw(*shape)`: normal numbers, as an array and as the same numbers in extended precision."""
    rng = np.random.default_rng(0)

    def make(*shape):
        array = jnp.asarray(rng.standard_normal(shape), dtype)
        return array, wide(array)

    return make


@pytest.fixture
def close() -> Callable:
    """`close(actual, reference, roundings, size)`: within $k u / (1 - k u)$ times the size of the terms.

    `roundings` is the number $k$ of roundings on the longest way from input to output.
    """

    def check(actual, reference, roundings, size=1.0):
        unit = float(jnp.finfo(actual.dtype).eps) / 2
        assert roundings * unit < 1, "the bound says nothing: take smaller sizes"
        bound = roundings * unit / (1 - roundings * unit) * np.asarray(size, np.longdouble)
        error = np.abs(wide(actual) - np.asarray(reference, np.longdouble))
        assert actual.shape == np.shape(reference)
        assert np.all(error <= bound), f"error {error.max():.3e}, bound {np.max(bound):.3e}"

    return check


@pytest.fixture
def widen() -> Callable:
    return wide


def wide(array):
    return np.asarray(array, np.float64).astype(np.longdouble)
