r"""Induction heads: what came after a token before comes after it again.

Source: Elhage et al., *A mathematical framework for transformer circuits* (2021),
transformer-circuits.pub/2021/framework (a head that attends to the token before, and one that looks for
its own token in what that one wrote); Olsson et al., *In-context learning and induction heads* (2022),
arXiv:2209.11895 (prefix matching).
Claims: `jaxmath.claims.induction`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.attention_only import AttentionOnlyParams
from jaxmath.definitions.params import MultiHeadParams
from jaxmath.notation import checked


@checked
def previous_token_score(weights: Float[Array, "n n"]) -> Float[Array, ""]:
    r"""Mean weight on the token before, over all positions but the first."""
    return jnp.diagonal(weights, -1).mean()


@checked
def induction_score(weights: Float[Array, "n n"], ids: Int[Array, " n"]) -> Float[Array, ""]:
    r"""Mean weight on what came after the same token before ("prefix matching").

    $$ \operatorname{mean}_{i : M_i \ne \emptyset} \sum_{j \in M_i} A_{ij}, \qquad
       M_i = \{ j \le i : t_{j - 1} = t_i \} $$

    Zero if no token occurs twice.

    Args:
      weights: of one head.
      ids: $t$, the tokens.

    >>> print(induction_score(jnp.eye(3), jnp.array([5, 5, 5])))
    1.0
    """
    n = ids.shape[0]
    # The position after place j - 1 is j; nothing comes before the first.
    same = (ids[:, None] == jnp.roll(ids, 1)[None, :]) & (jnp.arange(n) > 0)[None, :]
    follows = jnp.tril(same)
    rows = follows.any(1)
    found = jnp.where(follows, weights, 0).sum(1)
    return jnp.where(rows, found, 0).sum() / jnp.maximum(rows.sum(), 1).astype(weights.dtype)


def induction_model(v: int, t: int, gain: Scalar = 100.0) -> AttentionOnlyParams:
    r"""Two layers of one head each that continue what they have seen, for `attention_only_transformer`.

    The stream has four parts: the token, its position, the token before, and what comes next. The first head
    looks for the position before its own and writes the token there to the third part; the second
    looks for its own token in the third part, and writes the token there to the fourth, which is read out.

    The first position has none before and writes itself, so that a text should begin with a mark that
    does not occur again.

    Args:
      v: words of the vocabulary.
      t: positions.
      gain: score of what a head looks for; all others are zero.
    """
    token, place, before, after = jnp.split(jnp.eye(3 * v + t), [v, v + t, 2 * v + t])
    step = jnp.eye(t, k=1).T  # position p looks for p - 1
    gain = jnp.asarray(gain)
    first = _head(place.T @ step, place.T, token.T, before, gain)
    second = _head(token.T, before.T, token.T, after, gain)
    return AttentionOnlyParams(token, place, (first, second), after)


def _head(wq: Array, wk: Array, wv: Array, wo: Array, gain: Array) -> MultiHeadParams:
    # Attention divides scores by the root of the width.
    wq = gain * jnp.sqrt(jnp.asarray(wq.shape[1], wq.dtype)) * wq
    return MultiHeadParams(wq[None], wk[None], wv[None], wo[None])
