"""The feed-forward network with its parameters."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.modules._configs import MlpConfig
from jaxmath.modules._linear import Linear


def _quick_gelu(x: Array) -> Array:
    """The approximation x sigma(1.702 x) of GELU."""
    return x * definitions.sigmoid(1.702 * x)


def _bloom_gelu(x: Array) -> Array:
    """The tanh form of GELU with the root of 2 / pi cut off after eight digits."""
    return x / 2 * (1 + jnp.tanh(0.79788456 * (x + 0.044715 * x**3)))


# Names as checkpoints have them.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "gelu": functools.partial(jax.nn.gelu, approximate=False),
    "gelu_bloom": _bloom_gelu,
    "gelu_fast": definitions.gelu_tanh,
    "gelu_new": definitions.gelu_tanh,
    "gelu_pytorch_tanh": definitions.gelu_tanh,
    "gelu_tanh": definitions.gelu_tanh,
    "quick_gelu": _quick_gelu,
    "relu": definitions.relu,
    "relu2": definitions.relu_squared,
    "silu": definitions.silu,
    "swish": definitions.silu,
    "tanh": jnp.tanh,
}


class Mlp(nnx.Module):
    r"""Each position by itself: $\phi(x W_1 + b_1) W_2 + b_2$, or gated $(\phi(x W) \odot x V) W_2$.

    Attributes:
      gate: the projection that is activated, of a gated network.
      up: the projection that is multiplied by it; without a gate, the one that is activated.
      down: the projection back.
      activation: $\phi$.
    """

    def __init__(
        self, config: MlpConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
        """
        how = {"rngs": rngs, "dtype": dtype, "std": std}
        f, out_bias = config.width, config.bias if config.out_bias is None else config.out_bias
        self.gate = Linear(d, f, bias=config.bias, **how) if config.gated else None
        self.up = Linear(d, f, bias=config.bias, **how)
        self.down = Linear(f, d, bias=out_bias, axes=("mlp", "embed"), **how)
        self.activation = ACTIVATIONS[config.activation]

    def __call__(self, x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
        """The network at every position."""
        if self.gate is None:
            return self.down(self.activation(self.up(x)))
        return self.down(self.activation(self.gate(x)) * self.up(x))
