"""Which entries of a program's outputs depend on marked entries of its inputs.

A walk over the jaxpr in which a value is, for each entry, whether it may
depend on the marks. An entry is cleared only where the program itself shows
that it cannot: no residues are drawn, so nothing is left to chance. What has
no law of its own here depends on everything that goes in.

Over the reals zero times anything is zero, and minus infinity plus anything
is minus infinity: that is how a masked softmax lets nothing through. Under
`ieee` these laws are dropped, for zero times NaN is NaN.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaxmath.verify.flow import DEFAULT, HIGH, LOW, TABLES, UNDEFINED, UNKNOWN, ZERO, Flow, Marks
from jaxmath.verify.interpret import RULES, Walk, is_known
from jaxmath.verify.rules.movement import numbered
from jaxmath.verify.structure import as_matrices

Handler = Callable[..., Any]
_HANDLERS: dict[str, Handler] = {}
# Rules of the engine that only move entries or call bodies: they serve every domain.
_SHARED = {"reshape", "squeeze", "expand_dims", "transpose", "broadcast_in_dim", "rev", "slice", "split", "scan"}
_SHARED |= {"jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint"}
_SHARED |= {"custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr", "pallas_call"}
# Moves by number, with the operands whose entries are moved; None stands for all of them.
_MOVES: dict[str, tuple[int, ...] | None] = {"gather": (0,), "dynamic_slice": (0,), "scatter": (0, 2)}
_MOVES |= {"dynamic_update_slice": (0, 1), "pad": (0, 1), "concatenate": None, "stack": None, "tile": (0,)}
_PASSED = {"device_put", "optimization_barrier", "sharding_constraint", "name", "pvary", "reshard"}
_ELEMENTWISE = {"integer_pow", "square", "pow", "log", "log2", "rsqrt", "cos", "cosh", "acos", "atan2", "rem"}
_ELEMENTWISE |= {"erf_inv", "erfc", "lgamma", "digamma", "atanh", "acosh", "clamp", "nextafter", "not", "and"}
_ELEMENTWISE |= {"or", "xor", "shift_left", "shift_right_logical", "shift_right_arithmetic", "population_count"}
_ELEMENTWISE |= {"bessel_i0e", "bessel_i1e", "bitcast_convert_type"}
_REDUCTIONS = {"reduce_sum": "add", "reduce_prod": "mul", "reduce_max": "max", "reduce_min": "min"}
_REDUCTIONS |= dict.fromkeys(("reduce_and", "reduce_or", "reduce_xor", "argmax", "argmin"), "")
_COMPARE = {"eq": np.equal, "ne": np.not_equal, "gt": np.greater, "ge": np.greater_equal, "lt": np.less}
_COMPARE |= {"le": np.less_equal}
_EMPTY = {"add": ZERO, "max": LOW, "min": HIGH}
_RUNNING = {"cumsum": "add", "cumprod": "mul", "cummax": "max", "cummin": "min", "cumlogsumexp": ""}


def _handles(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        _HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


class Depends(Walk):
    """Evaluates jaxprs over `Marks`; with `ieee` no arithmetic law clears an entry."""

    def __init__(self, ieee: bool) -> None:
        """Starts a walk over the reals or over IEEE floats."""
        super().__init__(Flow(ieee))
        self.ieee = ieee

    def apply(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation whose operands are not all known."""
        name = eqn.primitive.name
        if name in _HANDLERS:
            return list(_HANDLERS[name](self, eqn, *values))
        if name in _SHARED:
            out = RULES[name](self, eqn, *values)
            return list(out) if eqn.primitive.multiple_results else [out]
        if name in _MOVES:
            return self.moved(eqn, values)
        if name in _PASSED:
            return [self.marks(v) for v in values]
        if (name in TABLES or name in _ELEMENTWISE) and _entry_by_entry(eqn):
            return [self.elementwise(eqn, values)]
        if name in _REDUCTIONS:
            return [self.folded(eqn, self.marks(values[0]))]
        if name in _RUNNING:
            return [self.running(eqn, self.marks(values[0]))]
        return self.everything(eqn, values)

    def marks(self, value: Any) -> Marks:
        """A value as marks; what is known depends on nothing."""
        return value if isinstance(value, Marks) else self.domain.lift(value)

    def spread(self, eqn: Any, values: Sequence[Any]) -> list[Marks]:
        """The operands in the shape of the result."""
        shape = eqn.outvars[0].aval.shape
        return [self.marks(v).broadcast(shape) for v in values]

    def elementwise(self, eqn: Any, values: Sequence[Any]) -> Marks:
        """Entry by entry, with the laws of the table where there is one."""
        first, *rest = self.spread(eqn, values)
        law = TABLES.get(eqn.primitive.name, DEFAULT)
        state = law[first.state, 0] if not rest else first.state
        for other in rest:
            state = law[state, other.state]
        depends = functools.reduce(np.logical_or, [m.depends for m in (first, *rest)])
        return Marks(depends, state)

    def folded(self, eqn: Any, x: Marks) -> Marks:
        """Entries along axes joined."""
        law, axes = _REDUCTIONS[eqn.primitive.name], tuple(eqn.params["axes"])
        state = x.state
        for axis in sorted(axes, reverse=True):
            state = _along(TABLES.get(law, DEFAULT), state, axis, _EMPTY.get(law, UNKNOWN))[-1]
        return Marks(x.depends.any(axis=axes), state)

    def running(self, eqn: Any, x: Marks) -> Marks:
        """Entries along an axis joined one after another."""
        axis, law = eqn.params["axis"], TABLES.get(_RUNNING[eqn.primitive.name], DEFAULT)
        turn = functools.partial(np.flip, axis=axis) if eqn.params["reverse"] else np.asarray
        state = np.stack(_along(law, turn(x.state), axis, UNKNOWN), axis) if x.depends.size else x.state
        return Marks(turn(np.logical_or.accumulate(turn(x.depends), axis)), turn(state))

    def moved(self, eqn: Any, values: Sequence[Any]) -> list[Any]:
        """Entries moved to known places."""
        moving = _MOVES[eqn.primitive.name] or range(len(values))
        if not all(is_known(v) for n, v in enumerate(values) if n not in moving):
            return self.everything(eqn, values)
        places, fill = numbered(eqn, values, moving)
        operands = [self.marks(values[n]) for n in moving] + [self.domain.lift(np.zeros(()))] * (fill is not None)
        depends, state = (np.concatenate([np.ravel(a) for a in part]) for part in _parts(operands))
        if fill is not None:
            state[-1] = self.domain.lift(np.float64(fill)).state
        state = np.where(places < 0, UNDEFINED, state[places])
        return [Marks(depends[places] & (places >= 0), state)]

    def everything(self, eqn: Any, values: Sequence[Any]) -> list[Any]:
        """Every entry of every output depends on every entry of every operand."""
        ins = [self.marks(v) for v in values]
        hit = any(m.depends.any() for m in ins)
        state = UNDEFINED if any((m.state > ZERO).any() for m in ins) else UNKNOWN
        shapes = [getattr(v.aval, "shape", ()) for v in eqn.outvars]
        return [Marks(np.full(shape, hit), np.full(shape, state, np.int8)) for shape in shapes]


