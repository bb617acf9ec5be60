"""A norm of random vectors with its parameters, in JAX."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def problem(setting: dict[str, Any], method: dict[str, Callable[..., Any]]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method for the kind of norm, and its arguments."""
    n, d, dtype = setting["rows"], setting["width"], setting["dtype"]
    x = jax.random.normal(jax.random.key(0), (n, d), dtype)
    both = (jnp.ones(d, dtype), jnp.zeros(d, dtype))
    return method[setting["kind"]], (x, *both[: 2 if setting["kind"] == "layer" else 1])
