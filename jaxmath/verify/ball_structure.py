"""What sums, moves of entries, loops and branches mean over balls."""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import arb, arb_mat

from jaxmath.verify.ball_dual import Symbol, maximum, minimum
from jaxmath.verify.ball_rules import floating, settled
from jaxmath.verify.ball_walk import Array, Balls, Maybe, bind, elementwise, objects, reals, rule
from jaxmath.verify.trace import scan_counts

# Sums.


def _folded(join: Callable[[Any, Any], Any], start: Any) -> Callable[..., Any]:
    def on_array(walk: Balls, eqn: Any, x: Any) -> Any:
        if not floating(eqn):
            return walk.discrete(eqn, [settled(walk, x)])
        kept = [a for a in range(x.ndim) if a not in eqn.params["axes"]]
        rows = x.transpose([*kept, *eqn.params["axes"]]).reshape(*(x.shape[a] for a in kept), -1)
        out = np.empty(rows.shape[:-1], object)
        for place in np.ndindex(*out.shape):
            out[place] = functools.reduce(join, rows[place]) if rows.shape[-1] else start
        return out

    return on_array


rule("reduce_sum")(_folded(operator.add, arb(0)))
rule("reduce_prod")(_folded(operator.mul, arb(1)))
rule("reduce_max")(_folded(maximum, arb("-inf")))
rule("reduce_min")(_folded(minimum, arb("inf")))


@rule("cumsum", "cumprod", "cummax", "cummin")
def _running(walk: Balls, eqn: Any, x: Any) -> Any:
    if not floating(eqn):
        return walk.discrete(eqn, [x])
    join = {"cumsum": operator.add, "cumprod": operator.mul, "cummax": maximum, "cummin": minimum}
    axis, reverse = eqn.params["axis"], eqn.params["reverse"]
    lines = np.moveaxis(np.flip(x, axis) if reverse else x, axis, 0)
    out = (
        np.stack(list(itertools.accumulate(lines, elementwise(join[eqn.primitive.name], 2))))
        if len(lines)
        else lines
    )
    out = np.moveaxis(out, 0, axis)
    return np.flip(out, axis) if reverse else out


