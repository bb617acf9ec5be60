"""From what a caller gives to what a kernel takes: checked, aligned, free of what nobody may see."""

from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer

from jaxmath import notation
from jaxmath.kernels.attention._fold import CORE
from jaxmath.kernels.attention._plan import Options

Align = Literal["top-left", "bottom-right"]
Named = dict[str, jax.Array]

# What is demanded of every operand; leading axes broadcast, and a pair's axes may be 1.
_DEMANDS = {
    "q": Float[Array, "... n d"],
    "k": Float[Array, "... m d"],
    "v": Float[Array, "... m e"],
    "bias": Float[Array, "... #n #m"],
    "mask": Bool[Array, "... #n #m"],
    "sink": Float[Array, "..."],
    "slopes": Float[Array, "..."],
    "query_segments": Integer[Array, "... n"],
    "key_segments": Integer[Array, "... m"],
    "prefix": Integer[Array, "..."],
    "offset": Integer[Array, "..."],
    "query_lengths": Integer[Array, "..."],
    "key_lengths": Integer[Array, "..."],
}


class AttentionError(ValueError):
    """Arguments of attention that do not go together."""


def checked_operands(named: dict[str, Any]) -> Named:
    """Arrays of the right dtypes whose last axes fit and whose leading axes broadcast.

    Raises:
      NotationError: if an operand has the wrong dtype, or last axes do not fit.
      AttentionError: if dtypes of queries, keys and values differ, or leading axes do not broadcast.
    """
    arrays = {name: jnp.asarray(x) for name, x in named.items() if x is not None}
    notation.check("attention", **{name: (x, _DEMANDS[name]) for name, x in arrays.items()})
    _check_alike(arrays)
    _check_leading_axes(arrays)
    whole = {name for name, x in arrays.items() if jnp.issubdtype(x.dtype, jnp.integer)}
    return {name: x.astype(int) if name in whole else x for name, x in arrays.items()}


def _check_alike(arrays: Named) -> None:
    like = arrays["q"].dtype
    for name in ("k", "v"):
        if arrays[name].dtype != like:
            raise AttentionError(
                f"attention: queries, keys and values must have one dtype, but q has {like} and {name} has "
                f"{arrays[name].dtype}. Pass {name}.astype({like})."
            )


def _check_leading_axes(arrays: Named) -> None:
    leads = {name: x.shape[: x.ndim - CORE[name]] for name, x in arrays.items()}
    try:
        jnp.broadcast_shapes(*leads.values())
    except ValueError as error:
        rows = [f"  {name:{max(map(len, leads)) + 2}}{lead}" for name, lead in leads.items()]
        remedy = "  Along every axis counted from the right, sizes must be one and the same, or 1."
        headline = "attention: leading axes do not broadcast."
        raise AttentionError("\n".join([headline, *rows, remedy])) from error


def aligned(arrays: Named) -> Named:
    """The same arrays, all with the same number of leading axes."""
    rank = max(x.ndim - CORE[name] for name, x in arrays.items())
    ones = {name: (1,) * (rank - x.ndim + CORE[name]) for name, x in arrays.items()}
    return {name: x.reshape(*ones[name], *x.shape) for name, x in arrays.items()}


def reach(causal: bool, window: Any, align: str, n: int, m: int) -> tuple[int | None, int | None, int]:
    """How far before and after its position a query sees, and the position of query 0.

    Raises:
      AttentionError: if `align` or `window` is not one of those that there are.
    """
    if align not in ("top-left", "bottom-right"):
        raise AttentionError(
            "attention: align must be 'top-left' (query i stands at key i) or 'bottom-right' (the last query "
            f"at the last key); got {align!r}. For another place pass offset, the position of query 0."
        )
    left, right = _sides(window)
    right = right if not causal else 0 if right is None else min(right, 0)
    return left, right, m - n if align == "bottom-right" else 0


def _sides(window: Any) -> tuple[int | None, int | None]:
    if window is None:
        return None, None
    sides = tuple(window) if isinstance(window, (tuple, list)) else ()
    if len(sides) != 2 or not all(x is None or (isinstance(x, int) and x >= 0) for x in sides):
        raise AttentionError(
            "attention: window must be a pair (left, right): how many keys before and after its position a "
            f"query sees, each an integer of at least 0 or None for all; got {window!r}."
        )
    return sides


def without_unseen(arrays: Named, options: Options) -> tuple[Named, jax.Array | None]:
    """Queries that see nothing and keys that nothing sees are zero, so that not even NaN in padding spreads.

    Returns:
      The operands, and which queries may see something, as far as one operand alone can tell.
    """
    rows, columns = _seen(arrays, options)
    clean = dict(arrays)
    if rows is not None:
        clean["q"] = jnp.where(_for(arrays["q"], rows)[..., None], arrays["q"], 0)
    if columns is not None:
        for x in ("k", "v"):
            clean[x] = jnp.where(_for(arrays[x], columns)[..., None], arrays[x], 0)
    return clean, rows


def _for(x: jax.Array, seen: jax.Array) -> jax.Array:
    """What is seen by any of those who share an array."""
    axes = tuple(a for a in range(x.ndim - 2) if x.shape[a] == 1 and seen.shape[a] > 1)
    return seen.any(axes, keepdims=True)


def _seen(arrays: Named, options: Options) -> tuple[jax.Array | None, jax.Array | None]:
    n, m = arrays["q"].shape[-2], arrays["k"].shape[-2]
    rows, columns = [], []
    if "mask" in arrays:
        rows.append(arrays["mask"].any(-1))
        columns.append(arrays["mask"].any(-2))
    if "query_lengths" in arrays:
        rows.append(_below(arrays["query_lengths"], n))
    if "key_lengths" in arrays:
        columns.append(_below(arrays["key_lengths"], m))
    if not options.has("prefix", "offset") and (options.left is not None or options.right is not None):
        ones = (1,) * (arrays["q"].ndim - 2)
        near_rows, near_columns = options.rows_near(n, m), options.columns_near(n, m)
        rows += [] if all(near_rows) else [jnp.asarray(near_rows).reshape(*ones, n)]
        columns += [] if all(near_columns) else [jnp.asarray(near_columns).reshape(*ones, m)]
    return _conjunction(rows), _conjunction(columns)


def _below(lengths: jax.Array, size: int) -> jax.Array:
    places = jnp.arange(size).reshape((1,) * lengths.ndim + (size,))
    return places < lengths[..., None]


def _conjunction(tests: list[jax.Array]) -> jax.Array | None:
    if not tests:
        return None
    found = tests[0]
    for test in tests[1:]:
        found = found & test
    return found
