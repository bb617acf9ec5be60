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

    def state(self, rows: int, dtype: Any = jnp.float32) -> LinearState:
        """That of nothing read.

        Args:
          rows: of the batch.
          dtype: of the sums.
        """
        sums = super().state(rows, dtype)
        return sums, jnp.zeros(sums.shape[:-1], dtype)

    def _read(self, state: Any, x: Array, here: Here, q: Array, k: Array, v: Array) -> tuple[Any, Array]:
        q, k = self.features(q), self.features(k)
        if here is not None:
            return self._among(here, state, q, k, v)
        found: tuple[LinearState, Array] = self.attend(state, q, k, v, chunk=self.config.chunk)
        return found

    def _among(self, here: Array, state: LinearState, *heads: Array) -> tuple[LinearState, Array]:
        """Tokens come first, so that nobody divides by the sum of no keys."""
        order = jnp.argsort(~here, 1, stable=True)[:, None, :, None]
        some = here.any(1)
        alone = ~some[:, None]  # without a token, what is there instead is read and forgotten
        q, k, v = (jnp.take_along_axis(x, order, 2) for x in heads)
        k = zero_elsewhere(k, jnp.take_along_axis(here, order[:, 0, :, 0], 1) | alone)
        after, means = self.attend(state, q, k, v, chunk=self.config.chunk)
        sums, keys = (
            jnp.where(some.reshape(-1, *(1,) * (x.ndim - 1)), x, y.astype(x.dtype))
            for x, y in zip(after, state, strict=True)
        )
        return (sums, keys), jnp.take_along_axis(means, jnp.argsort(order, 2), 2)
