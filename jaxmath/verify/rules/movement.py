"""Rules for primitives that only move entries. JAX moves their numbers: no index rule is rewritten here."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify import integers
from jaxmath.verify.dual import Dual
from jaxmath.verify.interpret import Walk, is_known, out_is_float, rule
from jaxmath.verify.num import Array, Sampled, Share, pooled
from jaxmath.verify.trace import is_float

Move = Callable[[Array], Array]


def _moved(walk: Walk, value: Any, move: Move) -> Any:
    """A value with its entries moved; `move` keeps the first axis."""
    if is_known(value):
        return move(np.asarray(value)[None])[0]
    if isinstance(value, Share):
        return walk.domain.moved_share(value, move)
    return (
        Sampled(move(value.a), value.cells) if isinstance(value, Sampled) else walk.domain.moved(value, move)
    )


@rule("reshape")
def _reshape(walk: Walk, eqn: Any, x: Any) -> Any:
    order = eqn.params["dimensions"]
    if order is not None:
        x = _moved(walk, x, lambda a: a.transpose(0, *(i + 1 for i in order)))
    return _squeeze(walk, eqn, x)


@rule("squeeze", "expand_dims")
def _squeeze(walk: Walk, eqn: Any, x: Any) -> Any:
    shape = eqn.outvars[0].aval.shape
    return _moved(walk, x, lambda a: a.reshape(len(a), *shape))


@rule("transpose")
def _transpose(walk: Walk, eqn: Any, x: Any) -> Any:
    order = (0, *(i + 1 for i in eqn.params["permutation"]))
    return _moved(walk, x, lambda a: a.transpose(order))


@rule("broadcast_in_dim")
def _broadcast(walk: Walk, eqn: Any, x: Any) -> Any:
    shape, axes = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    source = np.shape(x) if is_known(x) else x.shape
    spread = [1] * len(shape)
    for size, axis in zip(source, axes, strict=True):
        spread[axis] = size
    xp = np if is_known(x) else walk.domain.xp
    return _moved(walk, x, lambda a: xp.broadcast_to(a.reshape(len(a), *spread), (len(a), *shape)))


@rule("rev")
def _rev(walk: Walk, eqn: Any, x: Any) -> Any:
    axes = tuple(i + 1 for i in eqn.params["dimensions"])
    xp = np if is_known(x) else walk.domain.xp
    return _moved(walk, x, lambda a: xp.flip(a, axes))


@rule("slice")
def _slice(walk: Walk, eqn: Any, x: Any) -> Any:
    p = eqn.params
    steps = p["strides"] or (1,) * len(p["start_indices"])
    cut = tuple(map(slice, p["start_indices"], p["limit_indices"], steps))
    return _moved(walk, x, lambda a: a[(slice(None), *cut)])


@rule("concatenate")
def _concatenate(walk: Walk, eqn: Any, *xs: Any) -> Any:
    if all(is_known(x) for x in xs):
        return np.concatenate(xs, eqn.params["dimension"])
    if not out_is_float(eqn):
        return _with_sampled(walk, eqn, *xs)
    return walk.domain.concatenate([walk.real(x) for x in xs], eqn.params["dimension"])


@rule("split")
def _split(walk: Walk, eqn: Any, x: Any) -> list[Any]:
    ends = np.cumsum(eqn.params["sizes"])
    starts = ends - np.asarray(eqn.params["sizes"])
    axis = eqn.params["axis"] + 1
    return [
        _moved(walk, x, functools.partial(_cut, axis=axis, start=int(s), end=int(e)))
        for s, e in zip(starts, ends, strict=True)
    ]


@rule("unstack")
def _unstack(walk: Walk, eqn: Any, x: Any) -> list[Any]:
    axis = eqn.params["axis"] + 1
    return [_moved(walk, x, functools.partial(_taken, axis=axis, at=at)) for at in range(len(eqn.outvars))]


def _taken(a: Array, axis: int, at: int) -> Array:
    return a[(*(slice(None),) * axis, at)]


def _cut(a: Array, axis: int, start: int, end: int) -> Array:
    return a[(*(slice(None),) * axis, slice(int(start), int(end)))]


@rule(
    "convert_element_type",
    "reduce_precision",
    "stop_gradient",
    "copy",
    "copy_p",
    "optimization_barrier",
    "pvary",
)
@rule("sharding_constraint", "reshard", "name", "device_put", "layout_constraint")
def _unchanged(walk: Walk, eqn: Any, *xs: Any) -> Any:
    """Reals have no dtype: a cast between floating types changes nothing here."""
    if eqn.primitive.name == "convert_element_type":
        return _cast(walk, eqn, xs[0])
    if eqn.primitive.name == "stop_gradient":
        return xs[0] if is_known(xs[0]) else walk.domain.constant_of(xs[0])
    return list(xs) if eqn.primitive.multiple_results else xs[0]


def _cast(walk: Walk, eqn: Any, x: Any) -> Any:
    source, target = eqn.invars[0].aval.dtype, eqn.outvars[0].aval.dtype
    if isinstance(x, jax.core.Tracer):
        return walk.domain.lift_traced(x)
    if isinstance(x, Share) and is_float(target):
        return walk.domain.lift_share(x)
    if isinstance(x, Sampled):
        return walk.domain.lift_sampled(x) if is_float(target) else Sampled(x.a.astype(target), x.cells)
    if np.issubdtype(target, np.complexfloating):
        raise walk.stuck("complex numbers have no rule. Write the real and the imaginary part as two arrays.")
    if is_float(source) and not is_float(target):
        raise walk.stuck("an unknown real is cast to an integer or boolean; what it rounds to is not known.")
    return x


@rule("gather", "pad", "scatter", "stack", "tile", "select_and_gather_add", "dynamic_index_in_dim", "repeat")
def _by_number(walk: Walk, eqn: Any, *values: Any) -> Any:
    """Numbers the operands' entries, lets JAX move the numbers, and moves the entries likewise."""
    if any(isinstance(v, Sampled) for v in values):
        return _with_sampled(walk, eqn, *values)
    data = [n for n, v in enumerate(eqn.invars) if is_float(v.aval.dtype)]
    places, fill = numbered(eqn, values, data)
    operands = [values[n] for n in data] + ([np.float64(fill)] if fill is not None else [])
    return placed(walk, operands, places)


