"""Prompts of many lengths in few shapes."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from jaxmath.models._generation.settings import GenerationError
from jaxmath.models._transformer import Transformer


def rounded_up(
    model: object, ids: Int[Array, "b n"], mask: Bool[Array, "b n"] | Int[Array, "b n"] | None, bucket: int
) -> tuple[Int[Array, "b m"], Bool[Array, "b m"] | Int[Array, "b m"] | None]:
    """A prompt whose length is a multiple of `bucket`, and which of its tokens are there.

    Padding is on the left, so that the last token stays the last; where an encoder reads it, on the right, so
    that positions stay as they are.

    Args:
      model: what reads it.
      ids: the prompt.
      mask: which tokens are there; all if left out.
      bucket: its length is rounded up to a multiple of this.

    Raises:
      GenerationError: if `bucket` is not positive.
    """
    if bucket < 1:
        raise GenerationError(f"generate: bucket must be a positive number of tokens; got {bucket}.")
    if bucket == 1:
        return ids, mask
    more = -ids.shape[1] % bucket
    # NumPy compiles nothing for a new length.
    xp = jnp if isinstance(ids, jax.core.Tracer) or isinstance(mask, jax.core.Tracer) else np
    width = ((0, 0), (more, 0) if isinstance(model, Transformer) else (0, more))
    here = xp.ones(ids.shape, bool) if mask is None else xp.asarray(mask).astype(bool)
    return jnp.asarray(xp.pad(xp.asarray(ids), width)), jnp.asarray(xp.pad(here, width))
