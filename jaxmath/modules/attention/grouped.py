"""Attention of many heads, groups of which may share keys and values."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import kernels
from jaxmath.kernels._numeric import wide
from jaxmath.kernels.attention import paged_attention
from jaxmath.modules._cache import Kept, Paged, turn_pages
from jaxmath.modules._configs import AttentionConfig
from jaxmath.modules._linear import Linear, param
from jaxmath.modules.attention._parts import Context, from_heads, look, reach, remember, to_heads
from jaxmath.modules.norms import Norm
from jaxmath.modules.rotary import turn


class Attention(nnx.Module):
    """Attention of many heads: all to their own keys (MHA), in groups (GQA) or to the same (MQA).

    Attributes:
      q: projection to queries; head $h$ of group $g$ of $r$ heads is $g r + h$.
      k: projection to keys.
      v: projection to values.
      out: projection back.
      q_norm: norm of queries, or `None`.
      k_norm: norm of keys, or `None`.
      sink: scores of keys with value zero, or `None`.
      attend: the function computed, `jaxmath.attention` or one that takes its arguments.
      attend_pages: the function computed over a cache in pages, where weights are not captured.
    """

    def __init__(
        self, config: AttentionConfig, d: int, *, rngs: nnx.Rngs, dtype: Any = jnp.float32, std: float = 0.02
    ):
        """Make one.

        Args:
          config: what it is.
          d: width of the model.
          rngs: randomness, not kept.
          dtype: of the parameters.
          std: of the initial weights.
        """
        h, g, k = config.heads, config.groups, config.d
        e = config.e or k
        how = {"rngs": rngs, "dtype": dtype, "std": std, "axes": ("embed", "heads")}
        key_bias = config.bias if config.key_bias is None else config.key_bias
        self.config = config
        self.q = Linear(d, h * k, bias=config.bias, **how)
        self.k = Linear(d, g * k, bias=key_bias, **how)
        self.v = Linear(d, g * e, bias=config.bias, **how)
        self.out = Linear(h * e, d, bias=config.out_bias, **(how | {"axes": ("heads", "embed")}))
        self.q_norm = self._norm(h, rngs, dtype)
        self.k_norm = self._norm(g, rngs, dtype)
        self.sink = param(rngs, (h,), ("heads",), dtype, fill=0) if config.sink else None
        self.attend: Callable[..., Any] = kernels.attention
        self.attend_pages: Callable[..., Any] = paged_attention

    def _norm(self, heads: int, rngs: nnx.Rngs, dtype: Any) -> Norm | None:
        config = self.config
        if config.norm is None:
            return None
        shapes = {"head": (config.d,), "heads": (heads, config.d), "width": (heads * config.d,)}
        return Norm(config.norm, shapes[config.norm_over], rngs=rngs, dtype=dtype)

    def __call__(
        self, x: Float[Array, "b n d"], context: Context, cache: Kept | None = None, cross: bool = False
    ) -> tuple[Float[Array, "b n d"], Kept | None]:
        """The answers, and the cache with the new keys and values.

        Args:
          x: one vector a position.
          context: what else there is to know.
          cache: keys and values before these; of a cross-attention, all of them.
          cross: whether keys come from the other sequence.
        """
        q = self._heads(self.q(x), self.config.heads, self.q_norm, context)
        source = context.memory if cross else x
        if source is None:
            assert cache is not None
            k, v = cache  # type: ignore[misc]
            return self._answer(q, k, v, context, cross), cache
        k = self._heads(self.k(source), self.config.groups, self.k_norm, context)
        v = to_heads(self._clip(self.v(source)), self.config.groups, self.config.e or self.config.d)
        if cross:
            return self._answer(q, k, v, context, cross), (k, v)
        if isinstance(cache, Paged):
            return self._from_pages(q, k, v, context, cache)
        k, v, places, cache = remember(cache, k, v, context.at)  # type: ignore[arg-type]
        return self._answer(q, k, v, context, cross, places), cache

    def _clip(self, x: Array) -> Array:
        return x if self.config.clip is None else jnp.clip(x, -self.config.clip, self.config.clip)

    def _heads(self, x: Array, heads: int, norm: Norm | None, context: Context) -> Array:
        """Queries or keys: normalised, clipped and turned."""
        config, late = self.config, self.config.norm_late
        if norm is not None and not late:
            x = norm(x) if config.norm_over == "width" else _by_head(norm, x, heads)
        x = to_heads(self._clip(x), config.groups, config.d)
        if config.rotary is not None:
            x = turn(x, config.rotary, context.angles[config.rotary])
        return norm(x) if norm is not None and late else x

    def _answer(
        self, q: Array, k: Array, v: Array, context: Context, cross: bool, places: Array | None = None
    ) -> Array:
        config, lead = self.config, q.shape[1:3]
        if cross:
            context = context._replace(seen=context.memory_seen, at=None, bias=None)
        options: dict[str, Any] = {
            "scale": config.scale,
            "soft_cap": config.soft_cap,
            "bias": context.bias,
        }
        options |= reach(context, q.shape[-2], config.causal and not cross, config.window, places)
        if config.slopes is not None:
            options["slopes"] = jnp.asarray(config.slopes, wide(q)).reshape(lead)
        if self.sink is not None:
            options["sink"] = self.sink[...].reshape(lead)
        means = look(self.attend, q, k, v, context.record, config.sink, **options)
        return self.out(from_heads(means))

    def _from_pages(
        self, q: Array, k: Array, v: Array, context: Context, cache: Paged
    ) -> tuple[Array, Paged]:
        config, here, table, lead = self.config, context.here, context.table, q.shape[1:3]
        assert here is not None and table is not None and context.seen is not None
        after = context.seen.sum(1, dtype=int)
        cache = turn_pages(cache, k, v, table, after - here.sum(1, dtype=int), here)
        options: dict[str, Any] = {"scale": config.scale, "soft_cap": config.soft_cap, "bias": context.bias}
        options["window"] = None if config.window is None else config.window[0]
        if config.slopes is not None:
            options["slopes"] = jnp.asarray(config.slopes, wide(q)).reshape(lead)
        if self.sink is not None:
            options["sink"] = self.sink[...].reshape(lead)
        # The kernel takes the last n positions of every row: padding, wherever it is, goes first.
        order = jnp.argsort(here, 1, stable=True)[:, None, None, :, None]
        pools = (cache.k.astype(k.dtype), cache.v.astype(v.dtype))
        means = self.attend_pages(jnp.take_along_axis(q, order, 3), *pools, table, after, **options)
        means = jnp.take_along_axis(means, jnp.argsort(order, 3), 3)
        means = context.record.through("heads", means)
        return self.out(from_heads(means)), cache


def _by_head(norm: Norm, x: Array, heads: int) -> Array:
    b, n, _ = x.shape
    return norm(x.reshape(b, n, heads, -1)).reshape(x.shape)
