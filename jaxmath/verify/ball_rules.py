"""What the primitives of JAX mean over balls."""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import arb, arb_mat

from jaxmath.verify.ball import Array, Balls, Maybe, bind, elementwise, objects, reals, rule
from jaxmath.verify.ball_dual import Dual, hull, maximum, minimum, value
from jaxmath.verify.ball_functions import FUNCTIONS, power
from jaxmath.verify.trace import is_float

_ARITHMETIC = {"add": operator.add, "add_any": operator.add, "sub": operator.sub, "mul": operator.mul}
_ARITHMETIC |= {"div": operator.truediv, "max": maximum, "min": minimum}
_ARITHMETIC["atan2"] = lambda y, x: value(y).atan2(value(x))


def _floating(eqn: Any) -> bool:
    return is_float(eqn.outvars[0].aval.dtype)


def _binary(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    mapped = elementwise(function, 2)
    squared = elementwise(FUNCTIONS["square"])

    def on_arrays(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
        if not _floating(eqn):
            return walk.discrete(eqn, [_settled(walk, x), _settled(walk, y)])
        if function is operator.mul and eqn.invars[0] is eqn.invars[1]:
            return squared(reals(x))
        return mapped(reals(x), reals(y))

    return on_arrays


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    mapped = elementwise(function)

    def on_array(walk: Balls, eqn: Any, x: Any) -> Any:
        return mapped(reals(x)) if _floating(eqn) else walk.discrete(eqn, [_settled(walk, x)])

    return on_array


for _name, _operation in _ARITHMETIC.items():
    rule(_name)(_binary(_operation))
for _name, _function in FUNCTIONS.items():
    rule(_name)(_unary(_function))
rule("neg")(_unary(operator.neg))


def _settled(walk: Balls, x: Any) -> Any:
    if isinstance(x, Maybe):
        if np.any(x.open):
            raise walk.undecided(f"`{walk.eqn.primitive.name}`")
        return x.yes
    return x


@rule("sqrt", "rsqrt")
def _root(walk: Balls, eqn: Any, x: Array) -> Array:
    straddles = elementwise(lambda v: not value(v) >= 0 and not value(v) < 0 and value(v).is_finite())
    if np.any(straddles(x)):
        walk.note("square roots are taken of what is not negative")
    return elementwise(FUNCTIONS[eqn.primitive.name])(x)


@rule("integer_pow")
def _integer_power(walk: Balls, eqn: Any, x: Any) -> Any:
    n = int(eqn.params["y"])
    return elementwise(lambda v: power(v, n))(reals(x)) if _floating(eqn) else walk.discrete(eqn, [x])


@rule("pow")
def _power(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
    if not _floating(eqn):
        return walk.discrete(eqn, [x, y])
    return elementwise(_one_power, 2)(reals(x), reals(y))


def _one_power(x: Any, y: Any) -> Any:
    n = None if isinstance(y, Dual) else y.unique_fmpz() if y.is_exact() else None
    if n is not None:
        return power(x, int(n))
    return FUNCTIONS["exp"](y * FUNCTIONS["log"](x))


@rule("clamp")
def _clamp(walk: Balls, eqn: Any, low: Any, x: Any, high: Any) -> Any:
    if not _floating(eqn):
        return walk.discrete(eqn, [low, x, high])
    return elementwise(maximum, 2)(reals(low), elementwise(minimum, 2)(reals(x), reals(high)))


# Truth values.

_LESS = (lambda a, b: value(a) < value(b), lambda a, b: value(a) >= value(b))
_LESS_OR_EQUAL = (lambda a, b: value(a) <= value(b), lambda a, b: value(a) > value(b))
_EQUAL = (lambda a, b: value(a) == value(b), lambda a, b: value(a) != value(b))


def _comparison(sure: Callable[..., bool], never: Callable[..., bool], at_tie: bool) -> Callable[..., Any]:
    certain, impossible = elementwise(sure, 2), elementwise(never, 2)

    def on_arrays(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
        if not is_float(eqn.invars[0].aval.dtype):
            return _logic(walk, eqn, x, y)
        x, y = reals(x), reals(y)
        if eqn.invars[0] is eqn.invars[1] and not np.any(elementwise(lambda v: value(v).is_nan())(x)):
            return np.full(np.shape(x), at_tie)
        return decided(~impossible(x, y).astype(bool), ~certain(x, y).astype(bool))

    return on_arrays


rule("lt")(_comparison(*_LESS, at_tie=False))
rule("ge")(_comparison(*_LESS[::-1], at_tie=True))
rule("le")(_comparison(*_LESS_OR_EQUAL, at_tie=True))
rule("gt")(_comparison(*_LESS_OR_EQUAL[::-1], at_tie=False))
rule("eq")(_comparison(*_EQUAL, at_tie=True))
rule("ne")(_comparison(*_EQUAL[::-1], at_tie=False))


def decided(yes: Array, no: Array) -> Any:
    """Truth values, as a plain array where all of them are known."""
    return Maybe(yes, no) if np.any(yes & no) else yes


def _either(x: Any) -> Maybe:
    return x if isinstance(x, Maybe) else Maybe(np.asarray(x, bool), ~np.asarray(x, bool))


@rule("and", "or", "not")
def _logic(walk: Balls, eqn: Any, *xs: Any) -> Any:
    if not any(isinstance(x, Maybe) for x in xs):
        return walk.discrete(eqn, xs)
    a, b = _either(xs[0]), _either(xs[-1])
    if eqn.primitive.name == "not":
        return decided(a.no, a.yes)
    if eqn.primitive.name == "and":
        return decided(a.yes & b.yes, a.no | b.no)
    if eqn.primitive.name == "or":
        return decided(a.yes | b.yes, a.no & b.no)
    raise walk.undecided(f"`{eqn.primitive.name}`")


@rule("is_finite")
def _is_finite(walk: Balls, eqn: Any, x: Array) -> Any:
    finite = elementwise(lambda v: value(v).is_finite())(x).astype(bool)
    infinite = elementwise(lambda v: value(v).is_exact() and not value(v).is_finite())(x).astype(bool)
    return decided(~infinite, ~finite)


@rule("select_n")
def _select(walk: Balls, eqn: Any, which: Any, *cases: Any) -> Any:
    if _floating(eqn):
        cases = tuple(map(reals, cases))
    if isinstance(which, Maybe):
        return _select_either(walk, eqn, which, *cases)
    if any(isinstance(case, Maybe) for case in cases):
        no, yes = map(_either, cases)
        return decided(np.where(which, yes.yes, no.yes), np.where(which, yes.no, no.no))
    return np.choose(np.asarray(which).astype(int), cases) if len(cases) > 2 else objects(np.where(which, *cases[::-1]))


def _select_either(walk: Balls, eqn: Any, which: Maybe, no: Any, yes: Any) -> Any:
    if _floating(eqn):
        return elementwise(_chosen, 4)(which.yes, which.no, yes, no)
    if eqn.outvars[0].aval.dtype != bool:
        raise walk.undecided("`select_n` of integers")
    a, b = _either(yes), _either(no)
    return decided((which.yes & a.yes) | (which.no & b.yes), (which.yes & a.no) | (which.no & b.no))


def _chosen(may: bool, may_not: bool, yes: Any, no: Any) -> Any:
    if may and may_not:
        return hull(yes, no)
    return yes if may else no


@rule("convert_element_type")
def _cast(walk: Balls, eqn: Any, x: Any) -> Any:
    if _floating(eqn):
        return reals(x)
    if is_float(eqn.invars[0].aval.dtype):
        whole = elementwise(lambda v: _truncated(walk, value(v)))(x)
        return whole.astype(eqn.outvars[0].aval.dtype)
    if isinstance(x, Maybe) and eqn.outvars[0].aval.dtype == bool:
        return x
    return walk.discrete(eqn, [_settled(walk, x)])


def _truncated(walk: Balls, x: Any) -> int:
    whole = (x.floor() if x >= 0 else x.ceil()).unique_fmpz()
    if whole is None:
        raise walk.undecided("a cast to integers")
    return int(whole)


# Sums.


def _folded(join: Callable[[Any, Any], Any], start: Any) -> Callable[..., Any]:
    def on_array(walk: Balls, eqn: Any, x: Any) -> Any:
        if not _floating(eqn):
            return walk.discrete(eqn, [_settled(walk, x)])
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
    if not _floating(eqn):
        return walk.discrete(eqn, [x])
    join = {"cumsum": operator.add, "cumprod": operator.mul, "cummax": maximum, "cummin": minimum}
    axis, reverse = eqn.params["axis"], eqn.params["reverse"]
    lines = np.moveaxis(np.flip(x, axis) if reverse else x, axis, 0)
    out = np.stack(list(itertools.accumulate(lines, elementwise(join[eqn.primitive.name], 2)))) if len(lines) else lines
    out = np.moveaxis(out, 0, axis)
    return np.flip(out, axis) if reverse else out


@rule("dot_general")
def _dot(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
    if not _floating(eqn):
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
    if any(isinstance(v, Dual) for v in itertools.chain(a.flat, b.flat)):
        return [functools.reduce(operator.add, map(operator.mul, row, column)) for row in a for column in b]
    left = arb_mat(*a.shape, a.ravel().tolist())
    right = arb_mat(*b.T.shape, b.T.ravel().tolist())
    return (left * right).entries()


# Entries that move.


@rule("reshape", "squeeze", "expand_dims", "transpose", "broadcast_in_dim", "rev", "slice", "concatenate", "split")
@rule("stack", "pad", "gather", "dynamic_slice", "dynamic_update_slice", "scatter", "tile", "repeat")
def _moved(walk: Balls, eqn: Any, *xs: Any) -> Any:
    """JAX moves the numbers of the entries, and the entries follow."""
    if any(isinstance(x, Maybe) for x in xs):
        return _moved_truths(walk, eqn, xs)
    if not _floating(eqn):
        return walk.discrete(eqn, xs)
    data = [n for n, v in enumerate(eqn.invars) if is_float(v.aval.dtype)]
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


@rule("stop_gradient", "copy", "copy_p", "reduce_precision", "optimization_barrier", "sharding_constraint", "name")
@rule("device_put", "pvary", "reshard", "layout_constraint")
def _unchanged(walk: Balls, eqn: Any, *xs: Any) -> Any:
    return xs if eqn.primitive.multiple_results else xs[0]


@rule("iota")
def _iota(walk: Balls, eqn: Any) -> Any:
    line = walk.keep(id(eqn), lambda: bind(eqn, eqn.params, ()))
    return reals(line.astype(np.float64)) if _floating(eqn) else line


# Control.


@rule("cond")
def _cond(walk: Balls, eqn: Any, which: Any, *values: Any) -> list[Any]:
    branches = eqn.params["branches"]
    return walk.inline(branches[int(np.clip(_settled(walk, which), 0, len(branches) - 1))], values)


@rule("while")
def _while(walk: Balls, eqn: Any, *values: Any) -> list[Any]:
    p = eqn.params
    test, rest = values[: p["cond_nconsts"]], values[p["cond_nconsts"] :]
    consts, carry = rest[: p["body_nconsts"]], list(rest[p["body_nconsts"] :])
    while np.all(_settled(walk, walk.inline(p["cond_jaxpr"], [*test, *carry])[0])):
        carry = walk.inline(p["body_jaxpr"], [*consts, *carry])
    return carry


@rule("scan")
def _scan(walk: Balls, eqn: Any, *values: Any) -> list[Any]:
    p = eqn.params
    consts, rest = values[: p["num_consts"]], values[p["num_consts"] :]
    carry, xs = list(rest[: p["num_carry"]]), rest[p["num_carry"] :]
    steps = range(p["length"])
    rows = []
    for i in reversed(steps) if p["reverse"] else steps:
        out = walk.inline(p["jaxpr"], [*consts, *carry, *(objects(x[i]) for x in xs)])
        carry, row = out[: p["num_carry"]], out[p["num_carry"] :]
        rows.append(row)
    rows = rows[::-1] if p["reverse"] else rows
    stacks = [np.stack(column) for column in zip(*rows, strict=True)]
    return [*carry, *(stacks or [np.empty(v.aval.shape, object) for v in eqn.outvars[p["num_carry"] :]])]
