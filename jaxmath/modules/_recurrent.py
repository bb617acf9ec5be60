"""What modules with a state of fixed size share: all but what they read into it."""

import abc
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from jaxmath import notation
from jaxmath.invariants import is_finite
from jaxmath.kernels._numeric import wide
from jaxmath.modules._checking import ensure
from jaxmath.modules._configs import RecurrentConfig
from jaxmath.modules._linear import Linear
from jaxmath.modules._record import Record
from jaxmath.modules.attention._parts import from_heads, to_heads
from jaxmath.modules.norms import Norm

Here = Bool[Array, "b n"] | None


class Recurrent(nnx.Module):
    """Queries, keys and values of heads, and the way back.

    Attributes:
      q: projection to queries.
      k: projection to keys.
      v: projection to values.
      out: projection back.
      norm: of what heads answer, or `None`.
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
        h, k, e = config.heads, config.d, config.e or config.d
        how: dict[str, Any] = {"rngs": rngs, "dtype": dtype, "std": std, "axes": ("embed", "heads")}
        self.config = config
        self.q = Linear(d, h * k, bias=config.bias, **how)
        self.k = Linear(d, h * k, bias=config.bias, **how)
        self.v = Linear(d, h * e, bias=config.bias, **how)
        self.out = Linear(h * e, d, bias=config.out_bias, **(how | {"axes": ("heads", "embed")}))
        self.norm = None if config.norm is None else Norm(config.norm, (h, e), rngs=rngs, dtype=dtype)

    @staticmethod
    def empty(config: RecurrentConfig, rows: int, dtype: Any = jnp.float32) -> Any:
        """The state of nothing read: a matrix `[b, h, k, e]` for every row and head.

        Args:
          config: of the module.
          rows: of the batch.
          dtype: of the sums.
        """
        return jnp.zeros((rows, config.heads, config.d, config.e or config.d), dtype)

    def state(self, rows: int, dtype: Any = jnp.float32) -> Any:
        """That of nothing read, as this module takes it; the arguments are those of `empty`."""
        return self.empty(self.config, rows, dtype)

    def __call__(
        self, x: Float[Array, "b n d"], state: Any = None, here: Here = None, record: Record | None = None
    ) -> tuple[Float[Array, "b n d"], Any]:
        """The answers, and the state after the last position.

        Args:
          x: one vector a position.
          state: what was read before; nothing if left out.
          here: which positions hold a token; others leave the state as it is, and their answers mean nothing.
          record: where intermediate values go.
        """
        name = type(self).__name__
        notation.check(name, x=(x, "b n d"), **({} if here is None else {"here": (here, "b n")}))
        state = self.state(x.shape[0], wide(x)) if state is None else state
        state, answers = self._read(state, x, here, *self._heads(x))
        return self._answer(answers, state, record or Record()), state

    @abc.abstractmethod
    def _read(self, state: Any, x: Array, here: Here, q: Array, k: Array, v: Array) -> tuple[Any, Array]:
        """The next state, and what heads answer."""

    def _heads(self, x: Float[Array, "b n d"]) -> tuple[Array, Array, Array]:
        """Queries, keys and values, `[b, h, n, ...]`."""
        e = self.config.e or self.config.d
        parts = ((self.q, self.config.d), (self.k, self.config.d), (self.v, e))
        q, k, v = (to_heads(f(x), self.config.heads, width)[:, :, 0] for f, width in parts)
        return q, k, v

    def _answer(self, means: Float[Array, "b h n e"], state: Any, record: Record) -> Float[Array, "b n d"]:
        """What heads answer, back in the model's width."""
        for part in jax.tree.leaves(state):
            ensure(is_finite, "a state", part)
        if self.norm is not None:
            means = self.norm(means.swapaxes(1, 2)).swapaxes(1, 2)
        return self.out(from_heads(record.through("heads", means)[:, :, None]))


def zero_elsewhere(x: Array, here: Here) -> Array:
    """Zeros where there is no token; of `[b, h, n]` or `[b, h, n, ...]`."""
    if here is None:
        return x
    return jnp.where(here.reshape(here.shape[0], 1, here.shape[1], *(1,) * (x.ndim - 3)), x, 0)
