"""Multi-head latent attention."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.kernels._few_vectors import apart
from jaxmath.modules._cache import Kept, Latent, lengthen
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
        self, x: Float[Array, "b n d"], context: Context, cache: Kept | None = None
    ) -> tuple[Float[Array, "b n d"], Kept | None]:
        """The answers, and the cache with the new keys and values, or latent vectors.

        With a cache of latent vectors, matrices of keys and values are absorbed into a single query and its
        answer; for several queries, keys and values are made of all latent vectors.
        """
        config, n = self.config, x.shape[1]
        q = to_heads(self._queries(x), config.heads, config.d + config.rotary.d)
        still, turned = q[..., : config.d], self._turn(q[..., config.d :], context)
        latent, shared = jnp.split(self.kv_down(x), [config.rank], -1)
        latent, shared = to_heads(self.kv_norm(latent), 1, config.rank), to_heads(shared, 1, config.rotary.d)
        rows = jnp.concatenate([latent, self._turn(shared, context)], -1)
        if isinstance(cache, Latent) and context.at is not None:
            cache = lengthen(cache, rows, context.at)
            rows = cache.rows.astype(x.dtype)
            if n == 1:
                return self._absorbed(still, turned, rows, context), cache
            return self._answer(still, turned, *self._made(rows), context), cache
        k, v, _, pair = remember(cache, *self._made(rows), context.at)  # type: ignore[arg-type]
        return self._answer(still, turned, k, v, context), pair

    def _answer(self, still: Array, turned: Array, k: Array, v: Array, context: Context) -> Array:
        q = jnp.concatenate([still, turned], -1)
        given = {"scale": self.config.scale} | reach(context, q.shape[-2], True)
        return self.out(from_heads(look(self.attend, q, k, v, context.record, False, **given)))

    def _absorbed(self, still: Array, turned: Array, rows: Array, context: Context) -> Array:
        """All heads ask the same latent vectors, and turn their means to values afterwards."""
        config = self.config
        to_keys = self.k.weight[...].reshape(config.rank, config.heads, config.d)
        to_values = self.v.weight[...].reshape(config.rank, config.heads, config.e)
        q = jnp.concatenate([jnp.einsum("bhznd,chd->bhznc", *apart(still, to_keys)), turned], -1)

        def attend(q: Array, k: Array, v: Array, **given: Any) -> Array:
            means: Array = self.attend(q.swapaxes(1, 2), k, v, **given)
            return means.swapaxes(1, 2)

        def values(means: Array) -> Array:
            return jnp.einsum("bhznc,che->bhzne", *apart(means, to_values))

        given = {"scale": config.scale} | reach(context, q.shape[-2], True)
        latent = rows[..., : config.rank]
        means = look(attend, q, rows, latent, context.record, False, after=values, **given)
        return self.out(from_heads(means))

    def _made(self, rows: Array) -> tuple[Array, Array]:
        """Keys and values of latent vectors and turned keys."""
        config = self.config
        latent = rows[:, 0, 0, :, : config.rank]
        k, v = (
            to_heads(self.k(latent), config.heads, config.d),
            to_heads(self.v(latent), config.heads, config.e),
        )
        shared = jnp.broadcast_to(rows[..., config.rank :], (*k.shape[:-1], config.rotary.d))
        return jnp.concatenate([k, shared], -1), v

    def _queries(self, x: Array) -> Array:
        if self.q_down is None or self.q_norm is None:
            return self.q(x)
        return self.q(self.q_norm(self.q_down(x)))

    def _turn(self, x: Array, context: Context) -> Array:
        config = self.config.rotary
        return turn(x, config, context.angles[config])
