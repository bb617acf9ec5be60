"""`dot_product_attention`, with the layout and the arguments of `jax.nn.dot_product_attention`."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.kernels.attention._choice import Implementation
from jaxmath.kernels.attention._face import answer
from jaxmath.kernels.attention._operands import AttentionError


def dot_product_attention(
    query: Float[Array, "*b n h d"],
    key: Float[Array, "*b m g d"],
    value: Float[Array, "*b m g e"],
    bias: Float[Array, "..."] | None = None,
    mask: Bool[Array, "..."] | None = None,
    *,
    scale: Float[Array, ""] | float | int | None = None,
    is_causal: bool = False,
    query_seq_lengths: Int[Array, "*b"] | None = None,
    key_value_seq_lengths: Int[Array, "*b"] | None = None,
    local_window_size: int | Sequence[int] | None = None,
    implementation: Implementation = None,
    return_residual: bool = False,
    segments: Int[Array, "*b n"] | tuple[Int[Array, "*b n"], Int[Array, "*b m"]] | None = None,
    prefix: Int[Array, "*b"] | int | None = None,
    offset: Int[Array, "*b"] | int | None = None,
    sink: Float[Array, " h"] | None = None,
    slopes: Float[Array, " h"] | None = None,
    **options: Any,
) -> Float[Array, "*b n h e"] | tuple[Float[Array, "*b n h e"], Float[Array, "*b n h"]]:
    r"""`jaxmath.attention` where heads come after positions; in place of `jax.nn.dot_product_attention`.

    Takes what `jax.nn.dot_product_attention` takes, any number of batch axes, values of another width,
    and the further options of `jaxmath.attention`. Departs from it in three things:

    * a query that may see nothing gets zeros, with zero derivatives, not the mean of all values;
    * log-denominators (`return_residual`) are float32 (float64 for float64) and differentiable;
    * nothing of size $n m$ is made.

    Args:
      query: `[..., n, h, d]`.
      key: `[..., m, g, d]`; $g$ divides $h$, and head $i$ of queries reads head $\lfloor i g / h \rfloor$.
      value: `[..., m, g, e]`.
      bias: broadcastable to `[..., h, n, m]`.
      mask: broadcastable to `[..., h, n, m]`.
      scale: replaces $1 / \sqrt d$; a number or an array, as in `jaxmath.attention`.
      is_causal: no query sees a key after itself; query 0 stands at key 0 (see `align`, `offset`).
      query_seq_lengths: `[...]`: queries from this one on do not exist.
      key_value_seq_lengths: `[...]`: keys from this one on do not exist.
      local_window_size: `(left, right)`, or one number for both.
      implementation: as in `jaxmath.attention`; `"xla"` stands for `"blockwise"`.
      return_residual: also return the logarithms of the denominators.
      segments: `[..., n]`, or a pair `[..., n]`, `[..., m]`.
      prefix: `[...]`.
      offset: `[...]`.
      sink: one score a head, `[h]`.
      slopes: one ALiBi slope a head, `[h]`.
      **options: the others of `jaxmath.attention`.

    Raises:
      NotationError: if an operand has the wrong dtype, or last axes do not fit.
      AttentionError: if arguments do not go together in another way.
    """
    heads, groups = _heads(query, key, value)
    split = (groups, heads // groups)
    q = jnp.moveaxis(query, -2, -3)
    q = q.reshape(*q.shape[:-3], *split, *q.shape[-2:])
    k, v = (jnp.moveaxis(x, -2, -3)[..., None, :, :] for x in (key, value))
    both = segments if isinstance(segments, tuple) else (segments, segments)
    given = {
        "q": q,
        "k": k,
        "v": v,
        "mask": None if mask is None else _over_pairs("mask", mask, split),
        "bias": None if bias is None else _over_pairs("bias", bias, split),
        "causal": is_causal,
        "window": (local_window_size,) * 2 if isinstance(local_window_size, int) else local_window_size,
        "query_lengths": _over_items(query_seq_lengths),
        "key_lengths": _over_items(key_value_seq_lengths),
        "segments": tuple(None if x is None else x[..., None, None, :] for x in both),
        "prefix": _over_items(prefix),
        "offset": _over_items(offset),
        "scale": scale,
        "sink": None if sink is None else sink.reshape(split),
        "slopes": None if slopes is None else slopes.reshape(split),
        "return_lse": return_residual,
        "implementation": _named(implementation),
    }
    out = answer(given | options, heads_last=True)
    means, lse = out if return_residual else (out, None)
    means = jnp.moveaxis(means.reshape(*means.shape[:-4], heads, *means.shape[-2:]), -3, -2)
    if lse is None:
        return means
    return means, jnp.moveaxis(lse.reshape(*lse.shape[:-3], heads, lse.shape[-1]), -2, -1)


def _heads(query: jax.Array, key: jax.Array, value: jax.Array) -> tuple[int, int]:
    if min(query.ndim, key.ndim, value.ndim) < 3:
        shapes = ", ".join(str(x.shape) for x in (query, key, value))
        raise AttentionError(
            "dot_product_attention: query, key and value must have axes (..., positions, heads, width); "
            f"got {shapes}."
        )
    heads, groups = query.shape[-2], key.shape[-2]
    if value.shape[-2] != groups or not groups or heads % groups:
        raise AttentionError(
            "dot_product_attention: key and value must have equally many heads, query a multiple of that; "
            f"got {heads} of query, {groups} of key, {value.shape[-2]} of value. Axes are (..., positions, "
            "heads, width); for heads before positions use jaxmath.attention."
        )
    return heads, groups


def _over_pairs(name: str, x: jax.Array, split: tuple[int, int]) -> jax.Array:
    """From `[..., h, n, m]` to `[..., g, r, n, m]`."""
    x = jnp.asarray(x)
    x = x.reshape((1,) * (3 - x.ndim) + x.shape) if x.ndim < 3 else x
    heads = x.shape[-3]
    if heads not in (1, split[0] * split[1]):
        raise AttentionError(
            f"dot_product_attention: {name} must broadcast to (..., h={split[0] * split[1]}, n, m); "
            f"got {x.shape}, whose heads are {heads}."
        )
    return x.reshape(*x.shape[:-3], *(split if heads > 1 else (1, 1)), *x.shape[-2:])


def _over_items(x: Any) -> Any:
    """From a number an item to one over its heads too."""
    return x if x is None or isinstance(x, int) else x[..., None, None]


def _named(implementation: Implementation) -> Implementation:
    if implementation is None or isinstance(implementation, str):
        return "blockwise" if implementation == "xla" else implementation
    return tuple("blockwise" if x == "xla" else x for x in implementation)
