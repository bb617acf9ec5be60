import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

UNIT = 2.0**-53


@pytest.fixture
def pair(x64):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((12, 4))
    return x, np.tanh(x @ rng.standard_normal((4, 3))) + 0.3 * rng.standard_normal((12, 3))


def test_linear_alignment_by_singular_values(pair):
    """Against the weighted sum over pairs of principal components (Kornblith et al. 2019, eq. 14)."""
    (u, s, _), (v, t, _) = (np.linalg.svd(a - a.mean(0), full_matrices=False) for a in pair)
    shares = np.outer(s**2, t**2) * (u.T @ v) ** 2
    expected = shares.sum() / np.sqrt((s**4).sum() * (t**4).sum())
    found = jax.jit(d.linear_cka)(*map(jnp.asarray, pair))
    np.testing.assert_allclose(found, expected, rtol=12 * 4 * 8 * UNIT)


def test_radial_alignment_by_loops(pair):
    centre = np.eye(12) - 1 / 12
    grams = [np.array([[np.exp(-((p - q) @ (p - q)) / (2 * 0.75**2)) for q in a] for p in a]) for a in pair]
    trace = [
        np.trace(k @ centre @ other @ centre) / 11**2
        for k, other in ((grams[0], grams[1]), (grams[0], grams[0]), (grams[1], grams[1]))
    ]
    found = d.cka(*(d.rbf_gram(jnp.asarray(a), 0.75) for a in pair))
    np.testing.assert_allclose(found, trace[0] / np.sqrt(trace[1] * trace[2]), rtol=12**2 * 8 * UNIT)
    assert 0 < found < 1