@rule("dot_general")
def _dot(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
    if not floating(eqn):
        return walk.discrete(eqn, [x, y])
    (cx, cy), (bx, by) = eqn.params["dimension_numbers"]
    x, y = reals(x), reals(y)
    left, right = _as_matrices(x, cx, bx), _as_matrices(y, cy, by)
    products = [_product(a, b) for a, b in zip(left, right, strict=True)]
    out = np.empty(math.prod(eqn.outvars[0].aval.shape), object)
    out[:] = list(itertools.chain.from_iterable(products))
    return out.reshape(eqn.outvars[0].aval.shape)


def _as_matrices(x: Array, contract: Sequence[int], batch: Sequence[int]) -> Array:
    free = [i for i in range(x.ndim) if i not in contract and i not in batch]
    sizes = [math.prod(x.shape[i] for i in group) for group in (batch, free, contract)]
    return x.transpose([*batch, *free, *contract]).reshape(sizes)


def _product(a: Array, b: Array) -> list[Any]:
    """The entries of a times the transpose of b."""
    if not a.shape[-1]:
        return [arb(0)] * (len(a) * len(b))
    if any(isinstance(v, Symbol) for v in itertools.chain(a.flat, b.flat)):
        return [functools.reduce(operator.add, map(operator.mul, row, column)) for row in a for column in b]
    left = arb_mat(len(a), a.shape[-1], a.ravel().tolist())
    right = arb_mat(a.shape[-1], len(b), b.T.ravel().tolist())
    return (left * right).entries()


# Entries that move.

_Move = Callable[[Any, Array], Array]
_MOVES: dict[str, _Move] = {
    "reshape": lambda eqn, x: x.reshape(eqn.outvars[0].aval.shape),
    "squeeze": lambda eqn, x: x.reshape(eqn.outvars[0].aval.shape),
    "expand_dims": lambda eqn, x: x.reshape(eqn.outvars[0].aval.shape),
    "transpose": lambda eqn, x: x.transpose(eqn.params["permutation"]),
    "rev": lambda eqn, x: np.flip(x, eqn.params["dimensions"]),
}


@rule(*_MOVES)
def _moved(walk: Balls, eqn: Any, x: Any) -> Any:
    move = _MOVES[eqn.primitive.name]
    return Maybe(move(eqn, x.yes), move(eqn, x.no)) if isinstance(x, Maybe) else move(eqn, np.asarray(x))


@rule("broadcast_in_dim")
def _spread(walk: Balls, eqn: Any, x: Any) -> Any:
    shape = [1] * len(eqn.params["shape"])
    for size, axis in zip(x.shape, eqn.params["broadcast_dimensions"], strict=True):
        shape[axis] = size

    def spread(a: Array) -> Array:
        return np.broadcast_to(np.asarray(a).reshape(shape), eqn.params["shape"])

    return Maybe(spread(x.yes), spread(x.no)) if isinstance(x, Maybe) else spread(x)


@rule(
    "slice",
    "concatenate",
    "split",
    "stack",
    "unstack",
    "pad",
    "gather",
    "dynamic_slice",
    "dynamic_update_slice",
    "scatter",
)
@rule("tile", "repeat")
def _by_number(walk: Balls, eqn: Any, *xs: Any) -> Any:
    """JAX moves the numbers of the entries, and the entries follow."""
    if any(isinstance(x, Maybe) for x in xs):
        return _moved_truths(walk, eqn, xs)
    data = [n for n, x in enumerate(xs) if x.dtype == object]
    if not data:
        return walk.discrete(eqn, xs)
    others = tuple(np.asarray(x).tobytes() for n, x in enumerate(xs) if n not in data)
    places = walk.keep((id(eqn), *others), lambda: _places(eqn, xs, data))
    entries = np.concatenate([np.ravel(xs[n]) for n in data])
    if eqn.primitive.multiple_results:
        return [entries[p] for p in places]
    return objects(entries[places]) if np.all(places >= 0) else _filled(eqn, entries, places)


def _places(eqn: Any, xs: Sequence[Any], data: Sequence[int]) -> Any:
    numbers, start = list(xs), 0
    for n in data:
        shape = eqn.invars[n].aval.shape
        numbers[n] = np.arange(start, start + math.prod(shape), dtype=np.int32).reshape(shape)
        start += math.prod(shape)
    params = dict(eqn.params)
    if params.get("fill_value") is not None:
        params["fill_value"] = -1
    return bind(eqn, params, numbers)


def _filled(eqn: Any, entries: Array, places: Array) -> Array:
    fill = eqn.params.get("fill_value")
    padded = np.append(entries, objects(arb(math.nan if fill is None else float(fill))))
    return objects(padded[np.where(places < 0, len(entries), places)])


def _moved_truths(walk: Balls, eqn: Any, xs: Sequence[Any]) -> Any:
    if eqn.primitive.multiple_results:
        raise walk.undecided(f"`{eqn.primitive.name}`")
    yes = walk.discrete(eqn, [x.yes if isinstance(x, Maybe) else x for x in xs])
    no = walk.discrete(eqn, [x.no if isinstance(x, Maybe) else _opposite(x) for x in xs])
    return Maybe(yes, no)


def _opposite(x: Any) -> Any:
    return ~x if np.asarray(x).dtype == bool else x


@rule(
    "stop_gradient",
    "copy",
    "copy_p",
    "reduce_precision",
    "optimization_barrier",
    "sharding_constraint",
    "name",
)
@rule("device_put", "pvary", "reshard", "layout_constraint")
def _unchanged(walk: Balls, eqn: Any, *xs: Any) -> Any:
    return xs if eqn.primitive.multiple_results else xs[0]


@rule("iota")
def _iota(walk: Balls, eqn: Any) -> Any:
    shape, axis, dtype = (eqn.params[key] for key in ("shape", "dimension", "dtype"))
    line = np.arange(shape[axis], dtype=np.float64 if floating(eqn) else dtype)
    spread = np.broadcast_to(line.reshape([-1 if a == axis else 1 for a in range(len(shape))]), shape)
    return reals(spread) if floating(eqn) else spread


# Control.


@rule("cond")
def _cond(walk: Balls, eqn: Any, which: Any, *values: Any) -> list[Any]:
    branches = eqn.params["branches"]
    return walk.inline(branches[int(np.clip(settled(walk, which), 0, len(branches) - 1))], values)


@rule("while")
def _while(walk: Balls, eqn: Any, *values: Any) -> list[Any]:
    p = eqn.params
    test, rest = values[: p["cond_nconsts"]], values[p["cond_nconsts"] :]
    consts, carry = rest[: p["body_nconsts"]], list(rest[p["body_nconsts"] :])
    while np.all(settled(walk, walk.inline(p["cond_jaxpr"], [*test, *carry])[0])):
        carry = walk.inline(p["body_jaxpr"], [*consts, *carry])
    return carry


@rule("scan")
def _scan(walk: Balls, eqn: Any, *values: Any) -> list[Any]:
    p = eqn.params
    held, carried = scan_counts(eqn)
    consts, rest = values[:held], values[held:]
    carry, xs = list(rest[:carried]), rest[carried:]
    steps = range(p["length"])
    rows = []
    for i in reversed(steps) if p["reverse"] else steps:
        out = walk.inline(p["jaxpr"], [*consts, *carry, *(x[i, ...] for x in xs)])
        carry, row = out[:carried], out[carried:]
        rows.append(row)
    rows = rows[::-1] if p["reverse"] else rows
    stacks = [np.stack(column) for column in zip(*rows, strict=True)]
    return [*carry, *(stacks or [np.empty(v.aval.shape, object) for v in eqn.outvars[carried:]])]
