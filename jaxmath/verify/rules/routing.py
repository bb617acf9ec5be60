"""Rules for entries that go where other entries send them: sorting, the largest k, routing by them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxmath.verify.interpret import Walk, is_known, rule
from jaxmath.verify.num import Sampled, pooled
from jaxmath.verify.rules.movement import assembled

INTEGERS = Sampled | np.ndarray


def along(walk: Walk, x: Any, index: INTEGERS, axis: int) -> Any:
    """The entries of x that `index` names along an axis, as `take_along_axis` does."""
    at = index.a if isinstance(index, Sampled) else index[None]
    if is_known(x) or isinstance(x, Sampled):
        a = x.a if isinstance(x, Sampled) else np.asarray(x)[None]
        rows = max(len(a), len(at))
        wide, places = (np.broadcast_to(v, (rows, *v.shape[1:])) for v in (a, at))
        out = np.take_along_axis(wide, places, axis=axis + 1)
        return Sampled(out, pooled([x, index])) if rows > 1 or isinstance(x, Sampled) else out[0]
    numbers = np.arange(np.prod(x.shape, dtype=np.int64)).reshape(1, *x.shape)
    places = np.take_along_axis(np.broadcast_to(numbers, (len(at), *x.shape)), at, axis=axis + 1)
    return assembled(walk, [x], Sampled(places, pooled([index])))


def _order(walk: Walk, keys: Sequence[Any], axis: int) -> INTEGERS:
    """The places of the entries in ascending order: by the first key, ties by the next."""
    if all(is_known(k) for k in keys):
        return np.lexsort(tuple(np.asarray(k) for k in reversed(keys)), axis=axis)
    if is_known(keys[0]):
        raise walk.stuck("entries are sorted by a known key first and by unknown reals among its ties")
    if isinstance(keys[0], Sampled):
        return Sampled(np.argsort(keys[0].a, axis=axis + 1, kind="stable"))
    # Unknown reals have no ties, outside a set of measure zero, so the first key decides.
    return walk.domain.argsort(keys[0], axis)


@rule("sort")
def _sort(walk: Walk, eqn: Any, *values: Any) -> list[Any]:
    axis = eqn.params["dimension"]
    order = _order(walk, values[: eqn.params["num_keys"]], axis)
    return [along(walk, v, order, axis) for v in values]


def _place(order: INTEGERS, cut: slice, axis: int) -> INTEGERS:
    """A part of an ordering along an axis."""
    a = order.a if isinstance(order, Sampled) else order[None]
    part = np.flip(a, axis + 1)[(slice(None),) * (axis + 1) + (cut,)].astype(np.int32)
    return Sampled(part, order.cells) if isinstance(order, Sampled) else part[0]


@rule("top_k")
def _top_k(walk: Walk, eqn: Any, x: Any) -> list[Any]:
    axis = eqn.params.get("axis", -1) % len(eqn.invars[0].aval.shape)
    if is_known(x):
        at: INTEGERS = np.flip(np.argsort(-np.asarray(x), axis=axis, kind="stable"), axis)
    else:
        at = _order(walk, [x], axis)
    index = _place(at, slice(0, eqn.params["k"]), axis)
    return [along(walk, x, index, axis), index]


@rule("argmax", "argmin")
def _argmax(walk: Walk, eqn: Any, x: Any) -> Any:
    (axis,) = eqn.params["axes"]
    largest = eqn.primitive.name == "argmax"
    if is_known(x):
        return np.asarray((np.argmax if largest else np.argmin)(x, axis), eqn.params["index_dtype"])
    order = _order(walk, [x], axis)
    a = order.a if isinstance(order, Sampled) else order[None]
    at = a.take(-1 if largest else 0, axis + 1).astype(eqn.params["index_dtype"])
    return Sampled(at, order.cells if isinstance(order, Sampled) else {})
