"""Laws of scaling, fits and intervals, critical batches and parametrizations: values and messages."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d
from jaxmath.definitions.scaling_laws.data_constrained import _best_size


def test_chinchilla(dtype, close, draw, elementary):
    law = d.ChinchillaLaw(E=1.5, A=3.0, B=5.0, alpha=0.5, beta=0.25)
    n, d_ = jnp.asarray([4.0, 9.0], dtype), jnp.asarray([16.0, 81.0], dtype)
    expected = 1.5 + 3 / np.array([2.0, 3.0]) + 5 / np.array([2.0, 3.0])
    close(d.chinchilla_loss(n, d_, law), expected, 2 * elementary + 4, size=expected)


def test_kaplan(dtype, close, elementary):
    law = d.KaplanLaw(n_c=64.0, d_c=32.0, alpha_n=0.5, alpha_d=0.25)
    n, d_ = jnp.asarray([4.0], dtype), jnp.asarray([8.0], dtype)
    close(d.kaplan_loss(n, d_, law), [(16.0**2 + 4.0) ** 0.25], 3 * elementary + 4, size=5.0)


def test_the_optimum_is_where_a_fine_search_finds_it(x64):
    n, tokens = (float(x) for x in d.chinchilla_optimum(1e21))
    sizes = n * np.linspace(0.5, 2, 100001)
    losses = d.chinchilla_loss(jnp.asarray(sizes), jnp.asarray(1e21 / 6 / sizes))
    assert abs(float(sizes[losses.argmin()]) / n - 1) < 2e-5
    assert float(d.chinchilla_tokens(n)) == pytest.approx(tokens, rel=1e-12)


def test_surplus_parameters_lose_their_worth(x64):
    losses = [float(d.data_constrained_loss(n, 1e9, 1e8)) for n in (1e8, 1e10, 1e12, 1e14)]
    assert losses == sorted(losses, reverse=True) and losses[-2] - losses[-1] < 1e-6
    assert losses[0] > float(d.chinchilla_loss(1e8, 1e9, d.MUENNIGHOFF.fresh))


def test_surplus_begins_at_the_best_size_for_the_data(x64):
    best = float(_best_size(jnp.asarray(1e10), d.MUENNIGHOFF.fresh))
    assert float(d.chinchilla_tokens(best, d.MUENNIGHOFF.fresh)) == pytest.approx(1e10, rel=1e-12)


def runs(noise=0.0):
    n, tokens = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)))
    with jax.enable_x64(True):
        loss = np.asarray(d.chinchilla_loss(jnp.asarray(n), jnp.asarray(tokens)))
    return n, tokens, loss * np.exp(noise * np.random.default_rng(0).standard_normal(len(n)))


def test_a_fit_from_the_usual_starts():
    law, objective = d.fit_law(*runs(), starts=[(5.0, 5.0, 0.5, 0.25, 0.25), (5.0, 15.0, 0.5, 0.25, 0.75)])
    assert law == pytest.approx(d.BESIROGLU, rel=1e-4) and objective < 1e-12


def test_intervals_hold_the_truth_and_shrink_with_the_noise():
    widths = []
    for noise in (2e-3, 2e-4):
        data = runs(noise)
        fitted = d.fit_law(*data, starts=[(6.0, 7.5, 0.6, 0.35, 0.35)])[0]
        drawn = np.array(d.bootstrap_law(jax.random.key(0), *data, fitted, 12))
        low, high = drawn.min(0), drawn.max(0)
        assert drawn.shape == (12, 5) and ((low <= fitted) & (fitted <= high)).all()
        widths.append(high - low)
    assert (widths[1] < widths[0]).all()


def test_a_smaller_loss_has_a_larger_critical_batch():
    assert float(d.kaplan_critical_batch(2.0)) > float(d.kaplan_critical_batch(3.0))
    assert float(d.kaplan_critical_batch(1.0)) == pytest.approx(2e8)


def test_role_and_rule():
    message = r"role is 'middle', rule is 'adam'\.\n  role must be \"input\", \"hidden\" or \"output\""
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(d.mup_scaling)("middle", 4, 4)


def _features_move(width, rule):
    """Mean change of the last hidden features by three steps against the signs of gradients."""
    key = jax.random.split(jax.random.key(0), 4)

    def roles(width):
        return [("input", 8, width), ("hidden", width, width), ("output", width, 1)]

    told = [d.mup_scaling(*role) for role in roles(width)]
    base = [float(d.mup_scaling(*role).rate) for role in roles(64)]
    rates = [float(t.rate) / b if rule == "table" else 1.0 for t, b in zip(told, base, strict=True)]
    sizes = zip(key[:3], roles(width), told, strict=True)
    weights = [jax.random.normal(k, role[1:]) * float(t.deviation) for k, role, t in sizes]
    x, y = jax.random.normal(key[3], (16, 8)), jnp.ones((16, 1))

    def features(w):
        return jnp.tanh(jnp.tanh(x @ w[0]) @ w[1])

    def loss(w):
        return ((float(told[2].multiplier) * features(w) @ w[2] - y) ** 2).mean()

    before = features(weights)
    for _ in range(3):
        grads = jax.grad(loss)(weights)
        weights = [w - 3e-4 * r * jnp.sign(g) for w, r, g in zip(weights, rates, grads, strict=True)]
    return float(jnp.abs(features(weights) - before).mean())


@pytest.mark.slow
@pytest.mark.parametrize("rule, exponent", [("table", 0), ("one rate", 1)])
def test_coordinate_check(rule, exponent):
    """Features move alike at every width with the rates of the table, in proportion to it at one rate."""
    widths = [64, 128, 256, 512]
    slope = np.polyfit(np.log(widths), np.log([_features_move(w, rule) for w in widths]), 1)[0]
    assert round(slope) == exponent, slope
