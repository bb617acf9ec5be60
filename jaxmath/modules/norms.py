"""Norms with their parameters."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.invariants import has_unit_rms
from jaxmath.kernels._numeric import wide
from jaxmath.modules._checking import ensure, is_checking
from jaxmath.modules._configs import NormConfig
from jaxmath.modules._linear import param

NORMS: dict[str, Callable[..., Array]] = {"layer": kernels.layer_norm, "rms": kernels.rms_norm}


class Norm(nnx.Module):
    """A norm along the last axis, in float32 at least.

    Attributes:
      weight: of the shape given, or `None`.
      bias: likewise.
      normalise: the function computed, of the arguments of `jaxmath.definitions.layer_norm` or `rms_norm`.
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
        self._ensure(x)
        weight = None if self.weight is None else self.weight[...].astype(wide(x)) + self.config.stored_less
        bias = None if self.bias is None else self.bias[...].astype(wide(x))
        if bias is None and (weight is None or weight.ndim == 1):
            return self.normalise(x, weight, eps=self.config.eps)
        if weight is not None and weight.ndim == 1 and self.config.kind == "layer":
            return self.normalise(x, weight, bias, eps=self.config.eps)
        y = self.normalise(x.astype(wide(x)), eps=self.config.eps)
        y = y if weight is None else y * jnp.broadcast_to(weight, y.shape)
        return (y if bias is None else y + jnp.broadcast_to(bias, y.shape)).astype(x.dtype)

    def _ensure(self, x: Array) -> None:
        if not is_checking():
            return
        x = x.astype(wide(x))
        y = self.normalise(x, eps=self.config.eps)
        centred = x - x.mean(-1, keepdims=True) if self.config.kind == "layer" else x
        square = jnp.square(centred).mean(-1, keepdims=True)
        # With the share that epsilon takes put back, mean squares are one.
        whole = y * jnp.sqrt((square + self.config.eps) / jnp.where(square > 0, square, 1))
        ensure(has_unit_rms, "a norm", jnp.where(square > 0, whole, 1))
