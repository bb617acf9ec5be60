r"""Scaled dot-product attention.

A query is compared with every key; the comparisons become a probability
vector; the answer is the mean of the values under that vector.

Source: Vaswani et al., *Attention is all you need* (2017), arXiv:1706.03762, eq. (1);
see `jaxmath.definitions.scores` for soft-cap and sink.
Claims: `jaxmath.claims.attention`.
"""

from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.scores import attention_scores, with_sink
from jaxmath.definitions.softmax import logsumexp, softmax
from jaxmath.notation import checked


@checked
def attention(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m e"],
    mask: Bool[Array, "n m"] | None = None,
    bias: Float[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
    soft_cap: Scalar | None = None,
    sink: Scalar | None = None,
) -> Float[Array, "n e"]:
    r"""Attention of $n$ queries over $m$ keys.

    $$ a_i = \sum_j p_{ij} v_j, \qquad
       p_{ij} = \frac{e^{x_{ij}}}{e^s + \sum_{l \in M_i} e^{x_{il}}}, \qquad
       x = c \tanh \frac{q k^\top}{c \sqrt d} + b, $$

    where $M_i$ is the set of keys that query $i$ may see (all, without `mask`); $a_i = 0$ where
    $M_i$ is empty. Without `soft_cap` $x = q k^\top / \sqrt d + b$; without `sink` there is no $e^s$.

    Departs from the source: a mask is a set of pairs, not an added $-\infty$. In order:
    scale, soft-cap, bias, mask, sink; neither bias nor sink is capped.

    Args:
      q: queries, one per row.
      k: keys, one per row.
      v: values, one per key.
      mask: `mask[i, j]` says whether query `i` may see key `j`.
      bias: $b$, added to the scores.
      scale: replaces $1 / \sqrt d$.
      soft_cap: $c$, the bound of the scores.
      sink: $s$, the score of a key that every query sees, with value zero.

    Returns:
      One mean of values per query.

    >>> import jax.numpy as jnp
    >>> q, k, v = jnp.zeros((1, 4)), jnp.ones((2, 4)), jnp.array([[2.0], [4.0]])
    >>> print(attention(q, k, v), attention(q, k, v, sink=0.0))
    [[3.]] [[2.]]
    """
    return attention_weights(q, k, mask, bias, scale=scale, soft_cap=soft_cap, sink=sink) @ v


@checked
def attention_weights(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    mask: Bool[Array, "n m"] | None = None,
    bias: Float[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
    soft_cap: Scalar | None = None,
    sink: Scalar | None = None,
) -> Float[Array, "n m"]:
    r"""The probabilities $p$: how much of each key's value enters each answer.

    With a sink a row sums to less than one.
    """
    x = attention_scores(q, k, bias, scale=scale, soft_cap=soft_cap)
    return softmax(*with_sink(x, mask, sink))[:, : k.shape[0]]


@checked
def attention_lse(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    mask: Bool[Array, "n m"] | None = None,
    bias: Float[Array, "n m"] | None = None,
    *,
    scale: Scalar | None = None,
    soft_cap: Scalar | None = None,
    sink: Scalar | None = None,
) -> Float[Array, " n"]:
    r"""The logarithms of the denominators, $\log (e^s + \sum_{l \in M_i} e^{x_{il}})$."""
    x = attention_scores(q, k, bias, scale=scale, soft_cap=soft_cap)
    return logsumexp(*with_sink(x, mask, sink))
