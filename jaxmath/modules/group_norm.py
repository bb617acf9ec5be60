"""Group norm with its parameters."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions, notation
from jaxmath.kernels._numeric import wide
from jaxmath.modules._linear import param


class GroupNorm(nnx.Module):
    """A group norm of every item of a batch, in float32 at least.

    Attributes:
      weight: `[d]`.
      bias: `[d]`.
      normalise: the function computed, of the arguments of `jaxmath.definitions.group_norm`.
    """

    def __init__(self, groups: int, d: int, *, rngs: nnx.Rngs, eps: float = 1e-5, dtype: Any = jnp.float32):
        """Make one.

        Args:
          groups: how many; they divide the channels.
          d: channels.
          rngs: not used: parameters begin as ones and zeros.
          eps: added to the variance.
          dtype: of the parameters.
        """
        self.weight = param(rngs, (d,), ("embed",), dtype, fill=1)
        self.bias = param(rngs, (d,), ("embed",), dtype, fill=0)
        self.groups, self.eps = groups, eps
        self.normalise: Callable[..., Array] = definitions.group_norm

    def __call__(self, x: Float[Array, "b *shape d"]) -> Float[Array, "b *shape d"]:
        """Every group of channels at unit size over the positions of its item, then scaled and shifted."""
        notation.check("GroupNorm", weight=(self.weight[...], "d"), x=(x, "b ... d"))
        weight, bias = (y[...].astype(wide(x)) for y in (self.weight, self.bias))
        one = functools.partial(self.normalise, groups=self.groups, weight=weight, bias=bias, eps=self.eps)
        return jax.vmap(one)(x.astype(wide(x))).astype(x.dtype)
