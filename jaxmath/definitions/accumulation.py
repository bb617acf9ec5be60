r"""Gradients of a batch that is too large to be held at once, from micro-batches.

Source: definition of the mean over tokens; the error of averaging means is that of
huggingface/transformers, issue 34242 (2024).
Claims: `jaxmath.claims.accumulation`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.notation import checked


@checked
def accumulated(sums: Float[Array, "b d"], counts: Float[Array, " b"]) -> Float[Array, " d"]:
    r"""The gradient of the mean loss of all tokens, $\sum_i s_i / \sum_i n_i$.

    Args:
      sums: $s_i$, for each micro-batch the gradient of the sum of the losses of its tokens.
      counts: $n_i$, how many of its tokens count.

    >>> print(accumulated(jnp.array([[6.0], [3.0]]), jnp.array([2.0, 1.0])))
    [3.]
    """
    return sums.sum(0) / counts.sum()


@checked
def token_mean(losses: Float[Array, "b t"], counts: Bool[Array, "b t"]) -> Float[Array, ""]:
    r"""The mean loss of the tokens that count, over all items of a batch.

    >>> print(token_mean(jnp.array([[1.0, 9.0], [2.0, 3.0]]), jnp.array([[True, False], [True, True]])))
    2.0
    """
    return jnp.where(counts, losses, 0).sum() / counts.sum().astype(losses.dtype)
