"""`generate`."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from jaxmath import notation
from jaxmath.models._generation import loop
from jaxmath.models._generation.buckets import rounded_up
from jaxmath.models._generation.settings import GenerationError, Settings
from jaxmath.models._generation.speculate import speculative
from jaxmath.modules import CacheKind


class Generated(NamedTuple):
    """What was generated.

    Attributes:
      tokens: new tokens, `pad` after the end of a row.
      lengths: how many there are in each row, its end included.
      runs: how often the model ran after the prompt.
    """

    tokens: Int[Array, "b steps"]
    lengths: Int[Array, " b"]
    runs: Int[Array, "..."]


def generate(
    model: Any,
    ids: Int[Array, "b n"],
    attention_mask: Bool[Array, "b n"] | Int[Array, "b n"] | None = None,
    *,
    steps: int = 64,
    key: PRNGKeyArray | None = None,
    draft: Any = None,
    ahead: int = 4,
    bucket: int = 1,
    cache: CacheKind = "contiguous",
    **settings: Any,
) -> Generated:
    """Tokens after a prompt.

    Compiled once for a shape of the prompt (see `bucket`), a number of steps and settings. Rows stop at
    their own ends, and the loop when all have.

    Args:
      model: a decoder, or an encoder-decoder, of which `ids` are what the encoder reads.
      ids: the prompt, rows of different lengths padded on the left.
      attention_mask: which tokens are there.
      steps: how many tokens at most.
      key: randomness; not needed where the likeliest token is taken.
      draft: a smaller model over the same tokens, whose proposals the large one checks: the law of the
        tokens stays that of the large one.
      ahead: how many tokens it proposes at a time.
      bucket: the length of the prompt is rounded up to a multiple of this by padding that changes nothing but
        time and memory, so that prompts of many lengths share one compilation: 64, say, for a conversation.
      cache: of which kind, as in `Transformer.cache`; with a draft, contiguous.
      **settings: attributes of `jaxmath.models.Settings`: `temperature`, `top_k`, `top_p`, `min_p`,
        `typical`, `repetition_penalty`, `frequency_penalty`, `presence_penalty`, `processors`, `eos` (one
        token or several), `pad`.

    Raises:
      GenerationError: if settings do not fit together.
    """
    notation.check("generate", ids=(ids, Int[Array, "b n"]))
    how, key = settled(settings, key, draft)
    ids, attention_mask = rounded_up(model, ids, attention_mask, bucket)
    if cache != "contiguous" and draft is not None:
        raise GenerationError(f"generate: with a draft, cache must be 'contiguous'; got {cache!r}.")
    if draft is not None and any(x.config.stack.recurrent for x in (model, draft)):
        raise GenerationError(
            "generate: with a draft, every layer must keep keys and values, of which the last can be taken "
            "back; some keep a state. Leave out the draft."
        )
    start = getattr(model.config, "raw", {}).get("decoder_start_token_id") or 0
    if draft is None:
        return _generate(model, ids, attention_mask, start, steps, how, key, cache)
    here = jnp.ones(ids.shape, bool) if attention_mask is None else attention_mask.astype(bool)
    return _speculate(model, draft, ids, here, steps, ahead, how, key)


def settled(settings: dict[str, Any], key: PRNGKeyArray | None, draft: Any = None) -> tuple[Settings, Any]:
    """Settings and randomness that fit together.

    Raises:
      GenerationError: if they do not.
    """
    eos = settings.pop("eos", ())
    eos = (eos,) if isinstance(eos, int) else tuple(eos or ())
    known = set(Settings.__dataclass_fields__)
    unknown = sorted(set(settings) - known)
    if unknown:
        raise GenerationError(
            f"generate: settings must be among {', '.join(sorted(known))}; got {', '.join(unknown)}."
        )
    how = Settings(**settings, eos=eos)
    if key is None and not how.greedy:
        raise GenerationError("generate: key must be a key of jax.random where temperature is set; got None.")
    if draft is not None and how.looks_back:
        raise GenerationError(
            "generate: with a draft, tokens must be chosen without a look at those before; leave out "
            "penalties and processors, or the draft."
        )
    return how, jax.random.key(0) if key is None else key


@functools.partial(jax.jit, static_argnames=("start", "steps", "settings", "cache"))
def _generate(
    model: Any,
    ids: Array,
    mask: Any,
    start: int,
    steps: int,
    settings: Settings,
    key: PRNGKeyArray,
    cache: CacheKind,
) -> Generated:
    state = loop.begin(model, ids, mask, start, steps, settings, key, cache)
    tokens, state = loop.run(model, state, steps, settings)
    return Generated(tokens, _lengths(tokens, settings), state.made)


@functools.partial(jax.jit, static_argnames=("steps", "ahead", "settings"))
def _speculate(
    model: Any,
    draft: Any,
    ids: Array,
    here: Array,
    steps: int,
    ahead: int,
    settings: Settings,
    key: PRNGKeyArray,
) -> Generated:
    def row(ids: Array, here: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
        return speculative(model, draft, ids, here, steps, ahead, settings, key)

    tokens, runs = jax.vmap(row)(ids, here, jax.random.split(key, ids.shape[0]))
    return Generated(tokens, _lengths(tokens, settings), runs)


def _lengths(tokens: Array, settings: Settings) -> Array:
    ends = settings.ends(tokens)
    length = jnp.argmax(ends, 1) + 1
    return jnp.where(ends.any(1), length, tokens.shape[1]).astype(jnp.int32)
