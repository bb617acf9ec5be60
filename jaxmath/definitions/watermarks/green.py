r"""Watermarks by lists: a key splits the vocabulary, and tokens of one part are favoured.

Source: Kirchenbauer et al., *A watermark for large language models* (2023), arXiv:2301.10226, eq. (3),
definition 4.1 and theorem 4.2.
Claims: `jaxmath.claims.watermarks`.
"""

import jax.numpy as jnp
from jax.scipy.special import betainc, erfc
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def favour(logits: Float[Array, " v"], green: Bool[Array, " v"], delta: Scalar) -> Float[Array, " v"]:
    r"""Scores of green tokens are raised by $\delta$.

    >>> print(favour(jnp.zeros(2), jnp.array([True, False]), 2.0))
    [2. 0.]
    """
    return jnp.where(green, logits + delta, logits)


def z_score(hits: Scalar, tokens: Scalar, share: Scalar) -> Float[Array, ""]:
    r"""The surplus of green tokens in standard deviations, $(g - \gamma T) / \sqrt{T \gamma (1 - \gamma)}$.

    Args:
      hits: $g$, green tokens among those counted; each context should be counted once.
      tokens: $T$, how many were counted.
      share: $\gamma$, the share of the vocabulary that is green.

    >>> print(z_score(8.0, 16.0, 0.25).round(3))
    2.309
    """
    return (hits - share * tokens) / jnp.sqrt(jnp.asarray(tokens * share * (1 - share)))


def normal_tail(z: Scalar) -> Float[Array, ""]:
    r"""The probability of a $z$ as great in the limit of long texts, $1 - \Phi(z)$.

    >>> print(normal_tail(0.0))
    0.5
    """
    return erfc(jnp.asarray(z) / jnp.sqrt(2)) / 2


def green_tail(hits: Scalar, tokens: Scalar, share: Scalar) -> Float[Array, ""]:
    r"""The probability of as many green tokens without a watermark, at any length.

    $$ \sum_{k \ge g} \binom Tk \gamma^k (1 - \gamma)^{T - k} = I_\gamma(g, T - g + 1), \quad g \ge 1 $$

    >>> print(green_tail(2.0, 2.0, 0.5).round(3))
    0.25
    """
    return betainc(jnp.asarray(hits), jnp.asarray(tokens - hits + 1), jnp.asarray(share))


@checked
def spike_entropy(p: Float[Array, " v"], modulus: Scalar) -> Float[Array, ""]:
    r"""How spread out a law is, $\sum_i p_i / (1 + z p_i)$: from $1 / (1 + z)$ to $v / (v + z)$.

    >>> print(spike_entropy(jnp.array([0.5, 0.5]), 2.0))
    0.5
    """
    return (p / (1 + modulus * p)).sum()
