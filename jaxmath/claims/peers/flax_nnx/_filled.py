"""Modules with given parameters."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx

from jaxmath.definitions import MultiHeadParams


def filled(make: Callable[[], Any], **state: Any) -> Any:
    """The module that `make` builds, with the given state in place of its own; nothing is initialised."""
    graph, own = nnx.split(nnx.eval_shape(make))
    nnx.replace_by_pure_dict(own, state)
    return nnx.merge(graph, own)


def projections(params: MultiHeadParams) -> dict[str, Any]:
    """The textbook's parameters as the state of `nnx.MultiHeadAttention`."""
    inward = (("query", params.wq, params.bq), ("key", params.wk, params.bk), ("value", params.wv, params.bv))
    out = {"out": dict(kernel=params.wo, bias=params.bo)}
    return out | {name: dict(kernel=jnp.swapaxes(w, 0, 1), bias=b) for name, w, b in inward}
