"""Privacy, fairness and calibration against scipy and published numbers."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from jaxmath.definitions import association, calibration, fairness, privacy, watermarks

# dp_accounting 0.6.0: RdpAccountant._rdp after 50 steps of PoissonSampled(0.01, Gaussian(2.5)).
SUBSAMPLED = {
    2: 0.000867546828540696,
    5: 0.0021807565623080077,
    32: 0.014698974245558149,
    100: 167.41630754841827,
}
# And after 3 steps of PoissonSampled(0.2, Gaussian(0.5)).
COARSE = {2: 3.4364170134479437, 8: 42.48192715737828, 64: 379.0950463621056}


@pytest.mark.parametrize("epsilon, sigma", [(0.5, 1.0), (2.0, 0.7), (8.0, 2.0)])
def test_gaussian_delta_is_the_hockey_stick(epsilon, sigma, x64):
    def excess(x):
        p, q = scipy.stats.norm.pdf(x, 1, sigma), scipy.stats.norm.pdf(x, 0, sigma)
        return max(p - np.exp(epsilon) * q, 0)

    start = epsilon * sigma**2 + 0.5
    expected, error = scipy.integrate.quad(excess, start, start + 40 * sigma, epsabs=1e-300, epsrel=1e-9)
    assert abs(float(privacy.gaussian_delta(epsilon, sigma)) - expected) <= 1e-9 * expected + error + 1e-15


@pytest.mark.parametrize("table, rate, sigma, steps", [(SUBSAMPLED, 0.01, 2.5, 50), (COARSE, 0.2, 0.5, 3)])
def test_subsampled_budgets_are_those_of_dp_accounting(table, rate, sigma, steps, x64):
    for order, expected in table.items():
        found = steps * float(privacy.subsampled_gaussian_rdp(float(order), rate, sigma))
        # The reference rounds too, and a logarithm near zero keeps its absolute error.
        assert abs(found - expected) <= 1e-9 * expected + 1e-12


def test_private_mean_clips_each_example():
    grads = jnp.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    np.testing.assert_allclose(privacy.clip_each(grads, 1.0), [[0.6, 0.8], [0.3, 0.4], [0, 0]], rtol=1e-6)
    mean = privacy.private_mean(grads, jnp.ones(2), 1.0, 0.5, 4.0)
    np.testing.assert_allclose(mean, [(0.9 + 0.5) / 4, (1.2 + 0.5) / 4], rtol=1e-6)


def test_ghost_norms_are_those_of_gradients():
    x, delta = (jax.random.normal(jax.random.key(i), (5, d)) for i, d in enumerate((3, 4)))
    np.testing.assert_allclose(privacy.ghost_norm(x, delta), np.linalg.norm(x.T @ delta), rtol=1e-5)


def test_a_gap_needs_a_policy():
    message = r"fairness\.gap: undefined is 'zero'; .* needs a policy: .nan. .* .skip. .* .worst. "
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(fairness.gap)(jnp.ones(2), "zero")


def test_rates_of_groups_under_jit():
    selected, positive = jnp.array([1, 0, 1, 1]) == 1, jnp.array([1, 1, 0, 0]) == 1
    group = jnp.array([0, 0, 0, 1])
    gaps = jax.jit(lambda s: fairness.equal_opportunity(fairness.confusion(s, positive, group, 2), "worst"))
    assert float(gaps(selected)) == 0.5  # group 0 has 1/2, group 1 no positives
    c = fairness.confusion(selected, positive, group, 2)
    assert np.isnan(float(fairness.equal_opportunity(c, "nan")))
    assert float(fairness.equal_opportunity(c, "skip")) == 0.0
    assert float(fairness.demographic_parity(c, "nan")) == pytest.approx(1 / 3)


def test_wasserstein_is_that_of_scipy():
    a, b = np.random.default_rng(0).uniform(size=(2, 9)).astype(np.float32)
    expected = scipy.stats.wasserstein_distance(a, b)
    np.testing.assert_allclose(fairness.wasserstein(jnp.asarray(a), jnp.asarray(b)), expected, rtol=1e-5)


def test_the_p_value_is_that_of_scipy():
    x, y = np.random.default_rng(1).normal(size=(2, 4)).astype(np.float32)
    test = scipy.stats.permutation_test((x, y), lambda x, y: x.mean() - y.mean(), alternative="greater")
    assert float(association.permutation_p_value(jnp.asarray(x), jnp.asarray(y))) == pytest.approx(
        test.pvalue
    )


def test_a_temperature_beyond_both_ends_is_the_end():
    sure = jnp.array([[0.0, 1.0]])
    assert float(calibration.fitted_temperature(sure, jnp.array([1]))) < 2**-19
    assert float(calibration.fitted_temperature(sure, jnp.array([0]))) > 2**19


def test_tails_are_those_of_scipy(x64):
    for hits, tokens, share in ((1.0, 5.0, 0.25), (28.0, 36.0, 0.25), (60.0, 200.0, 0.25)):
        expected = scipy.stats.binom.sf(hits - 1, tokens, share)
        np.testing.assert_allclose(watermarks.green_tail(hits, tokens, share), expected, rtol=1e-10)
    np.testing.assert_allclose(
        watermarks.exponential_tail(30.0, 12.0), scipy.stats.gamma.sf(30, 12), rtol=1e-10
    )
