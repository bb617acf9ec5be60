import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmath import definitions

token_losses, weighted_mean = jax.jit(definitions.token_losses), jax.jit(definitions.weighted_mean)
token_cross_entropy = jax.jit(definitions.token_cross_entropy, static_argnames="ignore")

N, V = 4, 3
TARGETS = np.array([2, -100, 0, 1])
WEIGHTS = np.array([1.0, 8.0, 0.5, 0.25])


def reference(x, target, label_smoothing, z_loss):
    """One token, with probabilities rather than logits."""
    e = np.exp(x)
    p = e / e.sum()
    truth = np.full(V, label_smoothing / V) + np.eye(V)[target] * (1 - label_smoothing)
    return -(truth * np.log(p)).sum() + z_loss * np.log(e.sum()) ** 2


HOW = [dict(label_smoothing=a, z_loss=b) for a, b in ((0.0, 0.0), (0.25, 0.0), (0.0, 0.5), (0.125, 0.25))]


@pytest.fixture
def cost(elementary):
    """Shift and sum of exponentials, logarithm, product, sum over the vocabulary, square, mean of N."""
    return 2 * elementary + 6 + V + 1 + V + 2 + N + 2


@pytest.mark.parametrize("how", HOW)
def test_losses(how, draw, close, cost):
    x, wide = draw(N, V)
    counted = [i for i in range(N) if TARGETS[i] >= 0]
    each = np.array([reference(wide[i], TARGETS[i], **how) for i in counted])
    size = 1 + 4 * np.abs(wide).max() + np.abs(each).max()
    rows = jnp.array(counted)
    close(token_losses(x[rows], jnp.array(TARGETS)[rows], **how), each, cost, size=size)
    close(token_cross_entropy(x, jnp.array(TARGETS), **how), each.mean(), cost, size=size)
    weights = jnp.asarray(WEIGHTS, x.dtype)
    expected = np.average(each, weights=WEIGHTS[counted])
    close(token_cross_entropy(x, jnp.array(TARGETS), weights, **how), expected, cost, size=size)


def test_ignored_rows_may_hold_anything(dtype):
    x = jnp.array([[0.0, 1.0], [jnp.nan, jnp.inf]], dtype)
    loss, gradient = jax.jit(jax.value_and_grad(token_cross_entropy))(x, jnp.array([1, -100]))
    assert np.isfinite(float(loss)) and np.isfinite(np.asarray(gradient, float)).all()
    assert not np.asarray(gradient, float)[1].any()


def test_nothing_counts(dtype):
    x, ignored = jnp.ones((2, 3), dtype), jnp.array([7, 7])
    for weights, targets in ((None, ignored), (jnp.zeros(2, dtype), jnp.array([0, 1]))):

        def loss(x, w=weights, t=targets):
            return token_cross_entropy(x, t, w, z_loss=1.0, ignore=7)

        value, gradient = jax.jit(jax.value_and_grad(loss))(x)
        assert value == 0 and not np.asarray(gradient, float).any()
    assert token_cross_entropy(jnp.ones((0, 3), dtype), jnp.zeros(0, int)) == 0


def test_no_mark():
    assert token_cross_entropy(jnp.zeros((1, 2)), jnp.array([0]), ignore=None) == jnp.log(2.0)


def test_weighted_mean(dtype):
    x, w = jnp.array([1.0, 4.0, jnp.nan], dtype), jnp.array([1.0, 3.0, jnp.inf], dtype)
    seen = jnp.array([True, True, False])
    assert weighted_mean(x, w, seen) == 3.25
    gradient = jax.jit(jax.grad(weighted_mean))(x, w, seen)
    assert np.isfinite(np.asarray(gradient, float)).all()


def test_gradient_is_that_of_optax(x64):
    x = jax.random.normal(jax.random.key(0), (N, V))
    targets = jnp.array([2, 1, 0, 1])

    def peer(x):
        labels = optax.smooth_labels(jax.nn.one_hot(targets, V), 0.25)
        return optax.softmax_cross_entropy(x, labels).mean() + 0.5 * (jax.nn.logsumexp(x, -1) ** 2).mean()

    def loss(x):
        return token_cross_entropy(x, targets, label_smoothing=0.25, z_loss=0.5)

    # Some 50 roundings on either side, of terms of size at most 4.
    ours, theirs = (jax.jit(jax.grad(f))(x) for f in (loss, peer))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2 * 50 * 2.0**-53 * 4)
