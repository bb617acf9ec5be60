"""Multi-head latent attention."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.modules._cache import Pair
from jaxmath.modules._configs import LatentConfig
from jaxmath.modules._linear import Linear
from jaxmath.modules.attention._parts import Context, from_heads, look, reach, remember, to_heads
from jaxmath.modules.norms import Norm
from jaxmath.modules.rotary import turn


class LatentAttention(nnx.Module):
    """Keys and values out of one narrow latent vector a position, with one turned key for all heads.

    Source: DeepSeek-AI, *DeepSeek-V2* (2024), arXiv:2405.04434, section 2.1.

    Attributes:
      q_down: to the latent of queries, or `None`.
      q_norm: norm of that latent, or `None`.
      q: to queries, turned entries last.
      kv_down: to the latent of keys and values, and the turned key.
      kv_norm: norm of that latent.
      k: from the latent to keys.
      v: from the latent to values.
      out: projection back.
      attend: the function computed.
    """

    def __init__(
        self, config: LatentConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one; the arguments are those of `Attention`."""
        h, turned, bias = config.heads, config.rotary.d, config.bias
        how = {"rngs": rngs, "dtype": dtype, "std": std}
        self.config = config
        latent = config.query_rank
        self.q_down = None if latent is None else Linear(d, latent, bias=bias, **how)
        self.q_norm = None if latent is None else Norm(config.norm, latent, rngs=rngs, dtype=dtype)
        self.q = Linear(latent or d, h * (config.d + turned), bias=False, **how)
        self.kv_down = Linear(d, config.rank + turned, bias=bias, **how)
        self.kv_norm = Norm(config.norm, config.rank, rngs=rngs, dtype=dtype)
        self.k = Linear(config.rank, h * config.d, bias=False, **how)
        self.v = Linear(config.rank, h * config.e, bias=False, **how)
        self.out = Linear(h * config.e, d, bias=bias, **how)
        self.attend: Callable[..., Any] = kernels.attention

    def __call__(
        self, x: Float[Array, "b n d"], context: Context, cache: Pair | None = None
    ) -> tuple[Float[Array, "b n d"], Pair | None]:
        """The answers, and the cache with the new keys and values."""
        config = self.config
        q = to_heads(self._queries(x), config.heads, config.d + config.rotary.d)
        q = self._join(q[..., : config.d], q[..., config.d :], context)
        latent, shared = jnp.split(self.kv_down(x), [config.rank], -1)
        latent = self.kv_norm(latent)
        k = to_heads(self.k(latent), config.heads, config.d)
        k = self._join(k, to_heads(shared, 1, config.rotary.d), context)
        v = to_heads(self.v(latent), config.heads, config.e)
        k, v, cache = remember(cache, k, v, context.at)
        given = {"causal": True, "scale": config.scale} | reach(context, x.shape[1], True)
        means = look(self.attend, q, k, v, context.record, False, **given)
        return self.out(from_heads(means)), cache

    def _queries(self, x: Array) -> Array:
        if self.q_down is None or self.q_norm is None:
            return self.q(x)
        return self.q(self.q_norm(self.q_down(x)))

    def _join(self, still: Array, turned: Array, context: Context) -> Array:
        """Entries that do not turn, then those that do."""
        config = self.config.rotary
        turned = turn(turned, config, context.angles[config])
        return jnp.concatenate([still, jnp.broadcast_to(turned, (*still.shape[:-1], config.d))], -1)
