r"""Truncation by surprise: tokens whose information is near the entropy, or not far beyond it.

Source: Meister et al., *Locally typical sampling* (2023), arXiv:2202.00666 (typical);
Hewitt, Manning & Liang, *Truncation sampling as language model desmoothing* (2022), arXiv:2210.15191
(epsilon and eta).
Claims: `jaxmath.claims.processors`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.information import entropy
from jaxmath.definitions.processors._law import log_law, restrict
from jaxmath.notation import checked


@checked
def typical(logits: Float[Array, " v"], mass: Scalar) -> Float[Array, " v"]:
    r"""The smallest set of the most typical tokens whose probability is at least $\tau$.

    Token $i$ is the more typical the nearer $-\log p_i$ is to the entropy. The likeliest token may be
    left out. Tokens that tie with the last one stay too.

    >>> print(typical(jnp.log(jnp.array([0.5, 0.25, 0.125, 0.125])), 0.2) > -jnp.inf)
    [False  True False False]
    """
    log_p = log_law(logits)
    p = jnp.exp(log_p)
    distance = jnp.where(p > 0, jnp.abs(log_p + entropy(p)), jnp.inf)
    order = jnp.argsort(distance)
    before = jnp.cumsum(p[order]) - p[order]
    last = jnp.max(jnp.where(before < mass, distance[order], -jnp.inf))
    return restrict(logits, distance <= last)


@checked
def epsilon(logits: Float[Array, " v"], cutoff: Scalar) -> Float[Array, " v"]:
    r"""Tokens of probability $p_i \ge \epsilon$; the likeliest in any case.

    >>> print(epsilon(jnp.log(jnp.array([0.125, 0.5, 0.375])), 0.25) > -jnp.inf)
    [False  True  True]
    """
    return _at_least(logits, jnp.log(jnp.asarray(cutoff, log_law(logits).dtype)))


@checked
def eta(logits: Float[Array, " v"], cutoff: Scalar) -> Float[Array, " v"]:
    r"""Tokens of probability $p_i \ge \eta = \min(\epsilon, \sqrt\epsilon\, e^{-H(p)})$; the likeliest too.

    >>> print(eta(jnp.log(jnp.array([0.125, 0.5, 0.375])), 0.25) > -jnp.inf)
    [False  True  True]
    """
    log_p = log_law(logits)
    log_cutoff = jnp.log(jnp.asarray(cutoff, log_p.dtype))
    return _at_least(logits, jnp.minimum(log_cutoff, log_cutoff / 2 - entropy(jnp.exp(log_p))))


def _at_least(logits: Array, log_cutoff: Array) -> Array:
    return restrict(logits, (log_law(logits) >= log_cutoff) | (logits == logits.max()))
