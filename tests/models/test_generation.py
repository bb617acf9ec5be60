"""Text out of models."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import models
from tests.models.test_families import loaded

FEW = ("gemma2", "gpt2", "gpt_oss", "mpt", "mistral", "deepseek_v3")


MORE = ("bloom", "cohere", "deepseek_v2", "falcon", "falcon_alibi", "gemma", "gemma3", "glm4", "gpt_neo")


@pytest.mark.parametrize("name", [*FEW, *(pytest.param(x, marks=pytest.mark.slow) for x in MORE)])
def test_greedy_continuations(name, tmp_path, x64):
    want, model = loaded(name, tmp_path)
    ids, mask = jnp.asarray(want["ids"][1:], jnp.int32), jnp.asarray(want["mask"][1:])
    made = models.generate(model, ids, mask, steps=6)
    np.testing.assert_array_equal(made.tokens, want["greedy"])
    assert made.runs == 6


@pytest.fixture(scope="module")
def model():
    config = {
        "model_type": "llama",
        "vocab_size": 5,
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "initializer_range": 0.7,
    }
    return models.init(config, jax.random.key(0))


IDS = jnp.array([[0, 1, 2], [3, 4, 1]], jnp.int32)


def test_streams_what_it_generates(model):
    how = {"steps": 5, "key": jax.random.key(1), "temperature": 0.7, "top_k": 4}
    whole = models.generate(model, IDS, **how).tokens
    np.testing.assert_array_equal(np.stack(list(models.stream(model, IDS, **how)), 1), whole)


def test_padding_on_the_left_changes_nothing(model):
    padded = jnp.concatenate([jnp.zeros((2, 2), jnp.int32), IDS], 1)
    mask = jnp.array([[0, 0, 1, 1, 1]] * 2)
    alone, together = models.generate(model, IDS, steps=4), models.generate(model, padded, mask, steps=4)
    np.testing.assert_array_equal(alone.tokens, together.tokens)


def test_rows_stop_at_their_ends(model):
    free = np.asarray(models.generate(model, IDS, steps=6).tokens)
    eos = int(free[0, 1])
    made = models.generate(model, IDS, steps=6, eos=eos, pad=9)
    for row, want, length in zip(np.asarray(made.tokens), free, made.lengths, strict=True):
        ends = np.flatnonzero(want == eos)
        assert length == (ends[0] + 1 if ends.size else 6)
        np.testing.assert_array_equal(row[:length], want[:length])
        assert (row[length:] == 9).all()


@pytest.mark.slow
def test_speculation_takes_the_likeliest_tokens(model):
    draft = models.init(model.config, jax.random.key(5))
    want = models.generate(model, IDS, steps=7).tokens
    for other in (draft, model):
        made = models.generate(model, IDS, steps=7, draft=other, ahead=2)
        np.testing.assert_array_equal(made.tokens, want)
    assert (made.runs == 3).all()  # a proposal of its own is always right: 1 + 3 + 3 tokens


@pytest.mark.slow
def test_speculation_has_the_law_of_the_large_model(model):
    """Pairs of tokens against their exact law: a sum of squares of deviations is chi-square."""
    draft = models.init(model.config, jax.random.key(5))
    first, rows = IDS[:1], 4096
    many = jnp.broadcast_to(first, (rows, 3))
    made = models.generate(model, many, steps=2, key=jax.random.key(7), temperature=1.0, draft=draft, ahead=2)
    counts = np.zeros((5, 5))
    np.add.at(counts, tuple(np.asarray(made.tokens).T), 1)
    p = jax.nn.softmax(model(first).logits[0, -1])
    longer = jnp.concatenate([jnp.broadcast_to(first, (5, 3)), jnp.arange(5, dtype=jnp.int32)[:, None]], 1)
    law = np.asarray(p[:, None] * jax.nn.softmax(model(longer).logits[:, -1])) * rows
    # 24 degrees of freedom: 67 is exceeded with probability 7e-6.
    assert ((counts - law) ** 2 / law).sum() < 67


def test_penalties_look_back(model):
    never = models.generate(model, IDS, steps=3, frequency_penalty=100.0).tokens
    assert all(len(set(row)) == 3 for row in np.asarray(never).tolist())


def test_messages(model):
    with pytest.raises(models.GenerationError, match="key must be a key of jax.random"):
        models.generate(model, IDS, temperature=1.0)
    with pytest.raises(models.GenerationError, match="settings must be among .*; got warmth"):
        models.generate(model, IDS, warmth=1.0)
    with pytest.raises(models.GenerationError, match="with a draft, tokens must be chosen without"):
        models.generate(model, IDS, draft=model, presence_penalty=1.0)
