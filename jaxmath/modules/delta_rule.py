"""The delta rule with its parameters."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions, kernels
from jaxmath.kernels._numeric import wide
from jaxmath.modules._configs import RecurrentConfig
from jaxmath.modules._linear import Linear
from jaxmath.modules._recurrent import Here, Recurrent, zero_elsewhere


class DeltaRule(Recurrent):
    r"""Many heads whose state is corrected: $S_t = S_{t-1} + \beta_t k_t (v_t - S_{t-1}^\top k_t)^\top$.

    Queries and keys are of unit length; $\beta_t$ is a sigmoid of a projection.

    Source: Yang et al., *Parallelizing linear transformers with the delta rule over sequence length* (2024),
    arXiv:2406.06484, without its convolutions.

    Attributes:
      q: projection to queries.
      k: projection to keys.
      v: projection to values.
      rate: projection to what $\beta$ is a sigmoid of.
      out: projection back.
      norm: of what heads answer, or `None`.
      correct: the function computed, of the arguments of `jaxmath.kernels.delta_rule_from`.
    """

    def __init__(
        self, config: RecurrentConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one; the arguments are those of `Retention`."""
        super().__init__(config, d, rngs=rngs, dtype=dtype, std=std)
        axes = ("embed", "heads")
        self.rate = Linear(d, config.heads, bias=config.bias, rngs=rngs, dtype=dtype, std=std, axes=axes)
        self.correct: Callable[..., Any] = kernels.delta_rule_from

    def _read(self, state: Any, x: Array, here: Here, q: Array, k: Array, v: Array) -> tuple[Any, Array]:
        beta = zero_elsewhere(definitions.sigmoid(self.rate(x)).swapaxes(1, 2), here)
        found: tuple[Any, Array] = self.correct(state, _unit(q), _unit(k), v, beta, chunk=self.config.chunk)
        return found


def _unit(x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
    y = x.astype(wide(x))
    return (y * jax.lax.rsqrt(jnp.square(y).sum(-1, keepdims=True) + 1e-6)).astype(x.dtype)
