r"""Path expansion: two layers of heads as a sum over all ways through them.

Source: Elhage et al., *A mathematical framework for transformer circuits* (2021),
transformer-circuits.pub/2021/framework (two-layer attention-only transformers, virtual attention heads).
Departs from the source: a token is a row, so that matrices stand to the right.
Claims: `jaxmath.claims.path_expansion`.
"""

from typing import NamedTuple

from jaxtyping import Array, Float

from jaxmath.notation import checked


class Paths(NamedTuple):
    """Ways through two layers of heads; all of them add up to the residual stream after both.

    Attributes:
      direct: past all heads.
      first: through one head of the first layer.
      second: through one head of the second layer.
      virtual: through one of each, `virtual[i, j]` through `i` of the first and `j` of the second.
    """

    direct: Float[Array, "n d"]
    first: Float[Array, "h n d"]
    second: Float[Array, "h n d"]
    virtual: Float[Array, "h h n d"]


@checked
def path_expansion(
    x: Float[Array, "n d"],
    first: Float[Array, "h n n"],
    first_ov: Float[Array, "h d d"],
    second: Float[Array, "h n n"],
    second_ov: Float[Array, "h d d"],
) -> Paths:
    r"""Two layers of attention, with their weights $A$ as they were found, as a sum over paths.

    $$ x + \sum_i A_1^i x\, O_1^i + \sum_j A_2^j x\, O_2^j + \sum_{ij} A_2^j A_1^i x\, O_1^i O_2^j $$

    Args:
      x: what enters the first layer.
      first: attention weights of its heads.
      first_ov: their OV circuits.
      second: attention weights of the heads of the second layer.
      second_ov: their OV circuits.
    """
    inner = first @ x[None] @ first_ov
    virtual = second[None] @ inner[:, None] @ second_ov[None]
    return Paths(x, inner, second @ x[None] @ second_ov, virtual)
