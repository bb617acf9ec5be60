"""The law of the next token, and sets of tokens."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions.softmax import log_softmax


def log_law(logits: Float[Array, " v"]) -> Float[Array, " v"]:
    """Log-probabilities, in single precision at least: sums over a vocabulary lose too much in half."""
    narrow = jnp.finfo(logits.dtype).bits < 32
    return log_softmax(logits.astype(jnp.float32) if narrow else logits)


def restrict(logits: Float[Array, " v"], keep: Bool[Array, " v"]) -> Float[Array, " v"]:
    """The scores of the tokens to keep, minus infinity for the others."""
    return jnp.where(keep, logits, -jnp.inf)
