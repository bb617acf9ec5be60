import jax
import numpy as np
import pytest
import scipy.linalg

from jaxmath import definitions as d


@pytest.mark.parametrize("order", [1, 2, 8, 32])
def test_is_that_of_scipy(order):
    np.testing.assert_array_equal(d.hadamard(order), scipy.linalg.hadamard(order))


@pytest.mark.parametrize("order", [0, 3, 12])
def test_other_orders(order):
    with pytest.raises(ValueError, match=f"hadamard: order must be a power of two, but it is {order}"):
        d.hadamard(order)


def test_rotate(draw, close):
    x, wide = draw(2, 3, 8)
    expected = wide @ scipy.linalg.hadamard(8) / np.sqrt(np.longdouble(8))
    close(jax.jit(d.hadamard_rotate)(x), expected, 11, size=np.abs(wide).sum(-1, keepdims=True))
