"""Attention over parts of the keys, put together."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def merge(
    parts: Sequence[tuple[Float[Array, "*b n e"], Float[Array, "*b n"]]],
) -> tuple[Float[Array, "*b n e"], Float[Array, "*b n"]]:
    r"""Attention over a union of disjoint sets of keys, from attention over each.

    $$ L = \log \sum_t e^{L_t}, \qquad a = \sum_t e^{L_t - L} a_t; $$

    at most one of the parts may count a sink.

    Args:
      parts: pairs of means and log-denominators, as `attention(..., return_lse=True)` returns them.
    """
    lse = jnp.stack([x for _, x in parts])
    top = jnp.max(lse, 0)
    base = jax.lax.stop_gradient(jnp.where(top == -jnp.inf, 0, top))
    weights = jnp.exp(lse - base[None])
    total = weights.sum(0)
    seen = total > 0
    safe = jnp.where(seen, total, 1)
    means = sum((w / safe)[..., None] * a.astype(lse.dtype) for w, (a, _) in zip(weights, parts, strict=True))
    return means.astype(parts[0][0].dtype), jnp.where(seen, base + jnp.log(safe), -jnp.inf)
