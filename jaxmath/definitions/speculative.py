r"""Speculative sampling: a small model proposes, the large one corrects, and the law is the large one's.

Source: Leviathan, Kalman & Matias, *Fast inference from transformers via speculative decoding* (2023),
arXiv:2211.17192, algorithm 1, theorems 3.8 and 3.11, eq. (1);
Chen et al., *Accelerating large language model decoding with speculative sampling* (2023), arXiv:2302.01318.
Claims: `jaxmath.claims.speculative`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.samplers.inversion import inverse_cdf
from jaxmath.notation import checked


@checked
def acceptance(p: Float[Array, " v"], q: Float[Array, " v"]) -> Float[Array, " v"]:
    r"""The probability $\min(1, p_i / q_i)$ of accepting a proposal; 1 where $q_i = 0$.

    >>> print(acceptance(jnp.array([0.25, 0.75]), jnp.array([0.5, 0.5])))
    [0.5 1. ]
    """
    never = q == 0
    return jnp.where(never, 1, jnp.minimum(1, p / jnp.where(never, 1, q)))


@checked
def residual(p: Float[Array, " v"], q: Float[Array, " v"]) -> Float[Array, " v"]:
    r"""The law of the correction, $(p - q)_+ / \sum (p - q)_+$; $p$ where nothing is ever rejected.

    >>> print(residual(jnp.array([0.25, 0.25, 0.5]), jnp.array([0.5, 0.25, 0.25])))
    [0. 0. 1.]
    """
    excess = jnp.maximum(p - q, 0)
    total = excess.sum()
    nothing = total == 0
    return jnp.where(nothing, p, excess / jnp.where(nothing, 1, total))


@checked
def speculate(
    drafts: Int[Array, " t"],
    p: Float[Array, "t+1 v"],
    q: Float[Array, "t v"],
    u: Float[Array, " t"],
    correction: Scalar,
) -> tuple[Int[Array, " t+1"], Int[Array, ""]]:
    r"""Tokens of the law $p$ from proposals drawn from $q$.

    Proposal $i$ is accepted if $u_i < p_i(x_i) / q_i(x_i)$ and those before it were. After the last
    accepted one comes a token of the residual law, or of the last row of $p$ if all were accepted.

    Args:
      drafts: the proposals.
      p: laws of the large model at the positions of the proposals, and one further.
      q: the laws that the proposals were drawn from, processors and temperature included.
      u: uniform numbers in $[0, 1)$, one for each.
      correction: a uniform number in $[0, 1)$ for the token after those.

    Returns:
      The tokens, $-1$ after the last; and how many there are, from 1 to $t + 1$.

    >>> p, q = jnp.array([[0.25, 0.75], [1.0, 0.0]]), jnp.array([[0.5, 0.5]])
    >>> print(speculate(jnp.array([0]), p, q, jnp.array([0.75]), 0.5))
    (Array([ 1, -1], dtype=int32), Array(1, dtype=int32))
    """
    t = drafts.shape[0]
    chances = jax.vmap(acceptance)(p[:-1], q)[jnp.arange(t), drafts]
    accepted = jnp.cumprod(u < chances).sum()
    laws = jnp.concatenate([jax.vmap(residual)(p[:-1], q), p[-1:]])
    token = inverse_cdf(laws[accepted], correction)
    places = jnp.arange(t + 1)
    tokens = jnp.where(places < accepted, jnp.append(drafts, -1), jnp.where(places == accepted, token, -1))
    return tokens, accepted + 1


def expected_tokens(rate: Scalar, drafts: int) -> Scalar:
    r"""Tokens per run of the large model, $(1 - \alpha^{\gamma + 1}) / (1 - \alpha)$.

    Each of $\gamma$ proposals is accepted with probability $\alpha$, independently.

    >>> print(expected_tokens(0.5, 2))
    1.75
    """
    return (1 - rate ** (drafts + 1)) / (1 - rate)


def speed_up(rate: Scalar, drafts: int, cost: Scalar) -> Scalar:
    r"""Expected gain in time: `expected_tokens` over $\gamma c + 1$; a run of the small model costs $c$.

    >>> print(speed_up(0.5, 2, 0.125))
    1.4
    """
    return expected_tokens(rate, drafts) / (drafts * cost + 1)
