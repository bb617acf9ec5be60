"""The mean loss of random vectors, table and targets, in JAX."""

import functools
from collections.abc import Callable
from typing import Any

import jax


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, which closes over the targets, and its arguments."""
    n, d, v = (setting[axis] for axis in ("tokens", "width", "words"))
    keys = jax.random.split(jax.random.key(0), 3)
    x = jax.random.normal(keys[0], (n, d), setting["dtype"])
    table = jax.random.normal(keys[1], (v, d), setting["dtype"]) * 0.02
    targets = jax.random.randint(keys[2], (n,), 0, v)
    return functools.partial(method, targets=targets), (x, table)
