import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.definitions import masks

ALIGN = ["top-left", "bottom-right"]
SIZES = [(1, 1), (3, 3), (2, 5), (5, 2), (0, 3), (3, 0)]


def pairs(n, m, align, see):
    """The mask of `see(place of the query, place of the key)`, pair by pair."""
    start = {"top-left": 0, "bottom-right": m - n}[align]
    return np.array([[see(start + i, j) for j in range(m)] for i in range(n)], bool).reshape(n, m)


@pytest.mark.parametrize("align", ALIGN)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_causal(n, m, align):
    np.testing.assert_array_equal(masks.causal(n, m, align), pairs(n, m, align, lambda i, j: j <= i))


@pytest.mark.parametrize("align", ALIGN)
@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 0), (2, 1), (None, 1), (1, None), (None, None)])
def test_window(n, m, left, right, align):
    def see(i, j):
        return (left is None or i - j <= left) and (right is None or j - i <= right)

    np.testing.assert_array_equal(masks.window(n, m, left, right, align), pairs(n, m, align, see))


@pytest.mark.parametrize("align", ALIGN)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_prefix(n, m, align):
    expected = pairs(n, m, align, lambda i, j: j < 2 or j <= i)
    np.testing.assert_array_equal(masks.prefix(n, m, 2, align), expected)
    np.testing.assert_array_equal(masks.prefix(n, m, jnp.array(2), align), expected)


def test_padding():
    expected = pairs(3, 4, "top-left", lambda i, j: i < 2 and j < 3)
    np.testing.assert_array_equal(masks.padding(3, 4, 3, 2), expected)
    np.testing.assert_array_equal(masks.padding(3, 4, jnp.array(3), jnp.array(2)), expected)
    np.testing.assert_array_equal(masks.padding(3, 4, 3), pairs(3, 4, "top-left", lambda i, j: j < 3))


def test_segment():
    queries, keys = [0, 0, 1, 2], [0, 1, 1]
    expected = [[q == k for k in keys] for q in queries]
    np.testing.assert_array_equal(masks.segment(jnp.array(queries), jnp.array(keys)), expected)
    np.testing.assert_array_equal(masks.segment(jnp.array([0, 1, 0])), [[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def test_algebra():
    a, b = masks.causal(3), masks.window(3, 3, left=1)
    np.testing.assert_array_equal(masks.and_(a, b), masks.window(3, 3, left=1, right=0))
    np.testing.assert_array_equal(masks.or_(a, masks.not_(a), b), np.ones((3, 3)))
    np.testing.assert_array_equal(masks.not_(a), np.triu(np.ones((3, 3)), 1))
