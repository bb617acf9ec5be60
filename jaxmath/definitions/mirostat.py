r"""Mirostat: truncation by surprise, steered so that the mean surprise is a target.

Source: Basu et al., *Mirostat* (2021), arXiv:2007.14966, algorithm 2 (known as version 2).
Claims: `jaxmath.claims.mirostat`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import log_softmax
from jaxmath.notation import checked


@checked
def surprise(logits: Float[Array, " v"]) -> Float[Array, " v"]:
    r"""The surprise of every token, $-\log_2 p_i$, in bits.

    >>> print(surprise(jnp.zeros(4)))
    [2. 2. 2. 2.]
    """
    return -log_softmax(logits) / jnp.log(jnp.asarray(2.0, logits.dtype))


@checked
def mirostat(logits: Float[Array, " v"], limit: Scalar) -> Float[Array, " v"]:
    r"""Tokens whose surprise is at most $\mu$; the likeliest in any case.

    >>> print(mirostat(jnp.log(jnp.array([0.75, 0.125, 0.125])), 2.0) > -jnp.inf)
    [ True False False]
    """
    return jnp.where((surprise(logits) <= limit) | (logits == logits.max()), logits, -jnp.inf)


@checked
def steer(
    limit: Scalar, processed: Float[Array, " v"], token: Int[Array, ""] | int, target: Scalar, rate: Scalar
) -> Float[Array, ""]:
    r"""The next limit, $\mu - \eta (S - \tau)$.

    Args:
      limit: $\mu$; begin with $2 \tau$.
      processed: the scores that the token was drawn from.
      token: the token that was drawn; $S$ is its surprise in that law.
      target: $\tau$, in bits.
      rate: $\eta$.

    >>> print(steer(6.0, jnp.zeros(4), 1, 3.0, 0.5))
    6.5
    """
    return limit - rate * (surprise(processed)[token] - target)
