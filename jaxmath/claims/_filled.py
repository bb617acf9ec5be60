"""Modules whose parameters are the quantified variables of a claim."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array


def filled(make: Callable[[], Any], weights: Array) -> Any:
    """A module with these parameters: one vector, which is cut into them in their order."""
    leaves, tree = jax.tree.flatten(jax.eval_shape(make))
    ends = np.cumsum([x.size for x in leaves])
    pieces = [weights[end - x.size : end].reshape(x.shape) for x, end in zip(leaves, ends, strict=True)]
    return jax.tree.unflatten(tree, pieces)