def _entry_by_entry(eqn: Any) -> bool:
    """Whether each operand has the shape of the result, or ones where it is repeated."""
    shape = eqn.outvars[0].aval.shape
    spread = [zip(v.aval.shape, shape, strict=True) for v in eqn.invars if v.aval.ndim == len(shape)]
    fitting = all(a in (1, b) for sizes in spread for a, b in sizes)
    return fitting and all(v.aval.ndim in (0, len(shape)) for v in eqn.invars)


def _parts(operands: Sequence[Marks]) -> tuple[list[Any], list[Any]]:
    return [m.depends for m in operands], [m.state for m in operands]


def _along(law: np.ndarray, state: np.ndarray, axis: int, empty: int) -> list[np.ndarray]:
    lines = np.moveaxis(state, axis, 0)
    if not len(lines):
        return [np.full(lines.shape[1:], empty, np.int8)]
    out = [lines[0]]
    for line in lines[1:]:
        out.append(law[out[-1], line])
    return out


@_handles("select_n")
def _select(walk: Depends, eqn: Any, which: Any, *cases: Any) -> list[Marks]:
    depends, state = (np.stack(part) for part in _parts(walk.spread(eqn, cases)))
    if is_known(which):
        at = np.broadcast_to(np.asarray(which).astype(np.intp), depends.shape[1:])[None]
        return [Marks(*(np.take_along_axis(part, at, 0)[0] for part in (depends, state)))]
    return [_joined(depends, state, walk.marks(which).broadcast(depends.shape[1:]).depends)]


