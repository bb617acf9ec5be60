"""Tokens after a random prompt by a model of GPT-2's kind, in JAX."""

from collections.abc import Callable
from typing import Any

import jax
from training.sizes import gpt2

import jaxmath


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, and its arguments: a model and a prompt."""
    sizes = gpt2({**setting, "length": 1024})
    model = jax.jit(lambda: jaxmath.models.init(sizes, jax.random.key(0), setting["dtype"]))()
    ids = jax.random.randint(jax.random.key(1), (setting["batch"], setting["prompt"]), 0, setting["words"])
    return lambda model, ids: method(model, ids, setting["steps"]), (model, ids)
