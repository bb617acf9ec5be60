r"""Loss scaling: gradients in half precision that would be rounded to zero are computed larger.

Source: Micikevicius et al., *Mixed precision training* (2017), arXiv:1710.03740, section 3.2.
Claims: `jaxmath.claims.loss_scaling`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions._scalar import Scalar


class LossScale(NamedTuple):
    """A scale that is found while training.

    Attributes:
      scale: what the loss is multiplied by.
      steps: how many steps there were since it last changed.
    """

    scale: Float[Array, ""]
    steps: Int[Array, ""]


def scaled_grad(loss: Callable[[Any], Array], params: Any, scale: Scalar) -> Any:
    r"""$\nabla (c\, \ell) / c$, the division in float32 or wider.

    Args:
      loss: of the parameters, a number.
      params: in the precision of the backward pass.
      scale: $c$.

    >>> half = jnp.array(1.0, jnp.float16)
    >>> print(scaled_grad(lambda x: (x * 1e-8).astype(jnp.float16), half, 1.0))
    0.0
    """

    def scaled(params: Any) -> Array:
        value = loss(params)
        return value * jnp.asarray(scale, value.dtype)

    def back(slope: Array) -> Array:
        wide = slope.dtype if slope.dtype.itemsize >= 4 else jnp.float32
        return slope.astype(wide) / jnp.asarray(scale, wide)

    return jax.tree.map(back, jax.grad(scaled)(params))


def adjusted_scale(state: LossScale, finite: Bool[Array, ""], patience: int = 2000) -> LossScale:
    """Half the scale after a gradient that is not finite, twice the scale after many that are.

    Args:
      state: the scale.
      finite: whether the gradient had no infinity and no NaN; its step is left out otherwise.
      patience: how many.

    >>> state = LossScale(jnp.array(8.0), jnp.array(0))
    >>> print(adjusted_scale(state, jnp.array(False)).scale)
    4.0
    """
    steps = state.steps + 1
    grown = steps >= patience
    scale = jnp.where(finite, jnp.where(grown, state.scale * 2, state.scale), state.scale / 2)
    return LossScale(scale, jnp.where(finite & ~grown, steps, 0))
