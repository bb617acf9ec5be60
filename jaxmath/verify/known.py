"""Known arrays: integers, booleans and floats whose arithmetic did not round.

Floats are kept in float64 whatever their dtype, and only operations without
rounding stay here; everything else is left to the domain, in which constants
are exact.
"""

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify import integers
from jaxmath.verify.num import Sampled, pooled
from jaxmath.verify.trace import is_float

_OPAQUE = {
    "scan",
    "while",
    "cond",
    "jit",
    "pjit",
    "pallas_call",
    "custom_jvp_call",
    "custom_vjp_call",
    "remat2",
}
_OPAQUE |= {
    "checkpoint",
    "closed_call",
    "core_call",
    "shard_map",
    "run_scoped",
    "run_state",
    "custom_vjp_call_jaxpr",
}
# Of these an entry of the result is made from many entries of an operand.
_MANY_TO_ONE = ("reduce", "cum", "dot", "conv_", "sort", "top_k", "arg", "scatter", "ragged")
_STRUCTURE: dict[str, Callable[..., Any]] = {}
_LOGIC: dict[str, Callable[..., Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lt_to": lambda a, b: _total(a) < _total(b),
    "le_to": lambda a, b: _total(a) <= _total(b),
    "eq_to": lambda a, b: _total(a) == _total(b),
}
_EXACT: dict[str, Callable[[Any], Any]] = {
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "stop_gradient": np.asarray,
    "copy": np.asarray,
    "copy_p": np.asarray,
    "optimization_barrier": np.asarray,
}


def from_array(value: Any) -> Any:
    """A constant of a program as a known array."""
    if not hasattr(value, "dtype"):
        value = np.asarray(value)
    if jax.dtypes.issubdtype(value.dtype, jax.dtypes.extended) or isinstance(value, jax.core.Tracer):
        return value
    if is_float(value.dtype):
        return np.asarray(value).astype(np.float64)
    return np.asarray(value)


def evaluate(eqn: Any, values: list[Any]) -> list[Any] | None:
    """The outputs where they are known exactly, else None."""
    name = eqn.primitive.name
    if name in _OPAQUE:
        return None
    if any(isinstance(v, jax.core.Tracer) for v in values):
        return _staged(eqn, values)
    if not all(_is_concrete(v) for v in values):
        return None
    if any(is_float(v.aval.dtype) for v in eqn.outvars if hasattr(v.aval, "dtype")):
        return _exact_floats(name, eqn, values)
    if name in _LOGIC:
        return [np.asarray(_LOGIC[name](*values))]
    if any(_is_real(v) for v in values):
        return _from_floats(name, eqn, values)
    quick = integers.evaluate(eqn, values)
    return [quick] if quick is not None else _bound(eqn, values)


def by_sample(eqn: Any, values: list[Any]) -> list[Any] | None:
    """The outputs where integers and booleans that differ by sample are all that goes in and comes out."""
    kinds = [v.aval for v in (*eqn.invars, *eqn.outvars)]
    sampled = [v for v in values if isinstance(v, Sampled)]
    floats = any(is_float(getattr(aval, "dtype", bool)) for aval in kinds)
    if not sampled or floats or eqn.primitive.name in _OPAQUE:
        return None
    count = max(len(v.a) for v in sampled)
    rows = [
        evaluate(eqn, [v.a[s % len(v.a)] if isinstance(v, Sampled) else v for v in values])
        for s in range(count)
    ]
    if any(row is None for row in rows):
        return None
    cells = None if eqn.primitive.name.startswith(_MANY_TO_ONE) else pooled(values)
    return [Sampled(np.stack(column), cells) for column in zip(*rows, strict=True)]


def _total(a: Any) -> Any:
    """Integers in the total order of floats: -0 below 0, NaN at the ends."""
    if np.asarray(a).dtype != np.float64:
        return a
    bits = np.ascontiguousarray(a).view(np.int64)
    return np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits)


