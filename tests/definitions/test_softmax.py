import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions

softmax, logsumexp, log_softmax = (
    jax.jit(f, static_argnames="axis")
    for f in (definitions.softmax, definitions.logsumexp, definitions.log_softmax)
)

MASK = jnp.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]], bool)


def reference(x, mask):
    """Row by row, without a shift."""
    p, lse = np.zeros_like(x), np.full(x.shape[0], -np.inf, x.dtype)
    for i, row in enumerate(mask):
        if row.any():
            total = np.exp(x[i][row]).sum()
            p[i][row] = np.exp(x[i][row]) / total
            lse[i] = np.log(total)
    return p, lse


@pytest.fixture
def cost(elementary):
    """Roundings of a softmax over 5 entries at most 6 apart: shift (6 in the exponent), sum, division."""
    return 2 * (elementary + 6) + 5 + 1


def test_softmax(draw, close, cost):
    x, wide = draw(3, 5)
    close(softmax(x), reference(wide, np.ones((3, 5), bool))[0], cost)


def test_softmax_of_a_set(draw, close, cost):
    x, wide = draw(3, 5)
    p = softmax(x, where=MASK)
    close(p, reference(wide, np.asarray(MASK))[0], cost)
    assert not np.asarray(p, float)[~np.asarray(MASK)].any()


def test_softmax_along_an_axis(draw, close, cost):
    x, wide = draw(5, 3)
    close(softmax(x, MASK.T, axis=0), reference(wide.T, np.asarray(MASK))[0].T, cost)


def test_logsumexp(draw, close, cost, elementary):
    x, wide = draw(3, 5)
    some = np.array([True, False, True])
    lse, expected = logsumexp(x, where=MASK), reference(wide, np.asarray(MASK))[1]
    close(np.asarray(lse)[some], expected[some], cost + elementary, size=1 + np.abs(wide).max())
    assert lse[1] == -jnp.inf


def test_log_softmax(draw, close, cost, elementary):
    x, wide = draw(3, 5)
    p, seen = reference(wide, np.asarray(MASK))[0], np.asarray(MASK)
    y = np.asarray(log_softmax(x, where=MASK))
    close(y[seen], np.log(p[seen]), cost + elementary, size=1 + 2 * np.abs(wide).max())
    assert np.all(y[~seen].astype(float) == -np.inf)


@pytest.mark.parametrize("f", [softmax, log_softmax])
def test_range(f, dtype):
    x = jnp.array([1e4, 0.0, -1e4], dtype)
    assert np.isfinite(np.asarray(f(x), float)).all()
    assert logsumexp(x) == x[0]


def test_no_entries(dtype):
    assert softmax(jnp.zeros((2, 0), dtype)).shape == (2, 0)
    assert (logsumexp(jnp.zeros((2, 0), dtype)) == -jnp.inf).all()


@pytest.mark.parametrize("f", [softmax, logsumexp, log_softmax])
@pytest.mark.parametrize("poison", [jnp.inf, -jnp.inf, jnp.nan])
def test_what_is_hidden_has_no_influence_and_no_derivative(f, poison, dtype):
    x = jnp.where(MASK, jnp.arange(15.0).reshape(3, 5).astype(dtype), poison)

    def total(x):
        y = f(x, where=MASK)
        return jnp.where(jnp.isfinite(y), y * y, 0).sum()

    value, gradient = jax.jit(jax.value_and_grad(total))(x)
    assert np.isfinite(float(value)) and np.isfinite(np.asarray(gradient, float)).all()
    assert not np.asarray(gradient, float)[~np.asarray(MASK)].any()


@pytest.mark.parametrize("f", [softmax, logsumexp, log_softmax])
def test_derivatives_are_those_of_jax(f, x64):
    peer = {softmax: jax.nn.softmax, logsumexp: jax.nn.logsumexp, log_softmax: jax.nn.log_softmax}[f]
    x = jnp.array([[0.5, -1.0, 2.0], [2.0, 2.0, 2.0]])
    ours, theirs = (jax.jit(jax.jacobian(lambda x, g=g: g(x, axis=-1)))(x) for g in (f, peer))
    # A dozen roundings of numbers below one on either side.
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2 * 12 * 2.0**-53 * 4)
    # The second derivative sums three such terms per entry.
    ours, theirs = (jax.jit(jax.hessian(lambda x, g=g: g(x, axis=-1)[0].sum()))(x) for g in (f, peer))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=3 * 2 * 12 * 2.0**-53 * 4)