def _joined(depends: np.ndarray, state: np.ndarray, which: np.ndarray) -> Marks:
    """One of several values (first axis), and it is not known which."""
    same = (state == state[:1]).all(axis=0)
    vague = np.where((state > ZERO).any(axis=0), UNDEFINED, UNKNOWN)
    return Marks(depends.any(axis=0) | which, np.where(same, state[0], vague))


@_handles("is_finite")
def _is_finite(walk: Depends, eqn: Any, x: Any) -> list[Any]:
    x = walk.marks(x)
    if walk.ieee or (x.state == UNDEFINED).any():
        return [Marks(x.depends, np.full(x.shape, UNKNOWN, np.int8))]
    return [x.state <= ZERO]


@_handles("eq", "ne", "gt", "ge", "lt", "le")
def _compare(walk: Depends, eqn: Any, x: Any, y: Any) -> list[Any]:
    name, (a, b) = eqn.primitive.name, walk.spread(eqn, (x, y))
    if eqn.invars[0] is eqn.invars[1] and not walk.ieee and not (a.state == UNDEFINED).any():
        return [np.full(a.shape, name in ("eq", "ge", "le"))]
    same = (a.state == b.state) & (a.state != UNKNOWN)
    decided = ((a.rank != b.rank) | same) & (a.state != UNDEFINED) & (b.state != UNDEFINED)
    if decided.all():
        return [_COMPARE[name](a.rank, b.rank)]
    return [Marks((a.depends | b.depends) & ~decided, np.full(a.shape, UNKNOWN, np.int8))]