def _staged(eqn: Any, values: list[Any]) -> list[Any] | None:
    """Integers and booleans that only the running program knows, when the walk itself is compiled."""
    if not all(isinstance(v, np.ndarray | np.generic | jax.Array) for v in values):
        return None
    if any(is_float(v.aval.dtype) for v in eqn.outvars):
        return None
    outs = eqn.primitive.bind(
        *(_cast(v, x.aval.dtype) for v, x in zip(values, eqn.invars, strict=True)), **eqn.params
    )
    return list(outs) if eqn.primitive.multiple_results else [outs]


def _is_concrete(value: Any) -> bool:
    if isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer):
        return True
    return isinstance(value, np.ndarray | np.generic)


def _is_real(value: Any) -> bool:
    return np.asarray(value).dtype == np.float64 if not isinstance(value, jax.Array) else False


def _bound(eqn: Any, values: list[Any]) -> list[Any]:
    """JAX's own evaluation, for integers, booleans and keys."""
    with jax.ensure_compile_time_eval(), jax.enable_x64(True):
        cast = [_cast(v, x.aval.dtype) for v, x in zip(values, eqn.invars, strict=True)]
        outs = eqn.primitive.bind(*cast, **eqn.params)
    outs = outs if eqn.primitive.multiple_results else [outs]
    return [from_array(o) for o in outs]


def _cast(value: Any, dtype: Any) -> Any:
    return value if isinstance(value, jax.Array) else jnp.asarray(value, dtype=dtype)


def _from_floats(name: str, eqn: Any, values: list[Any]) -> list[Any] | None:
    if name == "is_finite":
        return [np.isfinite(values[0])]
    if name == "convert_element_type":
        return [np.trunc(values[0]).astype(eqn.outvars[0].aval.dtype)]
    if name == "bitcast_convert_type":
        return _bound(eqn, values)
    return None


def _exact_floats(name: str, eqn: Any, values: list[Any]) -> list[Any] | None:
    if name in _EXACT:
        return [np.asarray(_EXACT[name](values[0]))]
    if name == "convert_element_type":
        return [np.asarray(values[0]).astype(np.float64)]
    if name == "bitcast_convert_type":
        return _bound(eqn, values)
    if name == "iota":
        shape, axis = eqn.params["shape"], eqn.params["dimension"]
        line = np.arange(shape[axis], dtype=np.float64).reshape(
            [-1 if i == axis else 1 for i in range(len(shape))]
        )
        return [np.broadcast_to(line, shape)]
    if name == "select_n":
        return [np.choose(np.asarray(values[0]).astype(int), [np.asarray(v) for v in values[1:]])]
    if name in ("add", "sub", "mul", "max", "min", "div", "integer_pow"):
        return _without_rounding(name, eqn, values)
    return None


def _without_rounding(name: str, eqn: Any, values: list[Any]) -> list[Any] | None:
    with np.errstate(all="ignore"):
        if name in ("max", "min"):
            return [np.asarray({"max": np.maximum, "min": np.minimum}[name](*values))]
        if name == "integer_pow":
            return None
        a, b = values
        exact = {"add": _sum, "sub": lambda x, y: _sum(x, -y), "mul": _product, "div": _quotient}[name](a, b)
    return None if exact is None else [np.asarray(exact)]


def _sum(a: Any, b: Any) -> Any:
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    return total if np.all((error == 0) | ~np.isfinite(total)) else None


def _product(a: Any, b: Any) -> Any:
    out = a * b
    return out if np.all((_product_error(a, b, out) == 0) | ~np.isfinite(out)) else None


def _product_error(a: Any, b: Any, out: Any) -> Any:
    ah, al, bh, bl = *_split(a), *_split(b)
    return ((ah * bh - out) + ah * bl + al * bh) + al * bl


def _split(a: Any) -> tuple[Any, Any]:
    scaled = np.asarray(a) * 134217729.0
    high = scaled - (scaled - a)
    return high, a - high


def _quotient(a: Any, b: Any) -> Any:
    if np.any(np.asarray(b) == 0):
        return None
    out = a / b
    back = out * b
    return out if np.all((back == a) & (_product_error(out, b, back) == 0)) else None
