r"""Mixing: how much nearer to each other attention brings its positions.

Source: Dobrushin, *Central limit theorem for nonstationary Markov chains* (1956); for attention
without residuals: Dong, Cordonnier & Loukas, *Attention is not all you need* (2021), arXiv:2103.03404.
Claims: `jaxmath.claims.mixing`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


@checked
def dobrushin(weights: Float[Array, "n m"]) -> Float[Array, ""]:
    r"""The largest total variation between rows, $\tau = \tfrac12 \max_{ij} \sum_l |a_{il} - a_{jl}|$.

    Zero if all rows are alike, one if two rows look at different things.

    >>> print(dobrushin(jnp.eye(2)), dobrushin(jnp.full((2, 2), 0.5)))
    1.0 0.0
    """
    return jnp.abs(weights[:, None, :] - weights[None, :, :]).sum(-1).max() / 2


@checked
def spread(x: Float[Array, "n e"]) -> Float[Array, " e"]:
    """The largest difference between positions, entry by entry."""
    return x.max(0) - x.min(0)
