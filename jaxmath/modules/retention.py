"""Retention with its parameters."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array

from jaxmath import definitions, kernels
from jaxmath.kernels._numeric import wide
from jaxmath.modules._configs import RecurrentConfig
from jaxmath.modules._recurrent import Here, Recurrent, zero_elsewhere


class Retention(Recurrent):
    r"""Many heads that forget, each at a rate of its own: $S_t = \gamma_h S_{t - 1} + k_t v_t^\top$.

    Source: Sun et al., *Retentive network* (2023), arXiv:2307.08621, section 2, without rotations and gate.

    Attributes:
      q: projection to queries, which are divided by the root of their width.
      k: projection to keys.
      v: projection to values.
      out: projection back.
      norm: of what heads answer, or `None`.
      retain: the function computed, of the arguments of `jaxmath.kernels.retention_from`.
    """

    def __init__(
        self, config: RecurrentConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
        """
        super().__init__(config, d, rngs=rngs, dtype=dtype, std=std)
        self.retain: Callable[..., Any] = kernels.retention_from

    def _read(self, state: Any, x: Array, here: Here, q: Array, k: Array, v: Array) -> tuple[Any, Array]:
        q = q / jnp.sqrt(jnp.asarray(self.config.d, q.dtype))
        decays = definitions.retention_log_decays(self.config.heads).astype(wide(k))
        decays = zero_elsewhere(jnp.broadcast_to(decays[None, :, None], k.shape[:-1]), here)
        found: tuple[Any, Array] = self.retain(
            state, q, zero_elsewhere(k, here), v, decays, chunk=self.config.chunk
        )
        return found
