"""Modular arrays against Python's integers, in numpy and in jax.numpy."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxmath.verify import primes, ring

LARGEST = 2**31 - 1
MODULI = (3, 7, 1_000_003, 2**30 + 3, LARGEST)
BOTH = pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])


@pytest.fixture(autouse=True)
def wide(x64):
    """Residues are held in 64 bits."""


@st.composite
def residues(draw, count=2):
    """A prime and some residues, the extreme ones among them."""
    m = draw(st.sampled_from(MODULI))
    one = st.one_of(st.sampled_from([0, 1, m // 2, m - 1]), st.integers(0, m - 1))
    return m, *(draw(one) for _ in range(count))


def array(xp, *numbers):
    return xp.asarray(np.array(numbers, np.uint64).reshape(1, -1))


def at(xp, fn, m, *numbers):
    """The value of a function at one residue each."""
    return int(fn(xp, array(xp, m), *(array(xp, n) for n in numbers))[0, 0])


def test_the_moduli_are_primes():
    assert all(map(primes.is_prime, MODULI))


@BOTH
@given(case=residues())
def test_sums_and_products(xp, case):
    m, a, b = case
    assert at(xp, ring.add, m, a, b) == (a + b) % m
    assert at(xp, ring.sub, m, a, b) == (a - b) % m
    assert at(xp, ring.mul, m, a, b) == a * b % m
    assert at(xp, ring.neg, m, a) == -a % m


@BOTH
@given(case=residues())
def test_powers(xp, case):
    m, a, n = case
    assert at(xp, ring.power, m, a, n) == pow(a, n, m)


@BOTH
@given(case=residues(1))
def test_inverses(xp, case):
    m, a = case
    assert at(xp, ring.inverse, m, a) == (pow(a, -1, m) if a else 0)


@BOTH
@given(case=residues(1))
def test_squares_and_their_roots(xp, case):
    m, a = case
    if m % 4 != 3:
        return
    assert bool(ring.is_square(xp, array(xp, m), array(xp, a))[0, 0]) == (
        a == 0 or pow(a, (m - 1) // 2, m) == 1
    )
    root = at(xp, ring.root, m, a * a % m)
    assert root * root % m == a * a % m
    assert root == 0 or pow(root, (m - 1) // 2, m) == 1


def extreme(rng, m, shape):
    """Residues of which a third are the largest."""
    a = rng.integers(0, m, shape, dtype=np.uint64)
    return np.where(rng.random(shape) < 1 / 3, np.uint64(m - 1), a)


@BOTH
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_totals_and_products_over_an_axis(xp, size):
    rng = np.random.default_rng(size)
    m = np.array(MODULI, np.uint64)
    a = np.stack([extreme(rng, p, (size, 2)) for p in MODULI])
    total = ring.total(xp, xp.asarray(m[:, None]), xp.asarray(a), (1,))
    product = ring.product(xp, xp.asarray(m[:, None, None]), xp.asarray(a), 1)
    for s, p in enumerate(MODULI):
        for column in range(2):
            numbers = [int(x) for x in a[s, :, column]]
            assert int(total[s, column]) == sum(numbers) % p
            assert int(product[s, column]) == python_product(numbers, p)


def python_product(numbers, p):
    out = 1
    for x in numbers:
        out = out * x % p
    return out


@BOTH
def test_a_product_of_nothing_is_one(xp):
    assert ring.product(xp, array(xp, 7)[:, :, None], xp.zeros((1, 0, 3), np.uint64), 1).tolist() == [
        [1, 1, 1]
    ]


def exact_product(a, b, p):
    """A matrix product in Python's integers."""
    return (a.astype(object) @ b.astype(object)) % p


@BOTH
@pytest.mark.parametrize("inner", [1, 3, 64, 1000, 4096])
def test_matrix_products_of_extreme_residues(xp, inner):
    rng = np.random.default_rng(inner)
    for p in MODULI:
        a, b = extreme(rng, p, (1, 2, inner)), extreme(rng, p, (1, inner, 3))
        out = ring.matmul(xp, xp.asarray(np.array([[[p]]], np.uint64)), xp.asarray(a), xp.asarray(b))
        assert np.array_equal(np.asarray(out)[0].astype(object), exact_product(a[0], b[0], p))


@BOTH
@pytest.mark.parametrize("inner", [4096, 2**19])
def test_matrix_products_of_the_largest_residues_only(xp, inner):
    a = xp.full((1, 1, inner), np.uint64(LARGEST - 1))
    out = ring.matmul(xp, array(xp, LARGEST)[:, :, None], a, xp.reshape(a, (1, inner, 1)))
    assert int(out[0, 0, 0]) == inner % LARGEST  # each factor is -1


def test_numpy_and_jax_agree_residue_for_residue():
    rng = np.random.default_rng(0)
    m = np.array([t.primes[-1] for t in primes.towers(0, 3, 2)], np.uint64)[:, None]
    a, b = (rng.integers(0, m, (3, 50), dtype=np.uint64) for _ in range(2))
    for fn in (ring.add, ring.sub, ring.mul, ring.power):
        assert np.array_equal(fn(np, m, a, b), fn(jnp, jnp.asarray(m), jnp.asarray(a), jnp.asarray(b)))
    for fn in (ring.neg, ring.inverse, ring.is_square, ring.root):
        assert np.array_equal(fn(np, m, a), fn(jnp, jnp.asarray(m), jnp.asarray(a)))


@pytest.mark.parametrize("joint", [True, False])
def test_words_are_the_same_in_numpy_and_jax(joint):
    rng = np.random.default_rng(1)
    parts = [rng.integers(0, 2**31, (3, 20), dtype=np.uint64) for _ in range(2)]
    words = ring.digest(np, 12345, parts, joint)
    assert words.shape == (1 if joint else 3, 20)
    assert np.array_equal(words, ring.digest(jnp, 12345, [jnp.asarray(p) for p in parts], joint))


def test_words_tell_different_entries_apart():
    numbers = np.arange(2**16, dtype=np.uint64).reshape(1, -1)
    for parts in (
        [numbers],
        [numbers, numbers[:, ::-1]],
        [numbers % np.uint64(256), numbers // np.uint64(256)],
    ):
        assert len(np.unique(ring.digest(np, 1, parts, True))) == numbers.size
