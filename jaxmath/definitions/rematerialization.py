r"""Rematerialization: values are computed anew in the backward pass in place of being kept.

Source: Chen, Xu, Zhang & Guestrin, *Training deep nets with sublinear memory cost* (2016), arXiv:1604.06174.
Claims: `jaxmath.claims.rematerialization`.
"""

import functools
from collections.abc import Callable, Sequence

import jax
from jaxtyping import Array

Layer = Callable[[Array], Array]


def chain(layers: Sequence[Layer], x: Array) -> Array:
    """Layers one after the other.

    >>> import jax.numpy as jnp
    >>> print(chain([jnp.square, jnp.negative], jnp.array(3.0)))
    -9.0
    """
    return functools.reduce(lambda x, layer: layer(x), layers, x)


def rematerialized(layers: Sequence[Layer], x: Array, segment: int) -> Array:
    """The same function, of which the backward pass finds only the inputs of segments.

    Args:
      layers: the layers.
      x: their input.
      segment: how many layers are computed anew at a time.

    >>> import jax.numpy as jnp
    >>> print(rematerialized([jnp.square, jnp.negative], jnp.array(3.0), 1))
    -9.0
    """
    parts = [tuple(layers[i : i + segment]) for i in range(0, len(layers), segment)]
    return chain([jax.checkpoint(functools.partial(chain, part)) for part in parts], x)


def kept_values(layers: int, segment: int) -> int:
    r"""How many values there are at once, $\lceil n / k \rceil + k$: inputs of segments, and one segment.

    Args:
      layers: $n$.
      segment: $k$.

    >>> kept_values(100, 10)
    20
    """
    return -(-layers // segment) + segment
