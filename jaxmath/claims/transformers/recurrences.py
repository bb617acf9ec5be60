"""Decoders whose layers keep a state in place of keys and values, as models with a cache."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import models
from jaxmath.claims._filled import filled
from jaxmath.modules import Cache, RecurrentConfig
from jaxmath.verify.claim import identity

YANG = "Yang et al. 2024, arXiv:2406.06484"
LLAMA = {
    "model_type": "llama",
    "vocab_size": 2,
    "hidden_size": 2,
    "intermediate_size": 1,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
}
IDS = np.array([0, 1, 1], np.int32)


def _model(weights: Array) -> Any:
    """A Llama of one layer with the delta rule in place of attention."""
    plain = models.read_config(LLAMA)
    block = dataclasses.replace(plain.stack.blocks[0], attention=RecurrentConfig(1, 1, kind="delta"))
    config = dataclasses.replace(plain, stack=dataclasses.replace(plain.stack, blocks=(block,)))
    return filled(lambda: models.init(config, jax.random.key(0)), weights)


def _whole(model: Any, ids: Array) -> Array:
    scores: Array = model(ids[None]).logits[0]
    return scores


def _read_on(model: Any, ids: Array, passed_on=lambda cache: cache) -> Array:
    """All tokens but the last, and the last one after what `passed_on` makes of the cache."""
    first = model(ids[None, :-1], cache=model.cache(1, ids.shape[0]))
    last = model(ids[None, -1:], cache=passed_on(first.cache))
    return jnp.concatenate([first.logits[0], last.logits[0]])


def _without_states(cache: Cache) -> Cache:
    return dataclasses.replace(cache, layers=jax.tree.map(jnp.zeros_like, cache.layers))


@identity(source=YANG, at=dict(n=3, parts=30), given=dict(ids=IDS))
def a_decoder_of_the_delta_rule_reads_on_from_its_cache(
    weights: Float[Array, " parts"], ids: Int[Array, " n"]
):
    r"""Two tokens at once, and the third from the cache: the scores of the whole text."""
    model = _model(weights)
    return _read_on(model, ids), _whole(model, ids)


@a_decoder_of_the_delta_rule_reads_on_from_its_cache.mutant
def a_decoder_of_the_delta_rule_reads_on_without_its_states(weights, ids):
    """The cache knows how much was read, but not what."""
    model = _model(weights)
    return _read_on(model, ids, _without_states), _whole(model, ids)