@_handles("dot_general")
def _dot(walk: Depends, eqn: Any, x: Any, y: Any) -> list[Marks]:
    x, y = walk.marks(x), walk.marks(y)
    (cx, cy), (bx, by) = eqn.params["dimension_numbers"]
    shape = eqn.outvars[0].aval.shape

    def meet(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        left = as_matrices(a[None].astype(np.float32), cx, bx, contracted_last=True)[0]
        right = as_matrices(b[None].astype(np.float32), cy, by, contracted_last=False)[0]
        return (np.matmul(left, right) > 0).reshape(shape)

    return [_bilinear(meet, x, y)]


@_handles("conv_general_dilated")
def _convolution(walk: Depends, eqn: Any, x: Any, y: Any) -> list[Marks]:
    params = {**eqn.params, "preferred_element_type": np.dtype(np.float32)}

    def meet(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(eqn.primitive.bind(a.astype(np.float32), b.astype(np.float32), **params)) > 0

    return [_bilinear(meet, walk.marks(x), walk.marks(y))]


def _bilinear(meet: Callable[[np.ndarray, np.ndarray], np.ndarray], x: Marks, y: Marks) -> Marks:
    """A sum of products: a product with a known zero lets nothing through."""
    ones = [np.ones(m.shape, bool) for m in (x, y)]
    alive = [m.state != ZERO for m in (x, y)]
    bad = [m.state > ZERO for m in (x, y)]
    depends = meet(x.depends, alive[1]) | meet(alive[0], y.depends)
    state = np.where(meet(*alive), UNKNOWN, ZERO)
    return Marks(depends, np.where(meet(bad[0], ones[1]) | meet(ones[0], bad[1]), UNDEFINED, state))


@_handles("sort")
def _sort(walk: Depends, eqn: Any, *values: Any) -> list[Marks]:
    axis, ins = eqn.params["dimension"], [walk.marks(v) for v in values]
    hit = functools.reduce(np.logical_or, [m.depends for m in ins]).any(axis=axis, keepdims=True)
    bad = functools.reduce(np.logical_or, [m.state > ZERO for m in ins]).any(axis=axis, keepdims=True)
    shape = ins[0].shape
    state = np.broadcast_to(np.where(bad, UNDEFINED, UNKNOWN), shape)
    return [Marks(np.broadcast_to(hit, shape), state) for _ in ins]


@_handles("scatter-add", "scatter_add")
def _scatter_add(walk: Depends, eqn: Any, x: Any, indices: Any, updates: Any) -> list[Any]:
    if not is_known(indices):
        return walk.everything(eqn, [x, indices, updates])
    return [RULES["scatter-add"](walk, eqn, x, indices, updates)]


@_handles("cond")
def _cond(walk: Depends, eqn: Any, which: Any, *values: Any) -> list[Any]:
    branches = eqn.params["branches"]
    if is_known(which):
        return walk.inline(branches[int(np.clip(which, 0, len(branches) - 1))], values)
    outs = [[walk.marks(o) for o in walk.inline(branch, values)] for branch in branches]
    hit = walk.marks(which).depends.any()
    return [_joined(*(np.stack(part) for part in _parts(column)), hit) for column in zip(*outs, strict=True)]


@_handles("while")
def _while(walk: Depends, eqn: Any, *values: Any) -> list[Any]:
    p = eqn.params
    test, rest = values[: p["cond_nconsts"]], values[p["cond_nconsts"] :]
    consts, carry = rest[: p["body_nconsts"]], list(rest[p["body_nconsts"] :])
    for _ in range(1_000_000):
        (more,) = walk.inline(p["cond_jaxpr"], [*test, *carry])
        if is_known(more) and not np.all(more):
            return carry
        after = walk.inline(p["body_jaxpr"], [*consts, *carry])
        if not is_known(more):
            return _until_nothing_changes(walk, p, test, consts, carry)
        carry = after
    raise walk.stuck("a loop ran for a million steps")


def _until_nothing_changes(
    walk: Depends, p: dict[str, Any], test: Sequence[Any], consts: Sequence[Any], carry: Sequence[Any]
) -> list[Any]:
    """A loop of unknown length: what may depend on the marks after any number of steps."""
    marks = [dataclasses.replace(walk.marks(v)) for v in carry]
    while True:
        (more,) = walk.inline(p["cond_jaxpr"], [*test, *marks])
        after = [walk.marks(v) for v in walk.inline(p["body_jaxpr"], [*consts, *marks])]
        hit = walk.marks(more).depends.any()
        joined = [
            _joined(*(np.stack(part) for part in _parts(pair)), hit) for pair in zip(marks, after, strict=True)
        ]
        if all(a.equals(b) for a, b in zip(marks, joined, strict=True)):
            return joined
        marks = joined


def through(traced: Any, inputs: Sequence[np.ndarray], ieee: bool) -> list[Marks]:
    """For each output of a traced function the entries that depend on marked entries of its unknown inputs."""
    walk = Depends(ieee)
    ins = [Marks(mask, np.full(mask.shape, UNKNOWN, np.int8)) for mask in inputs]
    return [walk.marks(out) for out in walk.inline(traced.jaxpr, ins)]

