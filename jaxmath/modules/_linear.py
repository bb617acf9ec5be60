"""Linear maps, and how parameters are made."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import kernels, notation


def param(
    rngs: nnx.Rngs, shape: tuple[int, ...], axes: tuple[str | None, ...], dtype: Any, **how: Any
) -> Any:
    """A parameter.

    Args:
      rngs: where its randomness comes from.
      shape: its shape.
      axes: a name for each axis, kept as sharding metadata.
      dtype: its dtype.
      **how: `std` of a normal law, or `fill`, a constant.
    """
    if "fill" in how:
        value = jnp.full(shape, how["fill"], dtype)
    else:
        value = how["std"] * jax.random.normal(rngs.params(), shape, dtype)
    return nnx.Param(value, out_sharding=axes, eager_sharding=False)


class Linear(nnx.Module):
    """A linear map of the last axis, $y = x W + b$.

    Attributes:
      weight: `[d, f]`.
      bias: `[f]`, or `None`.
    """

    def __init__(
        self,
        d: int,
        f: int,
        *,
        rngs: nnx.Rngs,
        bias: bool = True,
        dtype: Any = jnp.float32,
        std: float = 0.02,
        axes: tuple[str, str] = ("embed", "mlp"),
    ):
        """Make one.

        Args:
          d: width of what comes in.
          f: width of what goes out.
          rngs: randomness, not kept.
          bias: whether there is one.
          dtype: of the parameters.
          std: of the initial weights.
          axes: names of the two axes, for sharding.
        """
        self.weight = param(rngs, (d, f), axes, dtype, std=std)
        self.bias = param(rngs, (f,), axes[1:], dtype, fill=0) if bias else None

    def __call__(self, x: Float[Array, "*b d"]) -> Float[Array, "*b f"]:
        """The image of every vector."""
        weight = self.weight[...]
        notation.check("Linear", x=(x, "*b d"), weight=(weight, "d f"))
        y: Array = kernels.linear(x, weight, None if self.bias is None else self.bias[...])
        return y
