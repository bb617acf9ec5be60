r"""The residual stream: a sublayer adds to what it reads.

Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.1 (norm after the sum);
Xiong et al., *On layer normalization in the transformer architecture* (2020), arXiv:2002.04745,
table 1 (norm before the sublayer).
Claims: `jaxmath.claims.residual`.
"""

from collections.abc import Callable
from typing import Literal

from jaxtyping import Array

Layer = Callable[[Array], Array]
Placement = Literal["post", "pre"]


def residual(x: Array, sublayer: Layer, norm: Layer, placement: Placement) -> Array:
    r"""Add a sublayer: $\mathrm{norm}(x + f(x))$ for "post", $x + f(\mathrm{norm}(x))$ for "pre".

    Raises:
      ValueError: if there is no such placement.
    """
    if placement == "post":
        return norm(x + sublayer(x))
    if placement == "pre":
        return x + sublayer(norm(x))
    raise ValueError(
        f'residual: placement must be "post" (norm after the sum) or "pre" (norm before the sublayer), '
        f"but it is {placement!r}."
    )
