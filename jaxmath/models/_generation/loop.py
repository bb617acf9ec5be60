"""One token after the other, for all rows at once."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from jaxmath.models._generation.settings import Settings
from jaxmath.models._transformer import Transformer
from jaxmath.modules import Cache, CacheKind


def _last(result: Any) -> tuple[Array, Cache]:
    """Scores of the next token, and the cache."""
    return result.logits[:, -1], result.cache


class State(NamedTuple):
    """Where the loop stands.

    Attributes:
      logits: scores of the next token.
      cache: what was read.
      history: tokens so far, the newest last, -1 for none.
      made: how many were generated.
      done: rows that are at their end.
      key: randomness.
    """

    logits: Float[Array, "b v"]
    cache: Cache
    history: Int[Array, "b t"]
    made: Int[Array, ""]
    done: Bool[Array, " b"]
    key: PRNGKeyArray


def begin(
    model: Any,
    ids: Array,
    mask: Array | None,
    start: int,
    steps: int,
    settings: Settings,
    key: PRNGKeyArray,
    kind: CacheKind = "contiguous",
) -> State:
    """The prompt, read.

    Args:
      model: the model.
      ids: the prompt; with an encoder, what it reads.
      mask: which tokens of it are there.
      start: with an encoder, the first token of the decoder.
      steps: how many tokens may follow.
      settings: how tokens are chosen.
      key: randomness.
      kind: of the cache.
    """
    b, n = ids.shape
    here = jnp.ones((b, n), bool) if mask is None else mask.astype(bool)
    if isinstance(model, Transformer):
        cache = model.cache(b, n + steps, kind=kind)
        result = model(ids, here, cache=cache, keep=1)
        history = jnp.where(here, ids, -1)
    else:
        first = jnp.full((b, 1), start, jnp.int32)
        result = model(ids, here, cache=model.cache(b, 1 + steps, kind=kind), decoder_input_ids=first, keep=1)
        history = first
    room = jnp.full((b, steps), -1, jnp.int32)
    history = jnp.concatenate([room, history.astype(jnp.int32)], 1)
    zero = jnp.zeros((), jnp.int32)
    return State(*_last(result), history, zero, jnp.zeros(b, bool), key)


def choose(state: State, settings: Settings) -> tuple[Int[Array, " b"], State]:
    """The next token of every row, written down."""
    key, now = jax.random.split(state.key)
    score = functools.partial(settings.scores, prompt=state.made)
    scores = jax.vmap(score)(state.logits, state.history)
    tokens = jax.vmap(settings.choose)(jax.random.split(now, scores.shape[0]), scores)
    tokens = jnp.where(state.done, settings.pad, tokens)
    history = jnp.concatenate([state.history[:, 1:], tokens[:, None]], 1)
    done = state.done | settings.ends(tokens)
    return tokens, state._replace(history=history, made=state.made + 1, done=done, key=key)


def feed(model: Any, tokens: Int[Array, " b"], state: State) -> State:
    """The model after these tokens."""
    if isinstance(model, Transformer):
        result = model(tokens[:, None], cache=state.cache)
    else:
        result = model(cache=state.cache, decoder_input_ids=tokens[:, None])
    logits, cache = _last(result)
    return state._replace(logits=logits, cache=cache)


def run(model: Any, state: State, steps: int, settings: Settings) -> tuple[Array, State]:
    """Tokens `[b, steps]`, until all rows are at their end."""
    out = jnp.full((state.done.shape[0], steps), settings.pad, jnp.int32)

    def goes_on(carry: tuple[Array, State]) -> Array:
        return (carry[1].made < steps) & ~carry[1].done.all()

    def step(carry: tuple[Array, State]) -> tuple[Array, State]:
        out, state = carry
        at = state.made
        tokens, state = choose(state._replace(cache=shaped(state.cache)), settings)
        out = jax.lax.dynamic_update_slice(out, tokens[:, None], (jnp.zeros_like(at), at))
        state = feed(model, tokens, state)
        return out, state._replace(cache=flat(state.cache))

    flat, shaped = _flattening(state.cache)
    out, state = jax.lax.while_loop(goes_on, step, (out, state._replace(cache=flat(state.cache))))
    return out, state._replace(cache=shaped(state.cache))


def _flattening(cache: Cache) -> tuple[Callable[[Cache], Cache], Callable[[Cache], Cache]]:
    """To rows of matrices, as caches are written and read, and back; others are copied at every step."""
    leaves, tree = jax.tree.flatten(cache.layers)
    shapes = [x.shape for x in leaves]

    def replaced(cache: Cache, shapes: list[tuple[int, ...]]) -> Cache:
        arrays = [x.reshape(shape) for x, shape in zip(jax.tree.leaves(cache.layers), shapes, strict=True)]
        return dataclasses.replace(cache, layers=jax.tree.unflatten(tree, arrays))

    flat = [(-1, *shape[-2:]) if len(shape) > 3 else shape for shape in shapes]
    return lambda cache: replaced(cache, flat), lambda cache: replaced(cache, shapes)
