r"""Three ways to add up numbers, which are the same in exact arithmetic and not in floating point.

Source: Higham, *Accuracy and stability of numerical algorithms*, 2nd ed. (2002), chapter 4;
Kahan, *Further remarks on reducing truncation errors* (1965) (compensation).
Claims: `jaxmath.claims.summation`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Numbers = Float[Array, " n"]
Number = Float[Array, ""]


def sequential_sum(x: Numbers) -> Number:
    r"""One after the other, $s_i = s_{i-1} + x_i$.

    >>> print(sequential_sum(jnp.array([1.0, 2.0, 3.0])))
    6.0
    """
    return jax.lax.scan(lambda s, a: (s + a, None), jnp.zeros((), x.dtype), x)[0]


def pairwise_sum(x: Numbers) -> Number:
    r"""Neighbours first, then the sums of neighbours, and so on: $\lceil \log_2 n \rceil$ rounds.

    >>> print(pairwise_sum(jnp.array([1.0, 2.0, 3.0])))
    6.0
    """
    while x.size > 1:
        pairs = x[: x.size // 2 * 2]
        x = jnp.concatenate([pairs[0::2] + pairs[1::2], x[x.size // 2 * 2 :]])
    return x.sum()


def compensated_sum(x: Numbers) -> Number:
    r"""Kahan's: what an addition lost is subtracted from the next number.

    $$ y = x_i - c, \qquad t = s + y, \qquad c \leftarrow (t - s) - y, \qquad s \leftarrow t $$

    In exact arithmetic $c = 0$.

    >>> print(compensated_sum(jnp.array([1.0, 2.0, 3.0])))
    6.0
    """

    def add(carry: tuple[Number, Number], a: Number) -> tuple[tuple[Number, Number], None]:
        s, c = carry
        y = a - c
        t = s + y
        return (t, (t - s) - y), None

    zero = jnp.zeros((), x.dtype)
    return jax.lax.scan(add, (zero, zero), x)[0][0]
