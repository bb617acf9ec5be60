r"""ALiBi: attention with linear biases, a penalty in proportion to distance.

Source: Press, Smith & Lewis, *Train short, test long* (2021), arXiv:2108.12409, section 3; slopes for
a number of heads that is no power of two from the authors' code (`get_slopes`).
Claims: `jaxmath.claims.alibi`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._relative import Align, keys_minus_queries


def alibi_slopes(h: int) -> Float[Array, " h"]:
    r"""One slope per head: $2^{-8/h}, 2^{-16/h}, \dots, 2^{-8}$ if $h$ is a power of two.

    Otherwise the slopes for the next smaller power of two, $c$, followed by the first $h - c$ of
    every other slope for $2c$ heads.

    >>> print(alibi_slopes(3))
    [0.0625     0.00390625 0.25      ]
    """
    c = 2 ** (h.bit_length() - 1)
    steps = [8 * i / c for i in range(1, c + 1)] + [8 * i / (2 * c) for i in range(1, 2 * c, 2)]
    return 2.0 ** -jnp.array(steps[:h])


def alibi_bias(
    slopes: Float[Array, " h"], n: int, m: int | None = None, align: Align = "top-left"
) -> Float[Array, "h n m"]:
    r"""Head $h$ adds $-s_h (i - j)$ to the score of query $i$ and key $j$.

    Only $j \le i$ has a meaning in the source: use with `masks.causal` of the same `align`.

    >>> print(alibi_bias(jnp.array([0.5]), 2))
    [[[ 0.   0.5]
      [-0.5  0. ]]]
    """
    return slopes[:, None, None] * keys_minus_queries(n, m, align).astype(slopes.dtype)[None, :, :]
