"""Attention of random queries, keys and values, in JAX."""

from typing import Any

import jax

from attention.method import Method, Setting, heads, shapes


def problem(setting: Setting, method: Method) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method and its arguments."""
    keys = jax.random.split(jax.random.key(0), 3)
    groups = heads(setting)[1]

    def drawn(key, shape):
        return method.to(jax.random.normal(key, shape, setting["dtype"]), groups)

    args = [
        jax.jit(drawn, static_argnums=1)(key, shape) for key, shape in zip(keys, shapes(setting), strict=True)
    ]
    return method.attend(setting), tuple(args)
