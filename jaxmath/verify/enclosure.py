"""How far a function, run in floating point, is from the exact value of another: with certainty.

The function is run by JAX in its own types; the reference is evaluated over balls on the same
inputs, which are exact. What comes out is a theorem about this run: about these inputs, this
version of the compiler and this device.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flint import arb, ctx

from jaxmath.verify import ulp
from jaxmath.verify.ball import Array, Balls, NoEnclosure, evaluate, lifted, traced, versions
from jaxmath.verify.inequality import certify_bound as certify_bound
from jaxmath.verify.trace import is_float
from jaxmath.verify.verdict import Certificate, Verdict, Witness

PREC = 128
_ENUMERABLE = ("bfloat16", "float16")


def certify_error(
    f: Callable[..., Any],
    reference: Callable[..., Any],
    *arrays: Any,
    prec: int = PREC,
    at_most: float | None = None,
    ulps: float | None = None,
) -> Certificate:
    r"""How far `f(*arrays)` in floating point is from the exact `reference(*arrays)`.

    An ulp of the row maximum is the spacing of the output's type at the largest absolute value along
    the last axis: entries that cancel to nearly nothing are measured by the row that they stand in.

    Args:
      f: what is run by JAX as it is.
      reference: what is evaluated exactly, with the inputs' exact values.
      *arrays: inputs of both, or pytrees of them.
      prec: bits of the enclosure's midpoints.
      at_most: the largest absolute error allowed; none demanded unless told.
      ulps: the largest error allowed in ulps of the row maximum; none demanded unless told.

    Returns:
      `certified` with the error, `refuted` with the worst entry if it is above what is allowed, and
      `unknown` if the enclosure is too wide to tell, or an entry is not finite.

    Raises:
      TypeError: if both do not return floating arrays of the same shapes.

    Example:
      >>> print(certify_error(jnp.exp, jnp.exp, np.zeros(2, np.float32)))
      certified error <= 0 (0 ulps of the row maximum) at the given float32 inputs
    """
    arrays = jax.tree.map(lambda x: jnp.asarray(x) if isinstance(x, np.ndarray) else x, arrays)
    given = _about(arrays, prec)
    program = traced(reference, arrays)
    leaves = [x for x, known in zip(jax.tree.leaves(arrays), program.given, strict=True) if known is None]
    computed = jax.tree_util.tree_leaves_with_path(f(*arrays))
    _demand_alike(computed, jax.tree.leaves(program.out))
    walk = Balls()
    try:
        exact = evaluate(program, [lifted(x) for x in leaves], prec, walk)
    except NoEnclosure as error:
        return Certificate(verdict="unknown", reason=str(error), **given)
    given["assumptions"] = tuple(walk.notes)
    with ctx.workprec(prec):
        entries = [e for (path, c), x in zip(computed, exact, strict=True) for e in _errors(path, c, x)]
    types = ", ".join(sorted({str(x.dtype) for x in map(jnp.asarray, leaves)}))
    told = f"at the given {types} inputs"
    return _judged(entries, at_most, ulps, "ulps of the row maximum", told, given)


def certify_rounding(
    f: Callable[..., Any],
    reference: Callable[..., Any],
    low: float,
    high: float,
    *,
    dtype: Any = jnp.bfloat16,
    prec: int = PREC,
    ulps: float | None = None,
) -> Certificate:
    """How far a function of one number is from the exact value, at every 16-bit number of an interval.

    Args:
      f: a function of a scalar, run by JAX.
      reference: a function of a scalar, evaluated exactly.
      low: the lower end.
      high: the upper end.
      dtype: bfloat16 or float16, of which there are few enough to try them all.
      prec: bits of the enclosure's midpoints.
      ulps: the largest error allowed, in units in the last place of the exact value.

    Raises:
      ValueError: for other types, or an interval without numbers.

    Example:
      >>> print(certify_rounding(jnp.negative, jnp.negative, -1.0, 1.0))
      certified error <= 0 (0 ulps) at all 32,514 bfloat16 numbers from -1.0 to 1.0
    """
    points = _numbers(low, high, dtype)
    computed = np.asarray(jax.jit(jax.vmap(f))(jnp.asarray(points)))
    walk = Balls()
    given = _about((points,), prec)
    try:
        (exact,) = evaluate(traced(jax.vmap(reference), (points,)), [lifted(points)], prec, walk)
    except NoEnclosure as error:
        return Certificate(verdict="unknown", reason=str(error), **given)
    given["assumptions"] = tuple(walk.notes)
    with ctx.workprec(prec):
        cells = _cells(computed[:, None], exact[:, None])
        entries = [_Entry(f"({float(x)})", *cell) for x, cell in zip(points, cells, strict=True)]
    told = f"at all {len(points):,} {jnp.dtype(dtype)} numbers from {low} to {high}"
    return _judged(entries, None, ulps, "ulps", told, given)


class _Entry:
    """One entry of the output: what was computed, the ball around the exact value, and one ulp."""

    def __init__(self, place: str, computed: Any, exact: Any, unit: Any) -> None:
        self.place = place
        self.computed = computed
        self.exact = exact
        self.unit = unit
        self.error = abs(exact - arb(computed))

    @property
    def defined(self) -> bool:
        """Whether both values are finite."""
        return self.error.is_finite()

    def witness(self) -> Witness:
        """The entry as evidence."""
        return Witness(output=self.place, left=float(self.computed), right=float(self.exact))


def _about(arrays: Sequence[Any], prec: int) -> dict[str, Any]:
    leaves = [np.asarray(x) for x in jax.tree.leaves(arrays)]
    digest = hashlib.sha256(b"".join(x.tobytes() for x in leaves)).hexdigest()[:16]
    return {
        "kind": "enclosure",
        "args": tuple(f"{x.dtype}[{','.join(map(str, x.shape))}]" for x in leaves),
        "method": f"reference over balls of {prec} bits; inputs sha256 {digest}",
        "versions": (*versions(), ("device", jax.default_backend())),
    }


def _demand_alike(computed: Sequence[tuple[Any, Any]], exact: Sequence[Any]) -> None:
    shapes = [np.shape(c) for _, c in computed], [tuple(x.shape) for x in exact]
    floating = all(is_float(jnp.result_type(x)) for x in (*(c for _, c in computed), *exact))
    if shapes[0] != shapes[1] or not floating:
        raise TypeError(
            "certify_error: function and reference have to return floating arrays of the same shapes.\n"
            f"  function   {[f'{jnp.result_type(c)}{list(np.shape(c))}' for _, c in computed]}\n"
            f"  reference  {[f'{x.dtype}{list(x.shape)}' for x in exact]}\n"
            "  Return the same pytree from both, without integers."
        )


def _errors(path: Any, computed: Any, exact: Array) -> Iterator[_Entry]:
    rows = np.asarray(computed).reshape(-1, np.shape(computed)[-1] if np.ndim(computed) else 1)
    places = np.ndindex(*np.shape(computed))
    name = jax.tree_util.keystr(path)
    for place, cell in zip(places, _cells(rows, exact.reshape(rows.shape)), strict=True):
        yield _Entry(f"{name}{list(place) if place else ''}", *cell)


def _cells(computed: Array, exact: Array) -> Iterator[tuple[Any, Any, Any]]:
    """For each entry of rows of values both values, and one ulp of the greatest exact value of its row."""
    dtype = computed.dtype
    for row, balls in zip(computed.astype(np.float64), exact, strict=True):
        finite = [abs(x) for x in balls if x.is_finite()]
        unit = ulp.ulp(max(finite, key=lambda size: float(size.mid()), default=arb(0)), dtype)
        for c, x in zip(row.tolist(), balls, strict=True):
            yield _saturated(c, x, dtype), x, unit


def _saturated(computed: float, exact: Any, dtype: Any) -> Any:
    """What was computed; infinity stands for any value that rounds to it, so it is then that value itself."""
    if not np.isinf(computed):
        return computed
    top = arb(float(jnp.finfo(dtype).max))
    beyond = exact * (1 if computed > 0 else -1) > top + ulp.ulp(top, dtype) / 2
    return exact if beyond else computed


def _numbers(low: float, high: float, dtype: Any) -> Any:
    name = jnp.dtype(dtype).name
    if name not in _ENUMERABLE:
        raise ValueError(
            f"certify_rounding: {name} has too many numbers to try them all.\n"
            f"  Use {' or '.join(_ENUMERABLE)}, or certify_error at given inputs."
        )
    every = np.arange(2**16, dtype=np.uint16).view(jnp.dtype(dtype))
    with np.errstate(invalid="ignore"):
        wide = every.astype(np.float64)
    inside = every[(low <= wide) & (wide <= high) & np.isfinite(wide)]
    if not inside.size:
        raise ValueError(
            f"certify_rounding: there is no {name} number from {low} to {high}.\n  Widen the interval."
        )
    return inside


def _judged(
    entries: Sequence[_Entry],
    at_most: float | None,
    ulps: float | None,
    unit: str,
    where: str,
    given: dict[str, Any],
) -> Certificate:
    lost = next((e for e in entries if not e.defined), None)
    if lost is not None:
        reason = f"output{lost.place} is {lost.computed}, exactly {lost.exact}: no finite error {where}"
        return Certificate(verdict="unknown", reason=reason, **given)
    error, in_ulps = _greatest(entries, lambda e: e.error), _greatest(entries, lambda e: e.error / e.unit)
    for (size, entry), limit, name in ((error, at_most, ""), (in_ulps, ulps, f" {unit}")):
        if limit is None or size <= limit:
            continue
        reason = f"an error of at most {limit:g}{name} was demanded {where}; it is {_shown(size)}{name}"
        verdict: Verdict = "refuted" if size > limit else "unknown"
        witness = entry.witness() if size > limit else None
        return Certificate(verdict=verdict, reason=reason, witness=witness, **given)
    told = f"error <= {_shown(error[0])} ({_shown(in_ulps[0])} {unit}) {where}"
    return Certificate(verdict="certified", detail=told, points=len(entries), **given)


def _shown(size: Any) -> str:
    return ulp.at_most(ulp.above(size))


def _greatest(entries: Sequence[_Entry], key: Callable[[_Entry], Any]) -> tuple[Any, _Entry]:
    """The entry with the greatest upper bound."""
    return max(((key(e), e) for e in entries), key=lambda pair: float(pair[0].upper()))
