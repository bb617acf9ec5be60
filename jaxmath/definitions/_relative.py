r"""Where queries stand among keys."""

from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Int

Align = Literal["top-left", "bottom-right"]


def keys_minus_queries(n: int, m: int | None = None, align: Align = "top-left") -> Int[Array, "n m"]:
    r"""How far key $j$ stands after query $i$.

    Raises:
      ValueError: if there is no such alignment.
    """
    m = n if m is None else m
    if align not in ("top-left", "bottom-right"):
        raise ValueError(
            f'masks: align must be "top-left" (both sequences begin together) or "bottom-right" '
            f"(both end together), but it is {align!r}."
        )
    start = m - n if align == "bottom-right" else 0
    return jnp.arange(m)[None, :] - (start + jnp.arange(n))[:, None]
