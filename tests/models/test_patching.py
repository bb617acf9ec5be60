import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, models
from jaxmath.models.interpret import _patching as patching

CONFIG = {
    "model_type": "gpt2",
    "vocab_size": 11,
    "n_embd": 8,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 16,
    "initializer_range": 0.3,
}
A, B = jnp.array([1, 2, 3, 4], jnp.int32), jnp.array([5, 2, 3, 4], jnp.int32)


def score(logits):
    return logits[-1, 6] - logits[-1, 7]


@pytest.fixture(scope="module")
def model():
    return models.init(CONFIG, jax.random.key(1))


def test_effects(model):
    """The whole stream has the whole effect; a small part of it has that of its gradient."""
    names = ("residual.1", "layers.*.attention.out")
    changes = patching.changes(model, A, B, names)
    assert set(changes) == {"residual.1", "layers.0.attention.out", "layers.1.attention.out"}
    f = jax.jit(patching.score_of_changes(model, A, score))
    whole = score(model(B[None]).logits[0]) - score(model(A[None]).logits[0])
    exact = definitions.patching_effects(f, changes)
    assert abs(whole) > 0.01
    np.testing.assert_allclose(exact["residual.1"], whole, rtol=0, atol=1e-4)
    small = {name: change / 64 for name, change in changes.items()}
    first, ends = definitions.attribution_effects(f, small), definitions.patching_effects(f, small)
    for name in changes:
        np.testing.assert_allclose(first[name], ends[name], rtol=0.1, atol=1e-4)
