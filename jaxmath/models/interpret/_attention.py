"""Attention weights of a model, and what its heads do."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath import definitions
from jaxmath.models._transformer import Transformer


class HeadScores(NamedTuple):
    """What heads do, layer by layer.

    Attributes:
      induction: mean weight on what came after the same token before.
      previous: mean weight on the token before.
      entropy: mean entropy of the weights, in nats.
    """

    induction: Float[Array, "l h"]
    previous: Float[Array, "l h"]
    entropy: Float[Array, "l h"]


def attention(model: Transformer, ids: Int[Array, " n"]) -> Float[Array, "l h n n"]:
    """Attention weights of every layer and head.

    Args:
      model: with as many heads in every layer.
      ids: one text.

    Raises:
      ValueError: if a layer keeps a state, and no weights of keys.
    """
    for i in model.config.stack.recurrent:
        raise ValueError(
            f"attention: every layer must weigh keys, but layer {i} keeps a state. Look at what it captures."
        )
    found = model(ids[None], capture=("layers.*.attention.weights",)).captured
    layers = [found[f"layers.{i}.attention.weights"][0] for i in range(len(model.stack.layers))]
    return jnp.stack([x.reshape(-1, *x.shape[-2:]) for x in layers])


def head_scores(model: Transformer, ids: Int[Array, " n"]) -> HeadScores:
    """What every head does on a text in which tokens occur again.

    Args:
      model: with as many heads in every layer.
      ids: one text, such as random tokens written twice.
    """
    weights = attention(model, ids)
    every = jax.vmap(jax.vmap(lambda w: definitions.induction.induction_score(w, ids)))
    before = jax.vmap(jax.vmap(definitions.induction.previous_token_score))
    return HeadScores(every(weights), before(weights), definitions.entropy(weights).mean(-1))
