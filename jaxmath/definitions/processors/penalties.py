r"""Penalties for tokens that were used before.

Source: Keskar et al., *CTRL* (2019), arXiv:1909.05858, section 4.1 (repetition);
OpenAI, API reference, `frequency_penalty` and `presence_penalty`.
Claims: `jaxmath.claims.processors`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def token_counts(history: Int[Array, " t"], like: Float[Array, " v"]) -> Float[Array, " v"]:
    r"""How often each token of the vocabulary was used, in the type of `like`.

    >>> print(token_counts(jnp.array([-1, 0, 2, 2]), jnp.zeros(3)))
    [1. 0. 2.]
    """
    return jax.nn.one_hot(history, like.shape[0], dtype=like.dtype).sum(0)


@checked
def repetition_penalty(
    logits: Float[Array, " v"], history: Int[Array, " t"], penalty: Scalar
) -> Float[Array, " v"]:
    r"""Scores of used tokens are moved down by a factor: $x_i / \theta$ if positive, else $x_i \theta$.

    What it does depends on where the zero of the scores is, which softmax does not.

    Departs from the source, which divides whatever the sign; the form with signs is that of the CTRL
    and `transformers` code.

    >>> print(repetition_penalty(jnp.array([2.0, -2.0, 2.0]), jnp.array([0, 1]), 2.0))
    [ 1. -4.  2.]
    """
    used = token_counts(history, logits) > 0
    return jnp.where(used, jnp.where(logits > 0, logits / penalty, logits * penalty), logits)


@checked
def frequency_penalty(
    logits: Float[Array, " v"], history: Int[Array, " t"], penalty: Scalar
) -> Float[Array, " v"]:
    r"""Scores less a penalty for every use: $x_i - \alpha c_i$.

    >>> print(frequency_penalty(jnp.zeros(3), jnp.array([2, 0, 2]), 0.5))
    [-0.5  0.  -1. ]
    """
    return logits - penalty * token_counts(history, logits)


@checked
def presence_penalty(
    logits: Float[Array, " v"], history: Int[Array, " t"], penalty: Scalar
) -> Float[Array, " v"]:
    r"""Scores less a penalty for having been used: $x_i - \alpha [c_i > 0]$.

    >>> print(presence_penalty(jnp.zeros(3), jnp.array([2, 0, 2]), 0.5))
    [-0.5  0.  -0.5]
    """
    return jnp.where(token_counts(history, logits) > 0, logits - penalty, logits)
