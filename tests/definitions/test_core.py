"""Chapter 1: laws, divergences, sums and matrices against references in extended precision."""

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from jaxmath import definitions as d

P = np.array([0.5, 0.25, 0.25])
Q = np.array([0.125, 0.625, 0.25])


def array(x, dtype):
    return jnp.asarray(x, dtype)  # exact in every precision used here


def test_f_divergences(dtype, close, elementary):
    p, q = array(P, dtype), array(Q, dtype)
    close(d.chi_square(p, q), ((P - Q) ** 2 / Q).sum(), 6, size=((P - Q) ** 2 / Q).sum())
    overlap = np.sqrt(P * Q).sum()
    close(d.bhattacharyya(p, q), overlap, 6, size=overlap)
    close(d.squared_hellinger(p, q), 1 - overlap, 10, size=2.0)
    log = d.f_divergence(lambda t: t * jnp.log(t), p, q)
    close(log, scipy.stats.entropy(P, Q), elementary + 8, size=2.0)


def test_mutual_information(dtype, close, elementary):
    joint = np.array([[0.25, 0.125], [0.125, 0.5]])
    rows, columns = joint.sum(1), joint.sum(0)
    expected = scipy.special.rel_entr(joint, np.outer(rows, columns)).sum()
    close(d.mutual_information(array(joint, dtype)), expected, elementary + 8, size=3.0)
    left = scipy.stats.entropy(joint.ravel()) - scipy.stats.entropy(rows)
    close(d.conditional_entropy(array(joint, dtype)), left, elementary + 8, size=3.0)


def test_perplexity(dtype, close, elementary):
    losses = np.array([1.0, 2.0, 3.0])
    close(d.perplexity(array(losses, dtype)), np.exp(np.longdouble(2)), 3 * elementary, size=np.exp(2.0))
    bits = 6 / (4 * np.log(2))
    close(d.bits_per_byte(array(losses, dtype), 4), bits, elementary + 6, size=bits)


@pytest.mark.parametrize("x, mean, std", [(0.5, 0.0, 1.0), (-3.0, 1.0, 2.0), (4.0, 4.0, 0.25)])
def test_gaussian(x, mean, std, dtype, close, elementary):
    args = (array(v, dtype) for v in (x, mean, std))
    expected = scipy.stats.norm.logpdf(x, mean, std)
    close(d.gaussian_log_density(*args), expected, elementary + 8, size=5.0)
    entropy = scipy.stats.norm.entropy(mean, std)
    close(d.gaussian_entropy(array(std, dtype)), entropy, elementary + 4, size=3.0)


def test_gaussian_divergence(dtype, close, elementary):
    """Against numerical integration in double precision."""
    z, step = np.linspace(-12, 14, 20001, retstep=True)
    log_p, log_q = scipy.stats.norm.logpdf(z, 1, 0.5), scipy.stats.norm.logpdf(z, -0.5, 2)
    expected = float((np.exp(log_p) * (log_p - log_q)).sum() * step)
    args = (array(v, dtype) for v in (1.0, 0.5, -0.5, 2.0))
    close(d.gaussian_kl(*args), expected, elementary + 10, size=4.0)


def test_reparameterised(dtype):
    assert float(d.reparameterised(*(array(v, dtype) for v in (1.0, 2.0, 0.75)))) == 2.5


def test_fisher(dtype, close, elementary):
    x = np.array([0.0, 1.0, 2.0])
    p = np.exp(x) / np.exp(x).sum()
    close(d.fisher_softmax(array(x, dtype)), np.diag(p) - np.outer(p, p), 2 * elementary + 8)
    assert np.asarray(d.fisher_gaussian(0.5)).tolist() == [[4.0, 0.0], [0.0, 8.0]]


def test_bregman(dtype, close, elementary):
    x, y = np.array([0.5, 1.0, -1.0]), np.array([1.5, 0.0, 0.25])
    p, q = np.exp(x) / np.exp(x).sum(), np.exp(y) / np.exp(y).sum()
    expected = scipy.special.rel_entr(q, p).sum()
    close(d.bregman(d.logsumexp, array(x, dtype), array(y, dtype)), expected, 4 * elementary, size=4.0)
    loss = d.fenchel_young(array(x, dtype), array(P, dtype))
    close(loss, scipy.special.rel_entr(P, p).sum(), 3 * elementary, size=4.0)
    assert float(d.negative_entropy(array(P, dtype))) < 0


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64])
def test_sums(n, dtype, close, draw):
    x, wide = draw(n)
    for add in (d.sequential_sum, d.pairwise_sum, d.compensated_sum):
        close(add(x), wide.sum(), max(2, n - 1), size=np.abs(wide).sum())


def test_matrices_as_vectors():
    x = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(d.vec(jnp.asarray(x)), x.ravel(order="F"))
    assert np.array_equal(d.commutation_matrix(2, 3) @ d.vec(jnp.asarray(x)), x.ravel())
