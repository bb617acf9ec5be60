"""Known integers and booleans, evaluated by numpy where it means what JAX means.

Loops over a kernel's grid spend their steps on indices; numpy takes microseconds for what JAX
takes milliseconds for. Anything that is not plainly the same in both is left to JAX.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Operation = Callable[..., Any]

_ELEMENTWISE: dict[str, Operation] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "max": np.maximum,
    "min": np.minimum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "not": np.invert,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "copy": np.array,
    "copy_p": np.array,
    "stop_gradient": np.array,
    "pvary": np.array,
    "reshard": np.array,
    "sharding_constraint": np.array,
    "name": np.array,
}
_REDUCTIONS: dict[str, Operation] = {
    "reduce_sum": np.sum,
    "reduce_prod": np.prod,
    "reduce_max": np.max,
    "reduce_min": np.min,
    "reduce_and": np.all,
    "reduce_or": np.any,
}


def evaluate(eqn: Any, values: list[Any]) -> Array | None:
    """The output of an equation on known integers or booleans, or None where JAX has to say."""
    if len(eqn.outvars) != 1 or not all(_plain(v.aval) for v in (*eqn.invars, *eqn.outvars)):
        return None
    name, out = eqn.primitive.name, eqn.outvars[0].aval
    if name not in _ELEMENTWISE and name not in _REDUCTIONS and name not in _OTHERS:
        return None
    cast = [np.asarray(v).astype(x.aval.dtype, copy=False) for v, x in zip(values, eqn.invars, strict=True)]
    if name in _REDUCTIONS and (out.dtype == bool) != (name in ("reduce_and", "reduce_or")):
        return None
    with np.errstate(all="ignore"):
        if name in _ELEMENTWISE:
            result = _ELEMENTWISE[name](*cast)
        elif name in _REDUCTIONS:
            result = _reduced(name, eqn, *cast)
        else:
            result = _OTHERS[name](eqn, *cast)
    return None if result is None else np.asarray(result).astype(out.dtype, copy=False)


def _plain(aval: Any) -> bool:
    dtype = getattr(aval, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind in "biu"


def _reduced(name: str, eqn: Any, x: Array) -> Array | None:
    if not x.size:
        return None
    keep = {"dtype": x.dtype} if name in ("reduce_sum", "reduce_prod") else {}
    return _REDUCTIONS[name](x, axis=tuple(eqn.params["axes"]), **keep)


def _quotient(eqn: Any, x: Array, y: Array) -> Array | None:
    """Division that rounds towards zero; by zero and by minus one JAX has the word."""
    if np.any(y == 0) or np.any(y == -1):
        return None
    q = x // y
    return q + ((x % y != 0) & ((x < 0) != (y < 0)))


def _remainder(eqn: Any, x: Array, y: Array) -> Array | None:
    return None if np.any(y == 0) or np.any(y == -1) else np.fmod(x, y)


def _select(eqn: Any, which: Array, *cases: Array) -> Array:
    which, *same = np.broadcast_arrays(which, *cases)
    return np.choose(which.astype(np.intp), same) if len(same) < 32 else None


def _clamp(eqn: Any, low: Array, x: Array, high: Array) -> Array:
    return np.minimum(np.maximum(x, low), high)


def _spread(eqn: Any, x: Array) -> Array:
    shape, axes = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    sizes = [1] * len(shape)
    for size, axis in zip(x.shape, axes, strict=True):
        sizes[axis] = size
    return np.broadcast_to(x.reshape(sizes), shape)


def _line(eqn: Any) -> Array:
    shape, axis = eqn.params["shape"], eqn.params["dimension"]
    sizes = [-1 if i == axis else 1 for i in range(len(shape))]
    return np.broadcast_to(np.arange(shape[axis]).reshape(sizes), shape)


def _shaped(eqn: Any, x: Array) -> Array:
    if eqn.params.get("dimensions") is not None and eqn.primitive.name == "reshape":
        x = x.transpose(eqn.params["dimensions"])
    return x.reshape(eqn.outvars[0].aval.shape)


def _joined(eqn: Any, *xs: Array) -> Array:
    return np.concatenate(xs, eqn.params["dimension"])


def _cut(eqn: Any, x: Array) -> Array:
    p = eqn.params
    steps = p["strides"] or (1,) * x.ndim
    return x[tuple(map(slice, p["start_indices"], p["limit_indices"], steps))]


def _cut_at(eqn: Any, x: Array, *starts: Array) -> Array:
    return x[window(x.shape, eqn.params["slice_sizes"], starts)]


def _written_at(eqn: Any, x: Array, update: Array, *starts: Array) -> Array:
    out = np.array(x)
    out[window(x.shape, update.shape, starts)] = update
    return out


def window(shape: tuple[int, ...], sizes: tuple[int, ...], starts: Any) -> tuple[slice, ...]:
    """The block that `dynamic_slice` takes: moved inside where it would stick out."""
    at = [min(max(int(s), 0), n - size) for s, n, size in zip(starts, shape, sizes, strict=True)]
    return tuple(slice(s, s + size) for s, size in zip(at, sizes, strict=True))


_OTHERS: dict[str, Operation] = {
    "div": _quotient,
    "rem": _remainder,
    "select_n": _select,
    "clamp": _clamp,
    "broadcast_in_dim": _spread,
    "iota": _line,
    "reshape": _shaped,
    "squeeze": _shaped,
    "expand_dims": _shaped,
    "convert_element_type": lambda eqn, x: x.astype(eqn.outvars[0].aval.dtype),
    "transpose": lambda eqn, x: x.transpose(eqn.params["permutation"]),
    "rev": lambda eqn, x: np.flip(x, eqn.params["dimensions"]),
    "concatenate": _joined,
    "slice": _cut,
    "dynamic_slice": _cut_at,
    "dynamic_update_slice": _written_at,
}
