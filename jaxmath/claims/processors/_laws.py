"""Laws over a few tokens with whole-number weights, and the sets that processors keep of them."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

Process = Callable[..., Any]


def laws(v: int, total: int) -> list[np.ndarray]:
    """All sets of v different positive weights with a sum, each in some order."""
    parts = [c for c in itertools.combinations(range(1, total), v) if sum(c) == total]
    rng = np.random.default_rng(0)
    return [rng.permutation(np.array(part)) for part in parts]


def logits_of(weights: np.ndarray) -> Array:
    """Scores of a law, in the widest type."""
    return jnp.log(jnp.asarray(weights, jnp.result_type(float)))


def kept(process: Process, weights: np.ndarray, *args: Any) -> np.ndarray:
    """Which tokens of a law a processor keeps."""
    return np.asarray(process(logits_of(weights), *args)) > -np.inf


def subsets(v: int) -> Iterator[np.ndarray]:
    """All sets of tokens that are not empty."""
    for bits in itertools.product((False, True), repeat=v):
        if any(bits):
            yield np.array(bits)
