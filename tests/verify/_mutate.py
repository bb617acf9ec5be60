"""Single-equation mutants of jaxprs, and what floating point says about them.

A jaxpr is walked as JAX walks it, but for one equation that another function
takes the place of; tracing the walk gives the mutant. The walk knows nothing
of the engine.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend import core

Path = tuple[int, ...]
_INLINED = {"jit": "jaxpr", "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr"}
_ARITHMETIC = {"add": lax.add, "sub": lax.sub, "mul": lax.mul, "div": lax.div}
_COMPARE = {"lt": lax.le, "le": lax.lt, "gt": lax.ge, "ge": lax.gt, "eq": lax.ne, "ne": lax.eq}
_SWAPPED = {
    "max": ("add", lax.add),
    "min": ("max", lax.max),
    "exp": ("tanh", lax.tanh),
    "tanh": ("sin", lax.sin),
    "erf": ("tanh", lax.tanh),
    "erfc": ("erf", lax.erf),
    "logistic": ("tanh", lax.tanh),
    "log": ("log1p", lax.log1p),
    "sqrt": ("rsqrt", lax.rsqrt),
    "rsqrt": ("sqrt", lax.sqrt),
    "sin": ("cos", lax.cos),
    "cos": ("sin", lax.sin),
    "neg": ("dropped", lambda x: x),
    "abs": ("dropped", lambda x: x),
    "and": ("or", lax.bitwise_or),
    "or": ("and", lax.bitwise_and),
    "not": ("dropped", lambda x: x),
}
_REDUCE = {
    "reduce_sum": {"max": jnp.max, "mean": jnp.mean},
    "reduce_max": {"min": jnp.min, "sum": jnp.sum},
    "reduce_min": {"max": jnp.max},
}


@dataclasses.dataclass(frozen=True)
class Change:
    """One equation, and what is to be put in its place: a function of the equation and its inputs."""

    path: Path
    primitive: str
    name: str
    other: Callable

    def __str__(self) -> str:
        return f"{self.primitive}{list(self.path)}: {self.name}"


def changes(closed: core.ClosedJaxpr) -> list[Change]:
    """All changes of one equation that may fit; `mutant` tells whether they do."""
    found = ((path, eqn, *change) for path, eqn in _equations(closed.jaxpr) for change in _changes(eqn))
    return [Change(path, eqn.primitive.name, name, other) for path, eqn, name, other in found]


def mutant(closed: core.ClosedJaxpr, change: Change) -> core.ClosedJaxpr | None:
    """The program with one equation changed, where shapes permit it and it is not the same text."""
    try:
        out = _retraced(closed, functools.partial(_walk, path=change.path, other=change.other))
    except (TypeError, ValueError):
        return None
    fits = [a.shape for a in out.out_avals] == [a.shape for a in closed.out_avals]
    return out if fits and str(out) != str(closed) else None


# Walking.


def _inner(eqn: Any) -> Any:
    """The program inside an equation that is walked into."""
    name = "jaxpr" if eqn.primitive.name == "scan" else _INLINED.get(eqn.primitive.name)
    return None if name is None else eqn.params[name]


def _equations(jaxpr: Any) -> Iterator[tuple[Path, Any]]:
    for i, eqn in enumerate(jaxpr.eqns):
        inner = _inner(eqn)
        if eqn.primitive.name == "scan":
            yield (i,), eqn
        if inner is None:
            yield (i,), eqn
        else:
            yield from (((i, *path), e) for path, e in _equations(inner.jaxpr))


def _walk(jaxpr: Any, consts: Sequence[Any], args: Sequence[Any], path: Path, other: Callable) -> list[Any]:
    env = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *args], strict=True))

    def read(v: Any) -> Any:
        return jnp.asarray(v.val, v.aval.dtype) if hasattr(v, "val") else env[v]

    for i, eqn in enumerate(jaxpr.eqns):
        values = [read(v) for v in eqn.invars]
        here = path[:1] == (i,)
        if here and len(path) == 1:
            outs = other(eqn, *values)
            outs = outs if isinstance(outs, list) else [outs]
            for out, v in zip(outs, eqn.outvars, strict=True):
                _demand_fit(out, v.aval)
        else:
            outs = _equation(eqn, values, path[1:] if here else (), other)
        env.update(zip(eqn.outvars, outs, strict=True))
    return [read(v) for v in jaxpr.outvars]


def _demand_fit(out: Any, aval: Any) -> None:
    if (out.shape, out.dtype) != (aval.shape, aval.dtype):
        raise TypeError(f"{out.dtype}{out.shape} does not fit {aval}")


def _equation(eqn: Any, values: list[Any], path: Path, other: Callable) -> list[Any]:
    inner = _inner(eqn)
    if inner is None:
        return _bound(eqn, values)
    if eqn.primitive.name != "scan":
        return _walk(inner.jaxpr, inner.consts, values, path, other)
    return _bound(eqn, values, jaxpr=_retraced(inner, functools.partial(_walk, path=path, other=other)))


def _bound(eqn: Any, values: list[Any], **params: Any) -> list[Any]:
    out = eqn.primitive.bind(*values, **{**eqn.params, **params})
    return list(out) if eqn.primitive.multiple_results else [out]


def _retraced(closed: core.ClosedJaxpr, walk: Callable) -> core.ClosedJaxpr:
    specs = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in closed.in_avals]
    return jax.make_jaxpr(lambda *args: walk(closed.jaxpr, closed.consts, args))(*specs)


# Changes.


def _changes(eqn: Any) -> Iterator[tuple[str, Callable]]:
    """Names of changes, and functions of the equation and its inputs."""
    name = eqn.primitive.name
    if name in _ARITHMETIC:
        for new, fn in _ARITHMETIC.items():
            if new != name:
                yield new, lambda eqn, a, b, fn=fn: fn(a, b)
    if name in _SWAPPED:
        new, unary = _SWAPPED[name]
        yield new, lambda eqn, *a: unary(*a)
    if name in _COMPARE:
        yield "flipped", lambda eqn, a, b: _COMPARE[name](a, b)
        yield "operands", lambda eqn, a, b: eqn.primitive.bind(b, a, **eqn.params)
    if name in {"sub", "div", "dot_general", "max"} and len(eqn.invars) == 2:
        yield "operands", lambda eqn, a, b: eqn.primitive.bind(b, a, **eqn.params)
    if name == "select_n" and len(eqn.invars) == 3:
        yield "cases", lambda eqn, which, a, b: lax.select_n(which, b, a)
    yield from _constants(eqn)
    yield from _reductions(eqn)
    yield from _orders(eqn)
    yield from _indices(eqn)


def _constants(eqn: Any) -> Iterator[tuple[str, Callable]]:
    for n, v in enumerate(eqn.invars):
        if not hasattr(v, "val") or not np.any(np.asarray(v.val)) or not np.all(np.isfinite(v.val)):
            continue
        if jnp.issubdtype(v.aval.dtype, jnp.floating):
            change = "constant times 1.01", lambda x: x * np.asarray(1.01, x.dtype)
        elif v.aval.dtype != bool:
            change = "constant plus one", lambda x: x + np.asarray(1, x.dtype)
        else:
            continue
        yield change[0], functools.partial(_with_operand, n=n, change=change[1])
    if eqn.primitive.name == "integer_pow":
        yield "exponent plus one", lambda eqn, x: lax.integer_pow(x, eqn.params["y"] + 1)
    if eqn.primitive.name == "square":
        yield "cube", lambda eqn, x: lax.integer_pow(x, 3)


def _with_operand(eqn: Any, *values: Any, n: int, change: Callable) -> list[Any]:
    literal = eqn.invars[n]
    changed = change(np.asarray(literal.val, literal.aval.dtype))
    return _bound(eqn, [jnp.asarray(changed) if i == n else a for i, a in enumerate(values)])


def _reductions(eqn: Any) -> Iterator[tuple[str, Callable]]:
    for new, fn in _REDUCE.get(eqn.primitive.name, {}).items():
        yield new, lambda eqn, x, fn=fn: fn(x, axis=eqn.params["axes"])
    if eqn.primitive.name in {*_REDUCE, "argmax"} and len(eqn.params["axes"]) == 1:
        for axis in range(eqn.invars[0].aval.ndim):
            if axis not in eqn.params["axes"]:
                yield f"axis {axis}", functools.partial(_with_params, axes=(axis,))
    if eqn.primitive.name in {"cumsum", "cummax", "scan"}:
        yield "reversed", functools.partial(_with_params, reverse=not eqn.params["reverse"])


def _with_params(eqn: Any, *values: Any, **params: Any) -> list[Any]:
    return _bound(eqn, list(values), **params)


def _orders(eqn: Any) -> Iterator[tuple[str, Callable]]:
    """Other axes and other orders along them."""
    name, params = eqn.primitive.name, eqn.params
    if name == "transpose":
        yield "dropped", lambda eqn, x: x
    if name == "reshape" and min(eqn.outvars[0].aval.ndim, eqn.invars[0].aval.ndim) > 1:
        yield "column-major", lambda eqn, x: jnp.reshape(x, eqn.params["new_sizes"], order="F")
    if name == "concatenate":
        yield "reversed", lambda eqn, *xs: lax.concatenate(xs[::-1], eqn.params["dimension"])
    if name == "split":
        yield "reversed", lambda eqn, x: _bound(eqn, [x])[::-1]
    if name == "iota" and len(params["shape"]) > 1:
        yield (
            "axis",
            functools.partial(_with_params, dimension=(params["dimension"] + 1) % len(params["shape"])),
        )
    if name == "broadcast_in_dim" and eqn.invars[0].aval.ndim:
        for axes in _other_axes(params["broadcast_dimensions"], len(params["shape"])):
            yield f"axes {axes}", functools.partial(_with_params, broadcast_dimensions=axes)
    if name == "dot_general":
        (a, b), batch = params["dimension_numbers"]
        ranks = [v.aval.ndim for v in eqn.invars]
        for left in range(ranks[0]):
            for right in range(ranks[1]):
                if (
                    len(a) == 1
                    and (left, right) != (a[0], b[0])
                    and left not in batch[0]
                    and right not in batch[1]
                ):
                    numbers = (((left,), (right,)), batch)
                    yield f"axes {left}, {right}", functools.partial(_with_params, dimension_numbers=numbers)
    shape = eqn.outvars[0].aval.shape if name in {"dot_general", "broadcast_in_dim", "mul"} else ()
    if len(shape) > 1 and shape[-1] == shape[-2]:
        yield "transposed", lambda eqn, *xs: jnp.swapaxes(_bound(eqn, list(xs))[0], -1, -2)


def _other_axes(axes: tuple[int, ...], rank: int) -> Iterator[tuple[int, ...]]:
    if len(axes) == 1:
        yield from ((a,) for a in range(rank) if a != axes[0])


def _indices(eqn: Any) -> Iterator[tuple[str, Callable]]:
    """Places off by one, where that stays in bounds."""
    name, params = eqn.primitive.name, eqn.params
    if name == "slice" and not params["strides"]:
        sizes = eqn.invars[0].aval.shape
        for axis, size in enumerate(sizes):
            for by in (-1, 1):
                start, limit = params["start_indices"][axis] + by, params["limit_indices"][axis] + by
                if start >= 0 and limit <= size:
                    yield f"axis {axis} moved by {by}", functools.partial(_moved_slice, axis=axis, by=by)
    if name in {"dynamic_slice", "dynamic_update_slice"}:
        first = 1 if name == "dynamic_slice" else 2
        yield "place plus one", lambda eqn, *xs: _bound(eqn, [*xs[:first], xs[first] + 1, *xs[first + 1 :]])
    if name == "gather":
        yield "place minus one", lambda eqn, x, at: _bound(eqn, [x, jnp.maximum(at - 1, 0)])


def _moved_slice(eqn: Any, x: Any, axis: int, by: int) -> Any:
    moved = [
        tuple(a + by * (i == axis) for i, a in enumerate(eqn.params[key]))
        for key in ("start_indices", "limit_indices")
    ]
    return lax.slice(x, *moved)


# What floating point says.


def widened(closed: core.ClosedJaxpr) -> core.ClosedJaxpr:
    """The same program in float64, constants as they are; under x64."""
    specs = [jax.ShapeDtypeStruct(a.shape, _wide(a.dtype)) for a in closed.in_avals]
    consts = [_widened(c) for c in closed.consts]
    return jax.make_jaxpr(lambda *args: _wide_walk(closed.jaxpr, consts, args))(*specs)


def _wide(dtype: Any) -> Any:
    return jnp.dtype("float64") if dtype == jnp.float32 else dtype


def _widened(x: Any) -> Any:
    return jnp.asarray(x, _wide(jnp.result_type(x)))


def _wide_walk(jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    env = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *args], strict=True))

    def read(v: Any) -> Any:
        return _widened(jnp.asarray(v.val, v.aval.dtype)) if hasattr(v, "val") else env[v]

    for eqn in jaxpr.eqns:
        values, inner = [read(v) for v in eqn.invars], _inner(eqn)
        if inner is not None and eqn.primitive.name != "scan":
            outs = _wide_walk(inner.jaxpr, [_widened(c) for c in inner.consts], values)
        else:
            named = ("new_dtype", "dtype", "preferred_element_type")
            params = {key: _wide(eqn.params[key]) for key in named if eqn.params.get(key) is not None}
            params |= {} if inner is None else {"jaxpr": widened(inner)}
            outs = _bound(eqn, values, **params)
        env.update(zip(eqn.outvars, outs, strict=True))
    return [read(v) for v in jaxpr.outvars]


def points(closed: core.ClosedJaxpr, each: int = 16) -> list[Any]:
    """Random points in float64 at four scales, half of them positive; the same in every run."""
    rng = np.random.default_rng(0)

    def draw(scale: float, positive: bool, shape: tuple[int, ...]) -> np.ndarray:
        a = rng.normal(size=(each, *shape)) * scale
        return np.abs(a) if positive else a

    ways = [(scale, positive) for scale in (0.1, 0.5, 1.0, 2.0) for positive in (False, True)]
    return [np.concatenate([draw(s, p, a.shape) for s, p in ways]) for a in closed.in_avals]


def values(closed: core.ClosedJaxpr, at: Sequence[Any]) -> list[np.ndarray]:
    """The program's outputs at many points, in float64, by JAX."""
    with jax.enable_x64(True):
        run, wide = core.jaxpr_as_fun(widened(closed)), [jnp.asarray(a, jnp.float64) for a in at]
        return [np.asarray(out, np.float64) for out in jax.vmap(lambda *a: tuple(run(*a)))(*wide)]


def agree(left: Sequence[np.ndarray], right: Sequence[np.ndarray], tolerance: float = 1e-9) -> bool:
    """Whether outputs agree relative to the larger of two entries, but for rounding of the largest of all.

    What is not a number on one side only is a difference.
    """
    return all(_agree(a, b, tolerance) for a, b in zip(left, right, strict=True))


def _agree(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    if not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return False
    finite = np.isfinite(a)
    a, b = np.where(finite, a, 0.0), np.where(finite, b, 0.0)
    scale = np.maximum(np.abs(a), np.abs(b))
    rounding = 2.0**-44 * scale.max(axis=tuple(range(1, a.ndim)), keepdims=True, initial=0.0)
    return bool((np.abs(a - b) <= tolerance * scale + rounding).all())
