"""`stream`."""

import functools
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from jaxmath.models._generation import loop
from jaxmath.models._generation.buckets import rounded_up
from jaxmath.models._generation.generate import settled


def stream(
    model: Any,
    ids: Int[Array, "b n"],
    attention_mask: Bool[Array, "b n"] | Int[Array, "b n"] | None = None,
    *,
    steps: int = 64,
    key: PRNGKeyArray | None = None,
    bucket: int = 1,
    **settings: Any,
) -> Iterator[np.ndarray]:
    """The tokens of `generate`, `[b]` at a time, as soon as they are there.

    The arguments are those of `generate`, without a draft; the cache is contiguous.
    """
    how, key = settled(settings, key)
    ids, attention_mask = rounded_up(model, ids, attention_mask, bucket)
    start = getattr(model.config, "raw", {}).get("decoder_start_token_id") or 0
    state = _begin(model, ids, attention_mask, start, steps, how, key)
    for left in reversed(range(steps)):
        tokens, state = _choose(state, how)
        yield np.asarray(tokens)
        if state.done.all() or not left:
            return
        state = _feed(model, tokens, state)


_begin = jax.jit(loop.begin, static_argnames=("start", "steps", "settings"))
_choose = jax.jit(loop.choose, static_argnames=("settings",))


@functools.partial(jax.jit, donate_argnames=("state",))
def _feed(model: Any, tokens: Array, state: loop.State) -> loop.State:
    return loop.feed(model, tokens, state)
