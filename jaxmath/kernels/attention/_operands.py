"""From what a caller gives to what a kernel takes: checked, aligned, free of what nobody may see."""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp

from jaxmath.kernels.attention._fold import CORE
from jaxmath.kernels.attention._plan import Options

Align = Literal["top-left", "bottom-right"]
Named = dict[str, jax.Array]

_INTEGERS = ("offset", "query_segments", "key_segments", "prefix", "query_lengths", "key_lengths")
_LAST = {
    "q": ("n", "d"),
    "k": ("m", "d"),
    "v": ("m", "e"),
    "bias": ("#n", "#m"),
    "mask": ("#n", "#m"),
    "query_segments": ("n",),
    "key_segments": ("m",),
}


class AttentionError(ValueError):
    """Arguments of attention that do not go together."""


def checked_operands(named: dict[str, Any]) -> Named:
    """Arrays of the right dtypes whose last axes fit and whose leading axes broadcast.

    Raises:
      AttentionError: naming the argument, what was demanded and what came.
    """
    arrays = {name: jnp.asarray(x) for name, x in named.items() if x is not None}
    _check_dtypes(arrays)
    _check_last_axes(arrays)
    _check_leading_axes(arrays)
    return {name: x.astype(int) if name in _INTEGERS else x for name, x in arrays.items()}


def _table(headline: str, arrays: Named, notes: dict[str, str]) -> AttentionError:
    width = max(map(len, arrays)) + 2
    shown = {x: f"{v.dtype}({', '.join(map(str, v.shape))})" for x, v in arrays.items()}
    wide = max(map(len, shown.values()))
    rows = [f"  {x:{width}}{shown[x]:{wide}}" + (f"   <- {notes[x]}" if x in notes else "") for x in arrays]
    return AttentionError("\n".join([headline, *(row.rstrip() for row in rows)]))


def _check_dtypes(arrays: Named) -> None:
    notes: dict[str, str] = {}
    like = arrays["q"].dtype
    for name, x in arrays.items():
        if name in _INTEGERS:
            wrong = not jnp.issubdtype(x.dtype, jnp.integer)
            notes |= {name: f"must be integer: pass {name}.astype(jnp.int32)"} if wrong else {}
        elif name == "mask" and x.dtype != bool:
            notes[name] = "must be boolean, True where a key may be seen; pass scores to add as `bias`"
        elif name in ("q", "k", "v") and not jnp.issubdtype(x.dtype, jnp.floating):
            notes[name] = f"must be floating: pass {name}.astype(jnp.float32)"
        elif name in ("k", "v") and x.dtype != like:
            notes[name] = f"must have the dtype of q: pass {name}.astype({like})"
        elif name in ("bias", "sink", "slopes") and not jnp.issubdtype(x.dtype, jnp.floating):
            notes[name] = f"must be floating: pass {name}.astype(jnp.float32)"
    if notes:
        raise _table("attention: dtypes are not what they must be.", arrays, notes)


def _check_last_axes(arrays: Named) -> None:
    bound: dict[str, tuple[int, str]] = {}
    notes = {}
    for name, x in arrays.items():
        letters = _LAST.get(name, ())
        if x.ndim < CORE[name]:
            notes[name] = f"must have at least {CORE[name]} axes, (..., {', '.join(letters)})"
            continue
        for letter, size in zip(letters, x.shape[x.ndim - len(letters) :], strict=True):
            known, where = bound.setdefault(letter.removeprefix("#"), (size, name))
            if size != known and not (letter.startswith("#") and size == 1):
                notes[name] = f"{letter.removeprefix('#')} is {known} in {where}"
    if notes:
        raise _table("attention: shapes do not fit together.", arrays, notes)


def _check_leading_axes(arrays: Named) -> None:
    lead: tuple[int, ...] = ()
    for name, x in arrays.items():
        mine = x.shape[: x.ndim - CORE[name]]
        try:
            lead = jnp.broadcast_shapes(lead, mine)
        except ValueError as error:
            note = {name: f"its leading axes {mine} do not broadcast with {lead}"}
            raise _table("attention: leading axes do not broadcast.", arrays, note) from error


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
        near_rows, near_columns = _near(options, n, m)
        rows += [] if all(near_rows) else [jnp.asarray(near_rows).reshape(*ones, n)]
        columns += [] if all(near_columns) else [jnp.asarray(near_columns).reshape(*ones, m)]
    return _conjunction(rows), _conjunction(columns)


def _below(lengths: jax.Array, size: int) -> jax.Array:
    places = jnp.arange(size).reshape((1,) * lengths.ndim + (size,))
    return places < lengths[..., None]


def _near(options: Options, n: int, m: int) -> tuple[list[bool], list[bool]]:
    """Queries whose window holds a key, and keys that are in a query's window."""
    left = math.inf if options.left is None else options.left
    right = math.inf if options.right is None else options.right
    places = range(options.offset, n + options.offset)
    rows = [at + right >= 0 and at - left <= m - 1 for at in places]
    return rows, [j + left >= places[0] and j - right <= places[-1] for j in range(m)]


def _conjunction(tests: list[jax.Array]) -> jax.Array | None:
    if not tests:
        return None
    found = tests[0]
    for test in tests[1:]:
        found = found & test
    return found
