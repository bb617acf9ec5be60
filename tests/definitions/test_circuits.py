"""Circuits, paths and induction heads against other ways to compute them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.definitions import MultiHeadParams, attention_weights, masks, multi_head_attention
from jaxmath.definitions.attention_only import (
    AttentionOnlyParams,
    attention_only_transformer,
    attention_only_weights,
)
from jaxmath.definitions.circuits import composition, compositions, copying_score, ov_circuit, qk_circuit
from jaxmath.definitions.induction import induction_model, induction_score, previous_token_score
from jaxmath.definitions.path_expansion import path_expansion


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_composition_is_that_of_singular_values(x64, rng):
    """Against the same norms through singular values; nine terms of size below ten, added up thrice."""
    a, b = rng.standard_normal((4, 3)), rng.standard_normal((3, 5))
    norms = [np.sqrt((np.linalg.svd(m, compute_uv=False) ** 2).sum()) for m in (a @ b, a, b)]
    found = composition(jnp.asarray(a), jnp.asarray(b))
    np.testing.assert_allclose(found, norms[0] / norms[1] / norms[2], rtol=100 * 2.0**-53)


def test_compositions_are_of_what_an_earlier_head_writes(x64, rng):
    """What an earlier head has added to the stream enters queries, keys and values of the later one."""
    earlier, qk, ov = (jnp.asarray(rng.standard_normal((3, 3))) for _ in range(3))
    found = compositions(earlier, qk, ov)
    x = np.eye(3)  # vectors of the stream, all directions
    parts = x @ earlier @ qk @ x.T, x @ qk @ (x @ earlier).T, x @ earlier @ ov
    for part, map_, score in zip(parts, (qk, qk, ov), found, strict=True):
        expected = np.linalg.norm(part) / np.linalg.norm(earlier) / np.linalg.norm(map_)
        np.testing.assert_allclose(score, expected, rtol=100 * 2.0**-53)


def test_copying_score_of_a_rotation_is_its_cosine(x64):
    turn = jnp.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    np.testing.assert_allclose(copying_score(turn), np.cos(1.0), rtol=1000 * 2.0**-53)


def test_circuits_are_products(rng):
    w, u = jnp.asarray(rng.standard_normal((3, 2))), jnp.asarray(rng.standard_normal((4, 2)))
    np.testing.assert_array_equal(qk_circuit(w, u), w @ u.T)
    np.testing.assert_array_equal(ov_circuit(w, u.T), w @ u.T)


def _model(rng, layers, h=2, d=6, k=3, v=7, t=5):
    def made(*shape):
        return jnp.asarray(rng.standard_normal(shape) / 2)

    heads = tuple(
        MultiHeadParams(made(h, d, k), made(h, d, k), made(h, d, k), made(h, k, d)) for _ in range(layers)
    )
    return AttentionOnlyParams(made(v, d), made(t, d), heads, made(v, d))


def test_paths_add_up_to_the_model(x64, rng):
    model, ids = _model(rng, 2), jnp.array([3, 1, 6, 1])
    weights = attention_only_weights(ids, model)
    circuits = [jax.vmap(ov_circuit)(layer.wv, layer.wo) for layer in model.layers]
    x = model.embedding[ids] + model.positions[:4]
    paths = jax.jit(path_expansion)(x, weights[0], circuits[0], weights[1], circuits[1])
    total = paths.direct + paths.first.sum(0) + paths.second.sum(0) + paths.virtual.sum((0, 1))
    scores = attention_only_transformer(ids, model)
    # Some hundred products of numbers below ten.
    np.testing.assert_allclose(total @ model.unembedding.T, scores, atol=1000 * 2.0**-53 * 10)


def test_weights_are_those_of_the_layers(x64, rng):
    model, ids = _model(rng, 2), jnp.array([0, 5, 2])
    x, mask = model.embedding[ids] + model.positions[:3], masks.causal(3)
    x = x + multi_head_attention(x, x, model.layers[0], mask)
    layer = model.layers[1]
    expected = attention_weights(x @ layer.wq[1], x @ layer.wk[1], mask)
    np.testing.assert_allclose(attention_only_weights(ids, model)[1, 1], expected, atol=100 * 2.0**-53)


@pytest.mark.parametrize("mark", [True, False])
def test_the_constructed_model_needs_a_mark(mark):
    block = [4, 1, 5, 2, 3]
    ids = jnp.array([0] * mark + block * 2)
    model = induction_model(6, 11)
    weights = jax.jit(attention_only_weights)(ids, model)
    assert previous_token_score(weights[0, 0]) == 1
    assert induction_score(weights[1, 0], ids) == (1 if mark else jnp.float32(0.9))
    probabilities = attention_only_transformer(ids, model)
    right = np.asarray(probabilities)[np.arange(5, 9) + mark, block[1:]]
    np.testing.assert_array_equal(right, [1 if mark else 0.5, 1, 1, 1])


def test_induction_score_counts_what_followed(rng):
    weights, ids = rng.dirichlet(np.ones(7), 7), [1, 1, 2, 1, 3, 2, 1]
    expected = []
    for i in range(7):
        followers = [j for j in range(1, i + 1) if ids[j - 1] == ids[i]]
        expected += [weights[i, followers].sum()] if followers else []
    found = induction_score(jnp.asarray(weights, jnp.float32), jnp.asarray(ids))
    np.testing.assert_allclose(found, np.mean(expected), rtol=20 * 2.0**-24)


def test_without_a_repeated_token_the_induction_score_is_zero():
    assert induction_score(jnp.ones((3, 3)), jnp.array([1, 2, 3])) == 0
