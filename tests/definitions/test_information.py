import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from jaxmath import definitions as d

entropy, cross_entropy, kl, js, renyi, total_variation = map(
    jax.jit, (d.entropy, d.cross_entropy, d.kl, d.js, d.renyi, d.total_variation)
)

P = np.array([0.5, 0.25, 0.25, 0.0])
Q = np.array([0.125, 0.625, 0.125, 0.125])


def array(x, dtype):
    return jnp.asarray(x, dtype)  # exact in every precision used here


@pytest.fixture
def cost(elementary):
    """A logarithm, a product, a difference, a sum of four."""
    return elementary + 2 + 4


def test_entropy(dtype, close, cost):
    close(entropy(array(P, dtype)), scipy.stats.entropy(P), cost, size=scipy.stats.entropy(P))


def test_cross_entropy(dtype, close, cost):
    expected = -sum(p * np.log(q) for p, q in zip(P, Q, strict=True))
    close(cross_entropy(array(P, dtype), array(Q, dtype)), expected, cost, size=expected)


def test_kl(dtype, close, cost):
    size = scipy.special.entr(P).sum() + -np.log(Q) @ P
    close(kl(array(P, dtype), array(Q, dtype)), scipy.special.rel_entr(P, Q).sum(), cost, size=size)


def test_kl_is_infinite_where_q_forbids(dtype):
    assert kl(array(Q, dtype), array(P, dtype)) == jnp.inf


def test_js(dtype, close, cost):
    expected = scipy.stats.entropy((P + Q) / 2) - scipy.stats.entropy(P) / 2 - scipy.stats.entropy(Q) / 2
    size = -np.log((P + Q) / 2) @ (P + Q) / 2 + (scipy.stats.entropy(P) + scipy.stats.entropy(Q)) / 2
    close(js(array(P, dtype), array(Q, dtype)), expected, cost + 2, size=size)


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_renyi(alpha, dtype, close, elementary):
    expected = np.log(sum(p**alpha * q ** (1 - alpha) for p, q in zip(P, Q, strict=True))) / (alpha - 1)
    # Two powers, product and sum perturb the logarithm absolutely; then a logarithm and a division.
    size = (1 + abs(expected)) / abs(alpha - 1)
    close(renyi(array(P, dtype), array(Q, dtype), alpha), expected, 3 * elementary + 1 + 4 + 2, size=size)


def test_total_variation(dtype):
    assert float(total_variation(array(P, dtype), array(Q, dtype))) == np.maximum(P - Q, 0).sum()


@pytest.mark.parametrize(
    "f", [entropy, lambda p: cross_entropy(p, p), lambda p: kl(p, p), lambda p: js(p, p)]
)
def test_derivatives_are_finite_at_zero(f, dtype):
    assert np.isfinite(np.asarray(jax.jit(jax.grad(f))(array(P, dtype)), float)).all()


def test_rows(dtype):
    rows = array(np.stack([P, Q]), dtype)
    assert kl(rows, rows).shape == (2,) and entropy(rows).shape == (2,)
