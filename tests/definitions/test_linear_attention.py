"""Linear attention, retention and the delta rule, one number after the other."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions
from jaxmath.definitions import masks

N, M, D, E = 3, 4, 2, 2


def test_linear_attention(draw, close):
    """A weight takes D products and sums, an answer M more, twice, and a quotient; weights are positive."""
    (q, wq), (k, wk), (v, wv) = draw(N, D), draw(M, D), draw(M, E)
    q, k, wq, wk = jnp.abs(q), jnp.abs(k), abs(wq), abs(wk)
    mask = jnp.array([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]], bool)
    weights = np.where(mask, wq @ wk.T, 0)
    total = weights.sum(1, keepdims=True)
    expected = weights @ wv / np.where(total > 0, total, 1)
    close(
        jax.jit(definitions.linear_attention)(q, k, v, mask), expected, 2 * (2 * D + 2 * M) + 1, abs(wv).max()
    )


def test_features_of_large_numbers_have_gradients(dtype):
    x = jnp.array([-1e4, -1.0, 0.0, 2.0, 1e4], dtype)
    gradient = jax.vmap(jax.grad(lambda x: definitions.elu_features(x[None])[0]))(x)
    exact = np.exp(np.minimum(np.asarray(x, float), 0))
    np.testing.assert_allclose(np.asarray(gradient, float), exact, rtol=8 * float(jnp.finfo(dtype).eps))


def loop(q, k, v, log_decay, beta=None):
    """Retention, or with rates the delta rule."""
    state, out = np.zeros((q.shape[1], v.shape[1]), np.longdouble), []
    for t in range(len(q)):
        state = np.exp(log_decay[t]) * state
        new = v[t] if beta is None else beta[t] * (v[t] - state.T @ k[t])
        state = state + np.outer(k[t], new)
        out.append(state.T @ q[t])
    return np.stack(out)


def roundings(elementary):
    """Scores, running sums of decays in the exponent (of size 4 at most), exponentials, sums of values."""
    return 2 * D + 4 * (N + 1) + elementary + 2 * N


def test_retention(draw, close, elementary):
    (q, wq), (k, wk), (v, wv), (a, wa) = draw(N, D), draw(N, D), draw(N, E), draw(N)
    size = (abs(wq) @ abs(wk).T).max() * abs(wv).max() * N
    found = jax.jit(definitions.retention)(q, k, v, -jnp.abs(a))
    close(found, loop(wq, wk, wv, -abs(wa)), roundings(elementary), size)


def test_steps_of_retention(draw, close, elementary):
    (q, wq), (k, wk), (v, wv), (a, wa) = draw(N, D), draw(N, D), draw(N, E), draw(N)
    size = (abs(wq) @ abs(wk).T).max() * abs(wv).max() * N
    empty = jnp.zeros((D, E), q.dtype)
    _, found = jax.lax.scan(lambda s, x: definitions.retention_step(s, *x), empty, (q, k, v, -jnp.abs(a)))
    close(found, loop(wq, wk, wv, -abs(wa)), N * roundings(elementary), size)


def test_delta_rule(draw, close, elementary):
    """What a step writes is at most 4 times as large as the state and the value, at these keys and rates."""
    (q, wq), (k, wk), (v, wv) = draw(N, D), draw(N, D), draw(N, E)
    beta, log_decay = jnp.array([0.5, 0.25, 1.0], q.dtype), jnp.array([0.0, -1.0, -0.5], q.dtype)
    k, wk = k / 4, wk / 4
    expected = loop(wq, wk, wv, np.array(log_decay, np.longdouble), np.array(beta, np.longdouble))
    found = jax.jit(definitions.delta_rule)(q, k, v, beta, log_decay)
    size = (abs(wq) @ abs(wk).T).max() * abs(wv).max() * N * 4
    close(found, expected, N * (4 * D + elementary + 4), size)
    plain = loop(wq, wk, wv, np.zeros(N), np.array(beta, np.longdouble))
    close(jax.jit(definitions.delta_rule)(q, k, v, beta), plain, N * (4 * D + elementary + 4), size)


def test_a_step_of_linear_attention(draw, close):
    (q, _), (k, _), (v, _) = draw(N, D), draw(N, D), draw(N, E)
    q, k = jnp.abs(q), jnp.abs(k)
    state = definitions.LinearState(jnp.zeros((D, E), q.dtype), jnp.zeros(D, q.dtype))
    _, found = jax.lax.scan(lambda s, x: definitions.linear_attention_step(s, *x), state, (q, k, v))
    expected = definitions.linear_attention(q, k, v, masks.causal(N))
    wide = np.asarray(expected, float)
    close(found, wide, 4 * (2 * D + 2 * N) + 2, float(jnp.abs(v).max()))


def test_decays_of_heads():
    np.testing.assert_allclose(
        np.exp(definitions.retention_log_decays(3)), [31 / 32, 63 / 64, 127 / 128], rtol=2e-7
    )
