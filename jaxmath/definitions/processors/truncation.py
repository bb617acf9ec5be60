r"""Temperature, and truncation to the likeliest tokens.

Source: Fan, Lewis & Dauphin, *Hierarchical neural story generation* (2018), arXiv:1805.04833 (top-k);
Holtzman et al., *The curious case of neural text degeneration* (2020), arXiv:1904.09751 (top-p);
Nguyen et al., *Turning up the heat: min-p sampling* (2024), arXiv:2407.01082 (min-p).
Claims: `jaxmath.claims.processors`.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.processors._law import log_law, restrict
from jaxmath.notation import checked

Processor = Callable[[Array], Array]


@checked
def temperature(logits: Float[Array, " v"], t: Scalar) -> Float[Array, " v"]:
    r"""Scores over a temperature $T > 0$: $x_i / T$, so that odds become $(p_i / p_j)^{1/T}$.

    >>> print(temperature(jnp.array([1.0, 3.0]), 2.0))
    [0.5 1.5]
    """
    return logits / t


@checked
def top_k(logits: Float[Array, " v"], k: int) -> Float[Array, " v"]:
    r"""The $k$ greatest scores; all of them if there are no more.

    Tokens that tie with the last one stay too: the order of the vocabulary does not matter.

    >>> print(top_k(jnp.array([1.0, 3.0, 2.0]), 2))
    [-inf   3.   2.]
    """
    last = jax.lax.top_k(logits, min(k, logits.shape[0]))[0][-1]
    return restrict(logits, logits >= last)


@checked
def top_p(logits: Float[Array, " v"], p: Scalar) -> Float[Array, " v"]:
    r"""The nucleus: the smallest set of likeliest tokens whose probability is at least $P$.

    In descending order token $i$ stays where the probability before it is below $P$,
    $\sum_{j < i} p_j < P$, so the token that crosses $P$ stays and, for $P > 0$, the first one always.
    Tokens that tie with the last one stay too.

    >>> print(top_p(jnp.log(jnp.array([0.125, 0.5, 0.375])), 0.625) > -jnp.inf)
    [False  True  True]
    """
    order = jnp.sort(log_law(logits), descending=True)
    probabilities = jnp.exp(order)
    before = jnp.cumsum(probabilities) - probabilities
    last = jnp.min(jnp.where(before < p, order, jnp.inf))
    return restrict(logits, log_law(logits) >= last)


@checked
def min_p(logits: Float[Array, " v"], p: Scalar) -> Float[Array, " v"]:
    r"""Tokens at least $b$ times as likely as the likeliest: $x_i \ge \max_j x_j + \log b$.

    >>> print(min_p(jnp.log(jnp.array([1.0, 5.0, 8.0])), 0.5) > -jnp.inf)
    [False  True  True]
    """
    return restrict(logits, logits >= logits.max() + jnp.log(jnp.asarray(p, logits.dtype)))


def compose(*processors: Processor) -> Processor:
    r"""Processors one after the other, the first one first.

    >>> process = compose(lambda x: temperature(x, 2.0), lambda x: top_k(x, 1))
    >>> print(process(jnp.array([1.0, 3.0])))
    [-inf  1.5]
    """
    return lambda logits: functools.reduce(lambda x, process: process(x), processors, logits)
