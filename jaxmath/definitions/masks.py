r"""Masks: sets of pairs (query, key) that may meet.

`mask[i, j]` says whether query $i$ may see key $j$. With $n$ queries and $m$ keys of one
sequence, `align` says where query $i$ stands among the keys: at position $i$ ("top-left",
both sequences begin together) or at $i + m - n$ ("bottom-right", both end together).

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238, algorithm 4 (causal);
Beltagy et al., *Longformer* (2020), arXiv:2004.05150, section 3.1 (window);
Raffel et al., *T5* (2020), arXiv:1910.10683, section 3.2.1 (prefix).
Claims: `jaxmath.claims.masks`.
"""

import functools
import operator

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxmath.definitions._relative import Align, keys_minus_queries
from jaxmath.notation import checked


def causal(n: int, m: int | None = None, align: Align = "top-left") -> Bool[Array, "n m"]:
    r"""Key $j$ is not after query $i$: $j \le i$, or $j \le i + m - n$ aligned at the bottom right.

    >>> print(causal(2, 3, "bottom-right").astype(int))
    [[1 1 0]
     [1 1 1]]
    """
    return window(n, m, right=0, align=align)


def window(
    n: int,
    m: int | None = None,
    left: int | None = None,
    right: int | None = None,
    align: Align = "top-left",
) -> Bool[Array, "n m"]:
    r"""Key $j$ lies at most `left` before and `right` after query $i$; `None` means any distance.

    >>> print(window(3, 3, left=1, right=0).astype(int))
    [[1 0 0]
     [1 1 0]
     [0 1 1]]
    """
    after = keys_minus_queries(n, m, align)
    inside = jnp.ones(after.shape, bool)
    if left is not None:
        inside &= after >= -left
    if right is not None:
        inside &= after <= right
    return inside


def prefix(
    n: int, m: int | None, length: Int[Array, ""] | int, align: Align = "top-left"
) -> Bool[Array, "n m"]:
    r"""Everyone sees the first `length` keys; beyond them the mask is causal."""
    mask = causal(n, m, align)
    return mask | (jnp.arange(mask.shape[1]) < length)[None, :]


def padding(
    n: int, m: int, keys: Int[Array, ""] | int, queries: Int[Array, ""] | int | None = None
) -> Bool[Array, "n m"]:
    r"""Only the first `keys` keys, and the first `queries` queries (all by default), exist.

    >>> print(padding(2, 3, keys=2, queries=1).astype(int))
    [[1 1 0]
     [0 0 0]]
    """
    rows = jnp.arange(n) < (n if queries is None else queries)
    return rows[:, None] & (jnp.arange(m) < keys)[None, :]


@checked
def segment(queries: Int[Array, " n"], keys: Int[Array, " m"] | None = None) -> Bool[Array, "n m"]:
    r"""Query and key carry the same segment number (packed sequences)."""
    return queries[:, None] == (queries if keys is None else keys)[None, :]


def and_(*masks: Bool[Array, "n m"]) -> Bool[Array, "n m"]:
    """The pairs in every mask."""
    return functools.reduce(operator.and_, masks)


def or_(*masks: Bool[Array, "n m"]) -> Bool[Array, "n m"]:
    """The pairs in at least one mask."""
    return functools.reduce(operator.or_, masks)


def not_(mask: Bool[Array, "n m"]) -> Bool[Array, "n m"]:
    """The pairs outside the mask."""
    return ~mask
