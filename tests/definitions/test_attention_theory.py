"""Relatives of attention and what they do, one number after the other."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import definitions

N, M, D, E = 2, 3, 2, 2


def law(scores):
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def roundings(size, elementary):
    """Scores of a size in the exponent, twice; exponentials; sums over keys."""
    return 2 * (size * (2 * D + 4) + elementary) + 3 * M + 3


def test_distance_attention(draw, close, elementary):
    (q, wq), (k, wk), (v, wv) = draw(N, D), draw(M, D), draw(M, E)
    distances = ((wq[:, None] - wk[None]) ** 2).sum(-1)
    found = jax.jit(definitions.distance_attention)(q, k, v)
    close(found, law(-distances / np.sqrt(2)) @ wv, roundings(distances.max(), elementary), abs(wv).max())
    mask = jnp.array([[True, False, True], [False, False, False]])
    found = definitions.distance_attention(q, k, v, mask, scale=0.5)
    seen = law(-distances[:1, [0, 2]] / 2) @ wv[[0, 2]]
    expected = np.concatenate([seen, np.zeros((1, E))])
    close(found, expected, roundings(distances.max(), elementary), abs(wv).max())


def test_differential_attention(draw, close, elementary):
    (q, wq), (k, wk), (v, wv) = draw(2, N, D), draw(2, M, D), draw(M, E)
    scores = [a @ b.T / np.sqrt(2) for a, b in zip(wq, wk, strict=True)]
    expected = (law(scores[0]) - law(scores[1]) / 4) @ wv
    size = max(abs(x).max() for x in scores)
    found = jax.jit(definitions.differential_attention)(q, k, v, jnp.asarray(0.25, q.dtype))
    close(found, expected, roundings(size, elementary) + 2, 1.25 * abs(wv).max() * M)


def test_hopfield(draw, close, elementary):
    (x, wx), (state, ws) = draw(M, D), draw(D)
    scores = 2 * wx @ ws
    size = abs(wx).max() * abs(ws).max() * 2 * D
    step = jax.jit(definitions.hopfield_step)(x, state, jnp.asarray(2.0, x.dtype))
    close(step, law(scores) @ wx, roundings(size, elementary), abs(wx).max())
    lse = np.log(np.exp(scores).sum())
    expected = (np.log(np.longdouble(M)) - lse) / 2 + (ws @ ws + (wx**2).sum(-1).max()) / 2
    found = jax.jit(definitions.hopfield_energy)(x, state, jnp.asarray(2.0, x.dtype))
    terms = abs(scores).max() + np.log(M) + ws @ ws + (wx**2).sum(-1).max()
    close(found, expected, 2 * elementary + 2 * D + M + 8, terms)


def test_random_features(draw, close, elementary):
    (x, wx), (w, ww) = draw(N, D), draw(M, D)
    exponent = wx @ ww.T
    half = (wx**2).sum(-1, keepdims=True) / 2
    size = abs(wx) @ abs(ww).T + half
    cost = float(size.max()) * (2 * D + 2) + 2 * elementary + 4
    positive = np.exp(exponent - half) / np.sqrt(np.longdouble(M))
    close(definitions.positive_features(x, w), positive, cost, positive.max())
    both = np.concatenate([np.exp(exponent - half), np.exp(-exponent - half)], 1) / np.sqrt(
        np.longdouble(2 * M)
    )
    close(definitions.hyperbolic_features(x, w), both, cost, both.max())
    waves = np.concatenate([np.sin(exponent), np.cos(exponent)], 1) * np.exp(half) / np.sqrt(np.longdouble(M))
    close(definitions.trigonometric_features(x, w), waves, cost, np.exp(half.max()))


def test_mixing(draw, close):
    x, wx = draw(3, 4)
    pairs = abs(wx[:, None] - wx[None]).sum(-1)
    close(definitions.dobrushin(x), pairs.max() / 2, 6, pairs.max())
    close(definitions.spread(x), wx.max(0) - wx.min(0), 1, 2 * abs(wx).max())


def test_flows(draw, close, elementary):
    x, wx = draw(3, D)
    beta = jnp.asarray(0.5, x.dtype)
    weights = np.exp(wx @ wx.T / 2)
    cost = roundings(float(abs(wx @ wx.T).max()), elementary) + 2 * D + 4
    close(definitions.sphere_energy(x, beta), weights.mean(), cost, weights.max())
    for flow, means in (
        (definitions.sphere_flow, weights @ wx / weights.sum(1, keepdims=True)),
        (definitions.unnormalised_sphere_flow, weights @ wx / 3),
    ):
        expected = means - (wx * means).sum(-1, keepdims=True) * wx
        size = max(weights.max(), 1) * abs(wx).max() * (1 + (wx**2).sum(-1).max() * D)
        close(jax.jit(flow)(x, beta), expected, cost, size)


def test_tokens_cluster():
    """In a hundred units of time, eight tokens from half of a sphere are one."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 3))
    x[:, 0] = abs(x[:, 0]) + 0.5
    x = jnp.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), jnp.float32)

    def step(x, _):
        x = x + 0.1 * definitions.sphere_flow(x, 1.0)
        return x / jnp.linalg.norm(x, axis=1, keepdims=True), definitions.sphere_energy(x, 1.0)

    x, energies = jax.jit(lambda x: jax.lax.scan(step, x, length=1000))(x)
    assert (x @ x.T).min() > 1 - 1e-5
    assert np.all(np.diff(energies) > -1e-6)
