"""Linear attention with its parameters."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions, kernels
from jaxmath.modules._configs import RecurrentConfig
from jaxmath.modules._recurrent import Here, Recurrent, zero_elsewhere

# Of every row and head: the sums of keys times values, and of keys.
LinearState = tuple[Float[Array, "b h k e"], Float[Array, "b h k"]]


class LinearAttention(Recurrent):
    r"""Causal attention of many heads whose weights are products of features.

    What was read is a state of fixed size, $(\sum_j \phi(k_j) v_j^\top, \sum_j \phi(k_j))$, which goes in and
    comes out: a text may be read at once, in pieces, or one position at a time.

    Source: Katharopoulos et al., *Transformers are RNNs* (2020), arXiv:2006.16236, sections 3.2 to 3.4.

    Attributes:
      q: projection to queries.
      k: projection to keys.
      v: projection to values.
      out: projection back.
      norm: of what heads answer, or `None`.
      features: $\phi$, positive.
      attend: the function computed, of the arguments of `jaxmath.kernels.linear_attention_from`.
    """

    def __init__(
        self, config: RecurrentConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one; the arguments are those of `Retention`."""
        super().__init__(config, d, rngs=rngs, dtype=dtype, std=std)
        self.features: Callable[[Array], Array] = definitions.elu_features
        self.attend: Callable[..., Any] = kernels.linear_attention_from

    @staticmethod
    def empty(config: RecurrentConfig, rows: int, dtype: Any = jnp.float32) -> LinearState:
        """The state of nothing read, both sums; the arguments are those of `Recurrent.empty`."""
        sums = Recurrent.empty(config, rows, dtype)
        return sums, jnp.zeros(sums.shape[:-1], dtype)

    def _read(self, state: Any, x: Array, here: Here, q: Array, k: Array, v: Array) -> tuple[Any, Array]:
        k = zero_elsewhere(self.features(k), here)
        found: tuple[LinearState, Array] = self.attend(state, self.features(q), k, v, chunk=self.config.chunk)
        return found
