r"""Watermarks that do not change the law of the text, on average over the key.

Source: Aaronson, *Watermarking of large language models* (talk, 2023) (exponential);
Kuditipudi et al., *Robust distortion-free watermarks for language models* (2023), arXiv:2307.15593,
section 2.3 (inverse transform); Dathathri et al., *Scalable watermarking for identifying large language
model outputs* (SynthID, 2024), Nature 634 (tournament).
Claims: `jaxmath.claims.watermarks`.
"""

import jax.numpy as jnp
from jax.scipy.special import gammaincc
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.samplers.inversion import inverse_cdf
from jaxmath.notation import checked


@checked
def exponential_token(p: Float[Array, " v"], u: Float[Array, " v"]) -> Int[Array, ""]:
    r"""The token $\arg\max_i u_i^{1 / p_i}$, of law $p$ for independent uniform $u$ from the key.

    >>> print(exponential_token(jnp.array([0.5, 0.5, 0.0]), jnp.array([0.25, 0.5, 0.9])))
    1
    """
    never = p == 0
    return jnp.argmax(jnp.where(never, -jnp.inf, jnp.log(u) / jnp.where(never, 1, p)))


@checked
def exponential_score(u: Float[Array, " t"]) -> Float[Array, ""]:
    r"""The sum $-\sum_t \log(1 - u_t)$ over the numbers of the tokens that were written.

    >>> print(exponential_score(jnp.array([0.5, 0.5])) / jnp.log(2.0))
    2.0
    """
    return -jnp.log1p(-u).sum()


def exponential_tail(score: Scalar, tokens: Scalar) -> Float[Array, ""]:
    r"""The probability of a score as great without a watermark, $e^{-s} \sum_{k < T} s^k / k!$.

    >>> print(exponential_tail(0.0, 3.0))
    1.0
    """
    return gammaincc(jnp.asarray(tokens), jnp.asarray(score))


@checked
def permuted_token(p: Float[Array, " v"], u: Scalar, order: Int[Array, " v"]) -> Int[Array, ""]:
    r"""Inversion in an order of the vocabulary from the key: law $p$ for uniform $u$, whatever the order.

    >>> print(permuted_token(jnp.array([0.25, 0.75]), 0.5, jnp.array([1, 0])))
    1
    """
    return order[inverse_cdf(p[order], u)]


@checked
def tournament(p: Float[Array, " v"], g: Float[Array, " v"]) -> Float[Array, " v"]:
    r"""The law of the winner of two tokens of law $p$: that of the greater $g$, by lot if they are equal.

    $$ p'_i = p_i \bigl( 1 + g_i - \textstyle\sum_j p_j g_j \bigr), \qquad g_i \in \{0, 1\} $$

    Layers of a tournament apply it one after the other, each with its own $g$ from the key.

    >>> print(tournament(jnp.array([0.5, 0.5]), jnp.array([0.0, 1.0])))
    [0.25 0.75]
    """
    return p * (1 + g - p @ g)