def placed(walk: Walk, operands: Sequence[Any], places: Array) -> Any:
    """The operands' entries at the places of the operands laid end to end; -1 is undefined."""
    if all(is_known(v) for v in operands):
        flat = np.concatenate([np.ravel(v) for v in operands])
        return np.where(places < 0, np.nan, flat[places])
    return walk.domain.assemble([walk.real(v) for v in operands], places)


def numbered(eqn: Any, values: Sequence[Any], data: Sequence[int]) -> tuple[Array, float | None]:
    """For each entry of the result the place it came from, and the value that stands after the last."""
    words = tuple(
        None if n in data else (v.dtype.str, v.shape, v.tobytes())
        for n, v in enumerate(np.asarray(v) if n not in data else v for n, v in enumerate(values))
    )
    fill = eqn.params.get("fill_value")
    return _places(eqn, words, tuple(data)), None if fill is None else float(fill)


# The same equation is met again at other points, in other models and in the turns of a loop.
@functools.lru_cache(maxsize=2048)
def _places(eqn: Any, words: tuple[Any, ...], data: tuple[int, ...]) -> Array:
    numbers, start = [], 0
    for n, (word, var) in enumerate(zip(words, eqn.invars, strict=True)):
        size = int(np.prod(var.aval.shape, dtype=np.int64)) if n in data else 0
        made = (
            np.arange(start, start + size, dtype=np.int32) if n in data else np.frombuffer(word[2], word[0])
        )
        numbers.append(made.reshape(var.aval.shape))
        start += size
    params = dict(eqn.params)
    if params.get("fill_value") is not None:
        params["fill_value"] = start
    return np.asarray(_bind(eqn.primitive, params, numbers))


