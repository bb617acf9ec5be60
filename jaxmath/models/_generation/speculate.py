"""A small model proposes several tokens, the large one checks them in one run.

Source: Leviathan, Kalman & Matias (2023), arXiv:2211.17192, algorithm 1.
"""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from jaxmath import definitions
from jaxmath.models._generation.settings import Settings
from jaxmath.modules import Cache


class _State(NamedTuple):
    """Where one row stands: `last` is written down, but not yet read by either model."""

    out: Int[Array, " room"]
    made: Int[Array, ""]
    last: Int[Array, ""]
    large: Cache
    small: Cache
    done: Bool[Array, ""]
    key: PRNGKeyArray
    runs: Int[Array, ""]


def speculative(
    model: Any,
    draft: Any,
    ids: Int[Array, " n"],
    here: Bool[Array, " n"],
    steps: int,
    ahead: int,
    settings: Settings,
    key: PRNGKeyArray,
) -> tuple[Int[Array, " steps"], Int[Array, ""]]:
    """Tokens of one row, and how often the large model ran.

    Args:
      model: the large model.
      draft: the small one.
      ids: the prompt.
      here: which tokens of it are there.
      steps: how many tokens.
      ahead: how many are proposed at a time.
      settings: how tokens are chosen.
      key: randomness.
    """
    room = ids.shape[0] + steps + ahead + 1
    first, caches = None, []
    for x in (model, draft):
        result = x(ids[None], here[None], cache=x.cache(1, room), keep=1)
        caches.append(result.cache)
        first = result.logits[0, -1] if first is None else first
    key, now = jax.random.split(key)
    nothing = jnp.full((1,), -1, jnp.int32)
    last = settings.choose(now, settings.scores(jnp.asarray(first), nothing, 0))
    out = jnp.full((steps + ahead + 1,), settings.pad, jnp.int32).at[0].set(last)
    one = jnp.ones((), jnp.int32)
    state = _State(out, one, last, caches[0], caches[1], settings.ends(last), key, one)
    goes_on = lambda x: (x.made < steps) & ~x.done  # noqa: E731
    state = jax.lax.while_loop(goes_on, lambda x: _step(model, draft, ahead, settings, x), state)
    return state.out[:steps], state.runs


def _step(model: Any, draft: Any, ahead: int, settings: Settings, state: _State) -> _State:
    key, propose, check = jax.random.split(state.key, 3)
    drafts, q, small = _propose(draft, ahead, settings, state, propose)
    given = jnp.concatenate([state.last[None], drafts])
    result = model(given[None], cache=state.large)
    p = jax.vmap(lambda x: _law(settings, x))(result.logits[0])
    u = jax.random.uniform(check, (ahead + 1,), p.dtype)
    tokens, count = definitions.speculative.speculate(drafts.astype(int), p, q, u[:-1], u[-1])
    tokens, count = tokens.astype(jnp.int32), count.astype(jnp.int32)
    read = state.large.filled + count
    inside = jnp.arange(ahead + 1, dtype=jnp.int32) < count
    ends = settings.ends(tokens)
    ended = jnp.cumsum(ends) > ends.astype(int)
    written = jnp.where(inside & ~ended, tokens, settings.pad)
    out = jax.lax.dynamic_update_slice(state.out, written, (state.made,))
    done = (ends & inside).any()
    return _State(
        out,
        state.made + count,
        tokens[count - 1],
        _back(result.cache, read),
        _back(small, read),
        done,
        key,
        state.runs + 1,
    )


def _propose(
    draft: Any, ahead: int, settings: Settings, state: _State, key: PRNGKeyArray
) -> tuple[Array, Array, Cache]:
    """Tokens of the small model, their laws, and its cache after all of them."""

    def one(carry: tuple[Array, Cache], key: PRNGKeyArray) -> tuple[tuple[Array, Cache], tuple[Array, Array]]:
        token, cache = carry
        result = draft(token[None, None], cache=cache)
        q = _law(settings, result.logits[0, -1])
        token = jnp.argmax(q) if settings.greedy else definitions.samplers.categorical(key, jnp.log(q))
        token = token.astype(jnp.int32)
        return (token, result.cache), (token, q)

    keys = jax.random.split(key, ahead)
    (token, cache), (drafts, q) = jax.lax.scan(one, (state.last, state.small), keys)
    return drafts, q, draft(token[None, None], cache=cache).cache


def _law(settings: Settings, logits: Array) -> Array:
    return settings.law(settings.scores(logits, jnp.full((1,), -1, jnp.int32), 0))


def _back(cache: Cache, filled: Array) -> Cache:
    """The cache without what comes after the first places."""
    seen = cache.seen & (jnp.arange(cache.room, dtype=jnp.int32) < filled)[None, :]
    return dataclasses.replace(cache, seen=seen, filled=filled)
