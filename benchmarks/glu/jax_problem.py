"""A SwiGLU network on random vectors, in JAX."""

from collections.abc import Callable
from typing import Any

import jax


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, and its arguments: vectors, gate, up, down."""
    n, d, f = (setting[axis] for axis in ("tokens", "width", "hidden"))
    keys = jax.random.split(jax.random.key(0), 4)
    shapes = ((n, d), (d, f), (d, f), (f, d))

    def drawn(key, shape):
        scale = 1 if shape == (n, d) else shape[0] ** -0.5
        return jax.random.normal(key, shape, setting["dtype"]) * scale

    return method, tuple(drawn(key, shape) for key, shape in zip(keys, shapes, strict=True))
