"""Which weights dropout keeps: bits counted by query and key, the same in every pass and any blocking."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.random import threefry2x32_p
from jaxtyping import Array, Bool


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


def keep(words: jax.Array, rows: jax.Array, columns: jax.Array, rate: float) -> jax.Array:
    """Which weights dropout keeps: 32 random bits for every pair, counted by query and key."""
    counted = (rows.astype(jnp.uint32), columns.astype(jnp.uint32))
    bits, _ = threefry2x32_p.bind(*jnp.broadcast_arrays(words[..., 0], words[..., 1], *counted))
    return bits >= jnp.uint32(min(round(rate * 2**32), 2**32 - 1))
