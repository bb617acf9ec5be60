"""Processors and samplers against references written with loops, in three precisions."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxmath.definitions import mirostat, processors, samplers, softmax

WEIGHTS = np.array([1.0, 5.0, 8.0, 2.0])
HISTORY = jnp.array([-1, 2, 0, 2])


def reference(name, p, argument):
    """Which tokens are kept, one after the other."""
    order = np.argsort(-p)
    if name == "typical":
        entropy = -(p * np.log(p)).sum()
        order = np.argsort(np.abs(-np.log(p) - entropy))
    keep, total = np.zeros(len(p), bool), 0.0
    for i in order:
        enough = {
            "top_k": keep.sum() >= argument,
            "top_p": total >= argument,
            "typical": total >= argument,
            "min_p": p[i] < argument * p.max(),
            "epsilon": p[i] < argument and i != order[0],
        }[name]
        if enough:
            break
        keep[i], total = True, total + p[i]
    return keep


CASES = [("top_k", 2), ("top_k", 9), ("top_p", 0.6), ("top_p", 1e-8), ("typical", 0.3), ("min_p", 0.4)]


@pytest.mark.parametrize("name, argument", [*CASES, ("epsilon", 0.2), ("epsilon", 0.9)])
def test_truncation(name, argument, dtype):
    logits = jnp.log(jnp.asarray(WEIGHTS)).astype(dtype)
    process = jax.jit(functools.partial(getattr(processors, name)), static_argnums=1)
    found = np.asarray(process(logits, argument), np.float64)
    expected = reference(name, WEIGHTS / WEIGHTS.sum(), argument)
    np.testing.assert_array_equal(np.isfinite(found), expected)
    np.testing.assert_array_equal(found[expected], np.asarray(logits, np.float64)[expected])


def test_processors_map_over_batches_and_have_derivatives(dtype):
    logits = jnp.log(jnp.asarray([WEIGHTS, WEIGHTS[::-1]])).astype(dtype)
    kept = jax.vmap(lambda x: processors.top_p(x, 0.6))(logits)
    np.testing.assert_array_equal(np.isfinite(np.asarray(kept, float)).sum(1), [2, 2])
    gradient = jax.grad(lambda x: (softmax(processors.top_p(x, 0.6)) ** 2).sum())(logits[0])
    assert np.isfinite(np.asarray(gradient, float)).all() and not np.asarray(gradient, float)[[0, 3]].any()


def test_penalties_count_tokens(dtype):
    x = jnp.asarray([1.0, 1.0, -1.0, 2.0], dtype)
    np.testing.assert_array_equal(processors.frequency_penalty(x, HISTORY, 0.5), [0.5, 1.0, -2.0, 2.0])
    np.testing.assert_array_equal(processors.presence_penalty(x, HISTORY, 0.5), [0.5, 1.0, -1.5, 2.0])
    np.testing.assert_array_equal(processors.repetition_penalty(x, HISTORY, 2.0), [0.5, 1.0, -2.0, 2.0])


def test_short_histories_ban_nothing():
    x, history = jnp.zeros(3), jnp.array([1], jnp.int32)
    np.testing.assert_array_equal(processors.no_repeat_ngram(x, history, 2), x)
    np.testing.assert_array_equal(processors.ban_phrase(x, history, jnp.array([0, 1, 2])), x)
    np.testing.assert_array_equal(processors.ban_phrase(x, history, jnp.array([2])) == -jnp.inf, [0, 0, 1])


def test_categorical_follows_its_law(dtype):
    """Chi-square of 4,096 draws against the law; the chance of a false alarm is one in a million."""
    logits = jnp.log(jnp.asarray(WEIGHTS)).astype(dtype)
    keys = jax.random.split(jax.random.key(0), 4096)
    tokens = jax.jit(jax.vmap(samplers.categorical, (0, None)))(keys, logits)
    law = np.exp(np.asarray(logits, np.float64))
    expected = 4096 * law / law.sum()
    statistic = ((np.bincount(np.asarray(tokens), minlength=4) - expected) ** 2 / expected).sum()
    assert statistic < scipy.stats.chi2.isf(1e-6, 3)


def test_gumbel_top_k_draws_different_tokens():
    noise = jax.random.gumbel(jax.random.key(1), (100, 4))
    found = jax.vmap(lambda g: samplers.gumbel_top_k(jnp.log(jnp.asarray(WEIGHTS, jnp.float32)), g, 3))(noise)
    assert all(len(set(row)) == 3 for row in np.asarray(found).tolist())


def test_mirostat_settles_at_its_target():
    """The mean surprise is off by the drift of the limit over the rate and the steps."""
    logits = jnp.log(jnp.asarray(np.random.default_rng(0).zipf(1.5, 200).astype(np.float32)))

    def step(limit, key):
        processed = mirostat.mirostat(logits, limit)
        token = samplers.categorical(key, processed)
        return mirostat.steer(limit, processed, token, 3.0, 0.1), mirostat.surprise(processed)[token]

    first = jnp.asarray(6.0)
    last, surprises = jax.lax.scan(step, first, jax.random.split(jax.random.key(0), 500))
    drift = float(first - last) / (0.1 * 500)
    # Each step rounds the limit once and the surprise a few times.
    assert abs(float(surprises.mean()) - 3.0 - drift) < 500 * 20 * 2**-24 * 20