@rule("dynamic_slice")
def _dynamic_slice(walk: Walk, eqn: Any, x: Any, *starts: Any) -> Any:
    if any(isinstance(v, Sampled) for v in (x, *starts)):
        return _with_sampled(walk, eqn, x, *starts)
    cut = integers.window(eqn.invars[0].aval.shape, eqn.params["slice_sizes"], starts)
    return _moved(walk, x, lambda a: a[(slice(None), *cut)])


@rule("dynamic_update_slice")
def _dynamic_update_slice(walk: Walk, eqn: Any, x: Any, update: Any, *starts: Any) -> Any:
    if any(isinstance(v, Sampled) for v in (x, update, *starts)):
        return _with_sampled(walk, eqn, x, update, *starts)
    shape, block = eqn.invars[0].aval.shape, eqn.invars[1].aval.shape
    if shape == block:
        return update
    size = int(np.prod(shape, dtype=np.int64))
    places = np.arange(size).reshape(shape)
    inside = integers.window(shape, block, starts)
    places[inside] = size + np.arange(np.prod(block, dtype=np.int64)).reshape(block)
    return placed(walk, [x, update], places)


def _bind(primitive: Any, params: dict[str, Any], values: Sequence[Any]) -> Any:
    with jax.ensure_compile_time_eval():
        out = primitive.bind(*map(jnp.asarray, values), **params)
    return out[0] if primitive.multiple_results else out


def _with_sampled(walk: Walk, eqn: Any, *values: Any) -> Any:
    """Entries moved to places that differ by sample: JAX moves their numbers, sample by sample."""
    count = max(len(v.a) for v in values if isinstance(v, Sampled))
    rows = [[v.a[s % len(v.a)] if isinstance(v, Sampled) else v for v in values] for s in range(count)]
    if not out_is_float(eqn):
        moved = [np.asarray(_bind(eqn.primitive, eqn.params, row)) for row in rows]
        return Sampled(np.stack(moved), pooled(values))
    data = [n for n, v in enumerate(eqn.invars) if is_float(v.aval.dtype)]
    places, fills = zip(*(numbered(eqn, row, data) for row in rows), strict=True)
    fill = [] if fills[0] is None else [np.float64(fills[0])]
    return assembled(walk, [*(values[n] for n in data), *fill], Sampled(np.stack(places), pooled(values)))


def assembled(walk: Walk, operands: Sequence[Any], places: Sampled) -> Any:
    """The operands' entries at places that differ by sample; -1 is undefined."""
    flat = [_moved(walk, walk.real(v), lambda a: a.reshape(len(a), -1)) for v in operands]
    end = int(sum(np.prod(v.shape, dtype=np.int64) for v in flat))
    line = walk.domain.concatenate([*flat, walk.real(np.full(1, np.nan))], 0)
    at = np.where(places.a < 0, end, places.a)

    def take(a: Array) -> Array:
        rows = max(len(a), len(at))
        wide, index = np.broadcast_to(a, (rows, a.shape[1])), np.broadcast_to(at, (rows, *at.shape[1:]))
        return np.take_along_axis(wide, index.reshape(rows, -1), 1).reshape(index.shape)

    return _hangs_on(walk.domain, _moved(walk, line, take), places)


def _hangs_on(domain: Any, value: Any, places: Sampled) -> Any:
    """A value that also hangs on the comparisons behind the places it came from."""
    if isinstance(value, Dual):
        parts = {name: getattr(value, name) for name in ("x", "dx", "max_slope")}
        return Dual(**{name: _hangs_on(domain.base, part, places) for name, part in parts.items()})
    return domain.marked(value, [value, places]) if hasattr(domain, "marked") else value
