"""The loss of a model is the cross-entropy of its scores."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmath import models

IDS = jnp.array([[1, 2, 3, 4, 5], [6, 5, 4, 3, 2]], jnp.int32)
TARGETS = jnp.array([[2, 3, -100, 5, 1], [5, 4, 3, 2, -100]], jnp.int32)
SMALL = {"vocab_size": 11, "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1}
# Tied with a soft cap; a table of its own with a bias; of its own without.
CONFIGS = [
    {"model_type": "gemma2", "num_key_value_heads": 1, "head_dim": 4, "final_logit_softcapping": 2.0},
    {"model_type": "phi", "num_key_value_heads": 2},
    {"model_type": "llama"},
]
BERT = {
    "model_type": "bert",
    "architectures": ["BertModel"],
    "type_vocab_size": 2,
    "max_position_embeddings": 8,
}


def by_scores(model):
    logits = model(IDS).logits
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, jnp.maximum(TARGETS, 0))
    counts = TARGETS >= 0
    return jnp.where(counts, losses, 0).sum() / counts.sum(dtype=int).astype(losses.dtype)


@pytest.mark.parametrize(
    "config", [CONFIGS[0], *(pytest.param(x, marks=pytest.mark.slow) for x in CONFIGS[1:])]
)
def test_loss_and_gradient(config, x64):
    config = SMALL | {"intermediate_size": 8, "initializer_range": 0.4} | config
    model = jax.jit(lambda: models.init(config, jax.random.key(0), jnp.float64))()
    losses = [jax.jit(jax.value_and_grad(f)) for f in (lambda m: m.loss(IDS, TARGETS), by_scores)]
    got, want = (jax.tree.leaves(f(model)) for f in losses)
    for x, y in zip(got, want, strict=True):
        np.testing.assert_allclose(x, y, rtol=0, atol=1e-13)


def test_a_loss_needs_a_read_out():
    model = models.init(SMALL | {"intermediate_size": 8} | BERT, jax.random.key(0))
    with pytest.raises(ValueError, match="a loss needs a read-out; this model has none"):
        model.loss(IDS, TARGETS)
