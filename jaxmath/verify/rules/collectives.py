"""Rules for `shard_map` and its collectives: every device's program on its part of the operands."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxmath.verify import compare
from jaxmath.verify.devices import Devices, Split, collective
from jaxmath.verify.dual import Dual
from jaxmath.verify.interpret import Walk, is_known, rule
from jaxmath.verify.num import Num
from jaxmath.verify.real import Float
from jaxmath.verify.rules.movement import _moved

Parts = tuple[Any, ...]


@rule("shard_map")
def _shard_map(walk: Walk, eqn: Any, *values: Any) -> list[Any]:
    """Operands are split as `in_specs` say, results joined as `out_specs` say."""
    if isinstance(walk, Devices):
        raise walk.stuck("a shard_map inside a shard_map has no rule")
    p = eqn.params
    manual = p["newly_manual_axes"] if "newly_manual_axes" in p else p["manual_axes"]
    devices = Devices(walk, {axis: n for axis, n in p["mesh"].shape.items() if axis in manual})
    devices.eqn = eqn
    inputs = [_split(devices, v, spec) for v, spec in zip(values, p["in_specs"], strict=True)]
    outs = devices.inline(p["jaxpr"], inputs)
    devices.eqn = eqn
    return [_whole(devices, out, spec) for out, spec in zip(outs, p["out_specs"], strict=True)]


def _axes(spec: Any) -> list[tuple[int, tuple[str, ...]]]:
    """The sharded dimensions and the axes of the mesh they are split over."""
    named = [(n, (e,) if isinstance(e, str) else tuple(e)) for n, e in enumerate(spec) if e is not None]
    return [(n, axes) for n, axes in named if axes]


def _split(devices: Devices, value: Any, spec: Any) -> Any:
    if not _axes(spec):
        return value
    return Split(tuple(_part(devices, value, spec, n) for n in range(len(devices.places))))


def _part(devices: Devices, value: Any, spec: Any, device: int) -> Any:
    for dim, axes in _axes(spec):
        count = int(np.prod([devices.sizes[axis] for axis in axes]))
        value = _piece(devices, value, dim, devices.index(device, axes), count)
    return value


def _piece(walk: Walk, value: Any, dim: int, index: int, count: int) -> Any:
    """One of `count` equal pieces along a dimension."""

    def cut(a: Any) -> Any:
        size = a.shape[dim + 1] // count
        return a[(slice(None),) * (dim + 1) + (slice(index * size, (index + 1) * size),)]

    return _moved(walk, value, cut)


def _whole(devices: Devices, value: Any, spec: Any) -> Any:
    if getattr(spec, "unreduced", None):
        raise devices.stuck(f"the sum over {set(spec.unreduced)} is left to be done, which has no rule")
    return _joined(devices, devices.parts(value), list(range(len(devices.places))), _axes(spec))


def _joined(devices: Devices, parts: Parts, members: list[int], dims: Any) -> Any:
    if not dims:
        return _common(devices, [parts[n] for n in members])
    (dim, axes), rest = dims[0], dims[1:]
    count = int(np.prod([devices.sizes[axis] for axis in axes]))
    pieces: list[list[int]] = [[] for _ in range(count)]
    for n in members:
        pieces[devices.index(n, axes)].append(n)
    return concatenated(devices, [_joined(devices, parts, piece, rest) for piece in pieces], dim)


def _common(devices: Devices, parts: Sequence[Any]) -> Any:
    """The value that devices are said to share: it has to be the same on all."""
    for other in parts[1:]:
        if not _same(devices.domain, parts[0], other):
            raise devices.stuck(
                "an output is said to be the same on devices on which it is not.\n"
                "  Reduce it over the missing axis (psum, pmean), or name the axis in out_specs."
            )
    return parts[0]


def _same(domain: Any, a: Any, b: Any) -> bool:
    if a is b:
        return True
    if is_known(a) and is_known(b):
        return bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f"))
    if isinstance(a, Dual) and isinstance(b, Dual):
        slopes = (a.dx is None) == (b.dx is None) and (a.dx is None or _same(domain.base, a.dx, b.dx))
        return slopes and _same(domain.base, a.x, b.x)
    if isinstance(a, Num) and isinstance(b, Num):
        same, defined = compare.agreement(domain, a, b)
        return bool((same | ~defined).all())
    if hasattr(a, "num") and hasattr(b, "num"):
        return _same(domain.field, a.num, b.num)
    # Floating point only looks for witnesses; what is known on one device and not on another is not the same.
    return isinstance(a, Float) and isinstance(b, Float)


def concatenated(walk: Walk, parts: Sequence[Any], dim: int) -> Any:
    """Arrays one after another."""
    if all(is_known(p) for p in parts):
        return np.concatenate([np.asarray(p) for p in parts], dim)
    if len(parts) == 1:
        return parts[0]
    return walk.domain.concatenate([walk.real(p) for p in parts], dim)


# Collectives: the values of all devices in, the values of all devices out.


def _by_group(devices: Devices, groups: list[list[int]], parts: Parts, fn: Any) -> list[Any]:
    """`fn(the group's values)` returns one value for each member, or one for all in a list of one."""
    out: list[Any] = [None] * len(parts)
    for group in groups:
        made = fn([parts[n] for n in group])
        for i, n in enumerate(group):
            out[n] = made[i % len(made)]
    return out


_FOLDS = {"psum": np.add, "pmax": np.maximum, "pmin": np.minimum}


def _folded(devices: Devices, kind: str, values: list[Any]) -> Any:
    if all(is_known(v) for v in values) and not np.asarray(values[0]).dtype.kind == "f":
        return functools.reduce(_FOLDS[kind], values)
    d, reals = devices.domain, [devices.real(v) for v in values]
    if kind == "pmin":
        # One maximum of all the negatives, as `reduce_min` has it.
        return d.neg(functools.reduce(d.maximum, map(d.neg, reals)))
    return functools.reduce(d.add if kind == "psum" else d.maximum, reals)


@collective("psum", "psum2", "psum_invariant", "pmax", "pmin")
def _reduced(devices: Devices, eqn: Any, parts: Parts) -> list[Any]:
    kind = "psum" if eqn.primitive.name.startswith("psum") else eqn.primitive.name
    named = [axis for axis in eqn.params["axes"] if not isinstance(axis, int)]
    parts = tuple(_reduced_here(devices, eqn, v) for v in parts)
    groups = devices.groups(named, eqn.params.get("axis_index_groups"))
    return _by_group(devices, groups, parts, lambda values: [_folded(devices, kind, values)])


@rule("psum", "pmax", "pmin")
def _batched(walk: Walk, eqn: Any, x: Any) -> Any:
    """Under `vmap` a named axis has become one of the array's own."""
    if not all(isinstance(axis, int) for axis in eqn.params["axes"]):
        raise walk.stuck("a collective outside the map that names its axis")
    return _reduced_here(walk, eqn, x)


