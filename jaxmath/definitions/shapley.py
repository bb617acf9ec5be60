r"""Shapley values: what each player of a game adds, on average over the orders in which they join.

Source: Shapley, *A value for n-person games* (1953), eq. (12);
Sundararajan & Najmi, *The many Shapley values for model explanation* (2019),
arXiv:1908.08474 (baseline Shapley).
Claims: `jaxmath.claims.shapley`.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.notation import checked

Score = Callable[[Array], Float[Array, ""]]


def coalitions(players: int) -> Bool[Array, "coalitions players"]:
    """All sets of players, as rows, in the order of binary numbers.

    >>> print(coalitions(2).astype(int))
    [[0 0]
     [0 1]
     [1 0]
     [1 1]]
    """
    index = jnp.arange(2**players)[:, None]
    return (index >> jnp.arange(players)[::-1][None, :]) & 1 == 1


def shapley_values(worths: Float[Array, " coalitions"]) -> Float[Array, " players"]:
    r"""The exact values, from the worth of every coalition.

    $$ \phi_i = \sum_{S \not\ni i} \frac{|S|!\, (n - |S| - 1)!}{n!} \left[ v(S \cup i) - v(S) \right] $$

    Args:
      worths: $v$, in the order of `coalitions`.

    Raises:
      ValueError: if the number of worths is not that of the coalitions of one player or more.

    >>> print(shapley_values(jnp.array([0.0, 0.0, 0.0, 1.0])))
    [0.5 0.5]
    """
    n = worths.size.bit_length() - 1
    if n < 1 or worths.size != 2**n:
        raise ValueError(
            f"shapley_values: worths must have 2**n entries for n players, n >= 1; got {worths.size}.\n"
            "  Give one for each row of coalitions(n), the empty one too."
        )
    table = worths.reshape((2,) * n)
    sizes = coalitions(n - 1).sum(-1).reshape((2,) * (n - 1))
    chances = jnp.array([1 / (n * math.comb(n - 1, s)) for s in range(n)], worths.dtype)[sizes]
    gains = [jnp.take(table, 1, i) - jnp.take(table, 0, i) for i in range(n)]
    return jnp.stack([(chances * gain).sum() for gain in gains])


@checked
def baseline_shapley(f: Score, x: Float[Array, " n"], baseline: Float[Array, " n"]) -> Float[Array, " n"]:
    r"""The values of the game $v(S) = f(x_S, x'_{\bar S})$: entries join by changing from $x'$ to $x$.

    Args:
      f: what is explained; it is asked $2^n$ times.
      x: where it is explained.
      baseline: $x'$.

    >>> print(baseline_shapley(lambda x: x[0] * x[1], jnp.array([2.0, 3.0]), jnp.zeros(2)))
    [3. 3.]
    """
    chosen = jnp.where(coalitions(x.size), x[None, :], baseline[None, :])
    return shapley_values(jax.vmap(f)(chosen))
