"""Prompts of many lengths share one compilation, and say the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import models
from jaxmath.models._generation.buckets import rounded_up
from jaxmath.models._generation.generate import _generate
from tests.models.test_families import loaded
from tests.models.test_generation import IDS, model

__all__ = ["model"]


def test_lengths_of_one_bucket_are_compiled_once(model):
    before = _generate._cache_size()
    for n in (1, 2, 3):
        free = models.generate(model, IDS[:, :n], steps=4, bucket=8).tokens
        if n == 3:
            assert _generate._cache_size() == before + 1
            np.testing.assert_array_equal(free, models.generate(model, IDS, steps=4).tokens)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gemma2", "llama_dynamic", "phi3_long", "bloom"])
def test_windows_and_stretched_positions_do_not_see_padding(name, tmp_path, x64):
    want, model = loaded(name, tmp_path)
    ids, mask = jnp.asarray(want["ids"][1:], jnp.int32), jnp.asarray(want["mask"][1:])
    made = models.generate(model, ids, mask, steps=6, bucket=16)
    np.testing.assert_array_equal(made.tokens, want["greedy"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bart", "t5"])
def test_encoders_keep_their_positions(name, tmp_path, x64):
    want, model = loaded(name, tmp_path)
    ids = jnp.asarray(want["ids"][2:], jnp.int32)
    tokens = [models.generate(model, ids, steps=5, bucket=x).tokens for x in (1, 32)]
    np.testing.assert_array_equal(*tokens)


@pytest.mark.slow
def test_streams_and_drafts(model):
    whole = models.generate(model, IDS, steps=4).tokens
    drafted = models.generate(model, IDS, steps=4, draft=model, ahead=2, bucket=8)
    np.testing.assert_array_equal(drafted.tokens, whole)
    np.testing.assert_array_equal(np.stack(list(models.stream(model, IDS, steps=4, bucket=8)), 1), whole)


def test_under_a_transformation(model):
    ids, here = jax.jit(lambda x: rounded_up(model, x, None, 4))(IDS)
    np.testing.assert_array_equal(ids, [[0, 0, 1, 2], [0, 3, 4, 1]])
    np.testing.assert_array_equal(here, [[False, True, True, True]] * 2)


def test_messages(model):
    with pytest.raises(models.GenerationError, match="bucket must be a positive number of tokens; got 0"):
        models.generate(model, IDS, bucket=0)
