"""A mixture of experts with its router on random vectors, in JAX."""

from collections.abc import Callable
from typing import Any

import jax
from flax import nnx

from jaxmath.modules import Mixture, MixtureConfig


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The module with the function of a method in it, and vectors; the module itself is an argument."""
    n, d, f, e = (setting[axis] for axis in ("tokens", "width", "hidden", "experts"))
    config = MixtureConfig(e, setting["chosen"], f, normalise=True)
    module = Mixture(config, d, rngs=nnx.Rngs(0), dtype=setting["dtype"])
    module.mix = method
    x = jax.random.normal(jax.random.key(0), (n, d), setting["dtype"])
    return lambda module, x: module(x), (module, x)
