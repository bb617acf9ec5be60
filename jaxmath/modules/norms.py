"""Norms with their parameters."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.invariants import has_unit_rms
from jaxmath.kernels._numeric import wide
from jaxmath.modules._checking import ensure, is_checking
from jaxmath.modules._configs import NormConfig
from jaxmath.modules._linear import param

NORMS: dict[str, Callable[..., Array]] = {"layer": definitions.layer_norm, "rms": definitions.rms_norm}


class Norm(nnx.Module):
    """A norm along the last axis, in float32 at least.

    Attributes:
      weight: of the shape given, or `None`.
      bias: likewise.
      normalise: the function computed, `definitions.layer_norm` or `definitions.rms_norm`; takes the
        vectors, then `eps` by name.
    """

    def __init__(
        self, config: NormConfig, shape: tuple[int, ...] | int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32
    ):
        """Make one.

        Args:
          config: what it is.
          shape: of the weight: the width, and axes before it that share no weights.
          rngs: not used: parameters begin as ones and zeros.
          dtype: of the parameters.
        """
        shape = (shape,) if isinstance(shape, int) else shape
        axes = ("heads",) * (len(shape) - 1) + ("embed",)
        one = 1 - config.stored_less
        self.weight = param(rngs, shape, axes, dtype, fill=one) if config.weight else None
        self.bias = param(rngs, shape, axes, dtype, fill=0) if config.bias else None
        self.config = config
        self.normalise = NORMS[config.kind]

    def __call__(self, x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
        """Every vector at unit size, then scaled and shifted."""
        x, dtype = x.astype(wide(x)), x.dtype
        y = self.normalise(x, eps=self.config.eps)
        self._ensure(x, y)
        if self.weight is not None:
            weight = self.weight[...].astype(y.dtype) + self.config.stored_less
            y = y * jnp.broadcast_to(weight, y.shape)
        if self.bias is not None:
            y = y + jnp.broadcast_to(self.bias[...].astype(y.dtype), y.shape)
        return y.astype(dtype)

    def _ensure(self, x: Array, y: Array) -> None:
        if not is_checking():
            return
        centred = x - x.mean(-1, keepdims=True) if self.config.kind == "layer" else x
        square = jnp.square(centred).mean(-1, keepdims=True)
        # With the share that epsilon takes put back, mean squares are one.
        whole = y * jnp.sqrt((square + self.config.eps) / jnp.where(square > 0, square, 1))
        ensure(has_unit_rms, "a norm", jnp.where(square > 0, whole, 1))
