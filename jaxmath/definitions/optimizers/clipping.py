r"""Clipping: gradients that are too long are shortened.

Source: Pascanu, Mikolov & Bengio, *On the difficulty of training recurrent neural networks* (2012),
arXiv:1211.5063, algorithm 1.
Claims: `jaxmath.claims.optimizers`.
"""

from typing import TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from jaxmath.definitions._scalar import Scalar

Grads: TypeAlias = PyTree[Float[Array, "..."]]


def global_norm(grads: Grads) -> Float[Array, ""]:
    r"""The Euclidean norm of all entries of all arrays, $\sqrt{\sum g^2}$.

    >>> print(global_norm([jnp.array([3.0]), jnp.array([[4.0]])]))
    5.0
    """
    return jnp.sqrt(sum((g**2).sum() for g in jax.tree.leaves(grads)))


def clip_by_global_norm(grads: Grads, limit: Scalar) -> Grads:
    r"""Shorten to the length `limit`, if longer: $g' = g \min(1, c / \lVert g \rVert)$.

    >>> print(clip_by_global_norm([jnp.array([3.0]), jnp.array([4.0])], 1.0))
    [Array([0.6], dtype=float32), Array([0.8], dtype=float32)]
    """
    norm = global_norm(grads)
    long = norm > limit
    scale = jnp.where(long, limit / jnp.where(long, norm, 1), 1)
    return jax.tree.map(lambda g: scale * g, grads)
