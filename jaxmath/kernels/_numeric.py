"""What sums are taken in, and sums over what was repeated."""

from typing import Any

import jax
import jax.numpy as jnp


def wide(x: Any) -> Any:
    """The dtype in which an array is added up: its own, float32 at least."""
    return x.dtype if x.dtype.itemsize > 2 else jnp.float32


def widened(x: jax.Array) -> jax.Array:
    """An array in that dtype."""
    return x.astype(wide(x))


def sum_to(x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Summed over the axes along which `shape` has size one: the transpose of repeating."""
    axes = tuple(a for a, size in enumerate(shape) if size == 1 and x.shape[a] > 1)
    return x.sum(axes, keepdims=True) if axes else x
