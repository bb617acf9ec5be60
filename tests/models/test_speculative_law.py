"""The loop of speculation has the law of the large model: all its random numbers are enumerated.

The laws of both models are multiples of a quarter, chosen by what real models, with their caches, make of all
tokens before. So a grid of quarters for proposals, and of twelfths for what accepts and corrects them, has
every outcome as often as it is probable.
"""

import collections
import dataclasses
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, models
from jaxmath.models._generation import speculate
from jaxmath.models._generation.settings import Settings

AHEAD, STEPS = 2, 3
PROMPT = jnp.array([0, 2, 1], jnp.int32)
LAWS = jnp.array([[1, 2, 1], [2, 1, 1], [1, 1, 2], [3, 1, 0], [0, 1, 3]], jnp.float32) / 4
SMALL = {"model_type": "llama", "vocab_size": 3, "hidden_size": 8, "intermediate_size": 8}
SMALL |= {"num_hidden_layers": 1, "num_attention_heads": 2, "initializer_range": 0.7}


@dataclasses.dataclass
class Quartered:
    """A model whose laws are one of `LAWS`, by its own scores."""

    model: models.Transformer

    def __call__(self, *args, **how):
        result = self.model(*args, **how)
        place = jnp.floor(jnp.abs(result.logits[..., 0]) * 10).astype(jnp.int32) % len(LAWS)
        return result._replace(logits=jnp.log(LAWS[place]))

    def cache(self, rows, room):
        return self.model.cache(rows, room)


# All random numbers of one run: two proposals in quarters, two acceptances and a correction in twelfths.
DIGITS = (4, 4, 12, 12, 12)
KEYS = jnp.stack([jnp.arange(math.prod(DIGITS), dtype=jnp.uint32)] * 2, 1)


def middles(key):
    """The middles of the cells that a number in `KEYS` stands for."""
    digits = jnp.stack(jnp.unravel_index(key[0].astype(jnp.int32), DIGITS))
    return (digits.astype(jnp.float32) + 0.5) / jnp.array(DIGITS, jnp.float32)


@pytest.fixture
def told(monkeypatch):
    """Randomness is what a key says."""

    def split(key, num):
        return (key, key, key) if num == 3 else jax.lax.bitcast_convert_type(places(key), jnp.uint32)

    def places(key):
        return jnp.stack([middles(key)[:AHEAD], jnp.zeros(AHEAD)], 1)

    def categorical(key, x):
        return definitions.samplers.inverse_cdf(jnp.exp(x), jax.lax.bitcast_convert_type(key[0], jnp.float32))

    monkeypatch.setattr(jax.random, "split", split)
    monkeypatch.setattr(jax.random, "uniform", lambda key, shape, dtype: middles(key)[AHEAD:].astype(dtype))
    monkeypatch.setattr(definitions.samplers, "categorical", categorical)


def exact(model, count):
    """The law of so many tokens after the prompt, by whole runs without a cache."""
    laws = {(): Fraction(1)}
    for _ in range(count):
        longer = {}
        for tokens, chance in laws.items():
            ids = jnp.concatenate([PROMPT, jnp.array(tokens, jnp.int32)])[None]
            p = np.round(4 * np.exp(np.asarray(model(ids).logits[0, -1]))).astype(int)
            longer |= {(*tokens, i): chance * Fraction(int(x), 4) for i, x in enumerate(p) if x}
        laws = longer
    return laws


def enumerated(large, small):
    """The same law, by all ways that the loop can go."""
    settings = Settings(temperature=1.0)

    def step(key, state):
        return speculate._step(large, small, AHEAD, settings, state._replace(key=key))

    def written(key, state):
        after = step(key, state)
        return jnp.append(after.out, after.made)

    all_ways, one_way = jax.jit(jax.vmap(written, (0, None))), jax.jit(step)
    law = collections.Counter()
    going = [(chance, begun(large, small, first)) for (first,), chance in exact(large, 1).items()]
    while going:
        chance, state = going.pop()
        kinds, where, counts = np.unique(all_ways(KEYS, state), axis=0, return_index=True, return_counts=True)
        for (*out, made), i, count in zip(kinds.tolist(), where, counts, strict=True):
            share = chance * Fraction(int(count), len(KEYS))
            if made < STEPS:
                going.append((share, one_way(KEYS[i], state)))
            else:
                law[tuple(out[:STEPS])] += share
    return dict(law)


def begun(large, small, first):
    """The loop after the first token of the large model."""
    room = len(PROMPT) + STEPS + AHEAD + 1
    caches = [x(PROMPT[None], cache=x.cache(1, room)).cache for x in (large, small)]
    out = jnp.zeros(STEPS + AHEAD + 1, jnp.int32).at[0].set(first)
    one = jnp.ones((), jnp.int32)
    return speculate._State(out, one, jnp.int32(first), *caches, jnp.array(False), KEYS[0], one)


@pytest.fixture(scope="module")
def pair():
    return [Quartered(models.init(SMALL, jax.random.key(i))) for i in (0, 5)]


@pytest.mark.slow
def test_the_law_is_that_of_the_large_model(pair, told):
    want = exact(pair[0], STEPS)
    assert len(want) > 10 and want != exact(pair[1], STEPS)
    assert enumerated(*pair) == want


@pytest.mark.slow
def test_corrections_from_the_model_itself_have_another_law(pair, told, monkeypatch):
    monkeypatch.setattr(definitions.speculative, "residual", lambda p, q: p)
    law = enumerated(*pair)
    assert sum(law.values()) == 1 and law != exact(pair[0], STEPS)
