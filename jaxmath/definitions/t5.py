r"""T5's relative positions: a learned bias for each bucket of distances.

Source: Raffel et al., *Exploring the limits of transfer learning* (2020), arXiv:1910.10683, section 2.1;
buckets as in the authors' code (mesh_tensorflow, `_relative_position_bucket`).
Claims: `jaxmath.claims.t5`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._relative import Align, keys_minus_queries
from jaxmath.notation import checked


def relative_position_bucket(
    relative: Int[Array, "*shape"], bidirectional: bool = True, buckets: int = 32, max_distance: int = 128
) -> Int[Array, "*shape"]:
    r"""The bucket of a relative position (key minus query).

    With $B$ buckets for one direction and $E = \lfloor B/2 \rfloor$, the distance $r$ falls into bucket
    $r$ if $r < E$, else into

    $$ \min\Bigl(B - 1,\; E + \Bigl\lfloor (B - E) \frac{\log(r / E)}{\log(D / E)} \Bigr\rfloor\Bigr). $$

    With `bidirectional` each direction has half of the buckets, keys after the query the upper half;
    without it such keys share bucket 0.

    Departs from the source: bucket edges are compared in whole numbers, not through rounded logarithms.

    >>> print(relative_position_bucket(jnp.array([-200, -16, -8, -7, 0, 7, 8, 16, 200])))
    [15 10  8  7  0 23 24 26 31]
    """
    one_way = buckets // 2 if bidirectional else buckets
    exact = one_way // 2
    distance = jnp.abs(relative) if bidirectional else jnp.maximum(-relative, 0)
    edges = [_edge(step, one_way - exact, exact, max_distance) for step in range(1, one_way - exact)]
    far = exact + sum((distance >= edge).astype(relative.dtype) for edge in edges)
    bucket = jnp.where(distance < exact, distance, far)
    return bucket + jnp.where(relative > 0, one_way, 0) if bidirectional else bucket


@checked
def t5_bias(
    table: Float[Array, "buckets h"],
    n: int,
    m: int | None = None,
    bidirectional: bool = True,
    max_distance: int = 128,
    align: Align = "top-left",
) -> Float[Array, "h n m"]:
    r"""Head $h$ adds `table[bucket(j - i), h]` to the score of query $i$ and key $j$.

    T5 itself does not divide its scores by $\sqrt d$: use with `scale=1`.
    """
    relative = keys_minus_queries(n, m, align)
    bucket = relative_position_bucket(relative, bidirectional, table.shape[0], max_distance)
    return jnp.moveaxis(table[bucket], -1, 0)


def _edge(step: int, steps: int, exact: int, max_distance: int) -> int:
    """The least r with steps * log(r / exact) >= step * log(max_distance / exact)."""
    r = exact
    while r**steps * exact**step < max_distance**step * exact**steps:
        r += 1
    return r
