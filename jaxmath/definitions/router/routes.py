r"""Routers: which experts answer a token, and with which weights.

Source: Shazeer et al., *Outrageously large neural networks* (2017), arXiv:1701.06538, section 2.1;
DeepSeek-AI, *DeepSeek-V2* (2024), arXiv:2405.04434, section 2.2.2; DeepSeek-AI, *DeepSeek-V3* (2024),
arXiv:2412.19437, eq. (13) to (16). Claims: `jaxmath.claims.router`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.activations import sigmoid
from jaxmath.definitions.softmax import softmax
from jaxmath.notation import checked


class Routes(NamedTuple):
    """The experts of each token and their weights, both `[n, picks]`, the best first."""

    picked: Int[Array, "n picks"]
    weights: Float[Array, "n picks"]


@checked
def softmax_router(
    logits: Float[Array, "n experts"],
    k: int,
    renormalise: bool = True,
    *,
    groups: int = 1,
    kept: int = 1,
    scale: Scalar = 1.0,
) -> Routes:
    r"""The $k$ most probable experts, with their probabilities.

    Args:
      logits: a score per token and expert.
      k: how many experts answer a token.
      renormalise: whether the $k$ weights are divided by their sum, which is the softmax of the $k$ largest
        logits (Mixtral); else they are the probabilities among all experts (Switch, OLMoE).
      groups: equal groups of experts in a row (DeepSeek-V2).
      kept: how many groups may answer a token: those with the most probable experts.
      scale: multiplies the weights at the end.

    >>> picked, weights = softmax_router(jnp.log(jnp.array([[1.0, 6.0, 3.0]])), 2)
    >>> print(picked, (9 * weights).round())
    [[1 2]] [[6. 3.]]
    """
    allowed = groups == 1 or _in_best_groups(logits, groups, kept, 1)
    chosen = jnp.where(allowed, logits, -jnp.inf)
    picked, weights = _routes(chosen, softmax(logits), k, renormalise)
    return Routes(picked, weights * scale)


@checked
def sigmoid_router(
    logits: Float[Array, "n experts"],
    k: int,
    bias: Float[Array, " experts"] | None = None,
    *,
    groups: int = 1,
    kept: int = 1,
    renormalise: bool = True,
    scale: Scalar = 1.0,
) -> Routes:
    r"""The $k$ experts whose biased affinities $\sigma(x) + b$ are largest, in the best groups only.

    The bias takes part in the choice, not in the weights: it balances load without a loss.

    Args:
      logits: $x$, a score per token and expert.
      k: how many experts answer a token.
      bias: $b$, see `balanced_bias`; 0 if left out.
      groups: equal groups of experts in a row, such as those on one machine.
      kept: how many groups may answer a token: those whose two best affinities have the largest sum.
      renormalise: whether weights are divided by their sum.
      scale: multiplies the weights at the end.
    """
    affinities = sigmoid(logits)
    chosen = affinities if bias is None else affinities + jnp.broadcast_to(bias, affinities.shape)
    allowed = groups == 1 or _in_best_groups(chosen, groups, kept, 2)
    picked, weights = _routes(jnp.where(allowed, chosen, -jnp.inf), affinities, k, renormalise)
    return Routes(picked, weights * scale)


def _in_best_groups(chosen: Array, groups: int, kept: int, by: int) -> Array:
    """Which experts are in the groups whose `by` best have the largest sum."""
    n, experts = chosen.shape
    best = jax.lax.top_k(chosen.reshape(n, groups, -1), by)[0].sum(-1)
    among = jax.nn.one_hot(jax.lax.top_k(best, kept)[1], groups, dtype=jnp.int32).sum(1) > 0
    return jnp.repeat(among, experts // groups, axis=1)


def _routes(chosen: Array, weights: Array, k: int, renormalise: bool) -> Routes:
    picked = jax.lax.top_k(chosen, k)[1]
    weights = jnp.take_along_axis(weights, picked, axis=1)
    return Routes(picked, weights / weights.sum(-1, keepdims=True) if renormalise else weights)
