"""Dropout's randomness, and attention over parts of the keys put together."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.kernels.attention._tiles import keep


def words(key: Any, lead: tuple[int, ...]) -> jax.Array:
    """Two words of randomness for every leading index."""
    count = math.prod(lead)
    keys = jax.vmap(lambda h: jax.random.bits(jax.random.fold_in(key, h), (2,), jnp.uint32))(
        jnp.arange(count)
    )
    return keys.reshape(*lead, 2)


def dropout_mask(
    key: Any, rate: float | int, lead: tuple[int, ...], n: int, m: int
) -> Bool[Array, "*lead n m"]:
    """Which weights `attention` keeps, given its `dropout_key`; `lead` are the broadcast leading axes."""
    random = words(key, lead)[..., None, None, :]
    ones = (1,) * len(lead)
    rows, columns = jnp.arange(n).reshape(*ones, n, 1), jnp.arange(m).reshape(*ones, 1, m)
    return keep(random, rows, columns, float(rate))


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