def _reduced_here(walk: Walk, eqn: Any, x: Any) -> Any:
    """x reduced over those of the axes that are its own."""
    axes = tuple(axis for axis in eqn.params["axes"] if isinstance(axis, int))
    if not axes:
        return x
    name = {"psum": "sum", "pmax": "max", "pmin": "min"}[eqn.primitive.name]
    if is_known(x) and np.asarray(x).dtype.kind != "f":
        return getattr(np, name)(x, axis=axes)
    return getattr(walk.domain, f"reduce_{name}")(walk.real(x), axes)


@collective("axis_index")
def _axis_index(devices: Devices, eqn: Any, parts: None) -> list[Any]:
    name = eqn.params["axis_name"]
    axes = (name,) if isinstance(name, str) else tuple(name)
    devices.groups(axes)
    return [np.asarray(devices.index(n, axes), np.int32) for n in range(len(devices.places))]


@collective("ppermute")
def _permuted(devices: Devices, eqn: Any, parts: Parts) -> list[Any]:
    """Devices that nobody sends to receive zeros."""
    var = eqn.outvars[0].aval

    def sent(values: list[Any]) -> list[Any]:
        zero = np.zeros(var.shape, np.float64 if np.dtype(var.dtype).kind not in "biu" else var.dtype)
        out = [zero] * len(values)
        for source, target in eqn.params["perm"]:
            out[target] = values[source]
        return out

    return _by_group(devices, devices.groups(eqn.params["axis_name"]), parts, sent)


@collective("pbroadcast")
def _broadcast(devices: Devices, eqn: Any, parts: Parts) -> list[Any]:
    p = eqn.params
    groups = devices.groups(p["axis_name"], p.get("axis_index_groups"))
    return _by_group(devices, groups, parts, lambda values: [values[p["source"]]])


@collective("all_gather", "all_gather_invariant", "all_gather_reduced")
def _gathered(devices: Devices, eqn: Any, parts: Parts) -> list[Any]:
    p, dim = eqn.params, eqn.params["all_gather_dimension"]

    def gathered(values: list[Any]) -> list[Any]:
        if not p["tiled"]:
            values = [_moved(devices, v, lambda a: np.expand_dims(a, dim + 1)) for v in values]
        return [concatenated(devices, values, dim)]

    return _by_group(devices, devices.groups(p["axis_name"], p.get("axis_index_groups")), parts, gathered)


@collective("reduce_scatter")
def _scattered(devices: Devices, eqn: Any, parts: Parts) -> list[Any]:
    p, dim = eqn.params, eqn.params["scatter_dimension"]

    def scattered(values: list[Any]) -> list[Any]:
        total = _folded(devices, "psum", values)
        pieces = [_piece(devices, total, dim, i, len(values)) for i in range(len(values))]
        return pieces if p["tiled"] else [_moved(devices, v, lambda a: a.squeeze(dim + 1)) for v in pieces]

    return _by_group(devices, devices.groups(p["axis_name"], p.get("axis_index_groups")), parts, scattered)


@collective("all_to_all")
def _exchanged(devices: Devices, eqn: Any, parts: Parts) -> list[Any]:
    """Piece j of device i becomes piece i of device j."""
    p = eqn.params

    def exchanged(values: list[Any]) -> list[Any]:
        n = len(values)
        pieces = [[_piece(devices, v, p["split_axis"], j, n) for j in range(n)] for v in values]
        return [concatenated(devices, [row[j] for row in pieces], p["concat_axis"]) for j in range(n)]

    return _by_group(devices, devices.groups(p["axis_name"], p.get("axis_index_groups")), parts, exchanged)
