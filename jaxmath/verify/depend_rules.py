"""What single primitives do to marks, where it is more than joining what goes in."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaxmath.verify.flow import UNDEFINED, UNKNOWN, ZERO, Marks
from jaxmath.verify.interpret import RULES, is_known
from jaxmath.verify.structure import as_matrices

Handler = Callable[..., Any]
HANDLERS: dict[str, Handler] = {}
_COMPARE = {"eq": np.equal, "ne": np.not_equal, "gt": np.greater, "ge": np.greater_equal, "lt": np.less}
_COMPARE |= {"le": np.less_equal}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Registers `fn(walk, eqn, *values)`, which returns the outputs, as the meaning of primitives."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


def parts(operands: Sequence[Marks]) -> tuple[list[Any], list[Any]]:
    """The dependences and the states of several arrays."""
    return [m.depends for m in operands], [m.state for m in operands]


@handles("select_n")
def _select(walk: Any, eqn: Any, which: Any, *cases: Any) -> list[Marks]:
    spread = walk.spread(eqn, cases)
    depends, state = (np.stack(part) for part in parts(spread))
    if is_known(which):
        at = np.broadcast_to(np.asarray(which).astype(np.intp), depends.shape[1:])[None]
        return [Marks(*(np.take_along_axis(part, at, 0)[0] for part in (depends, state)))]
    return [joined(spread, walk.marks(which).broadcast(depends.shape[1:]).depends)]


def joined(marks: Sequence[Marks], which: Any) -> Marks:
    """One of several values, and it is not known which."""
    depends, state = (np.stack(part) for part in parts(marks))
    same = (state == state[:1]).all(axis=0)
    vague = np.where((state > ZERO).any(axis=0), UNDEFINED, UNKNOWN)
    return Marks(depends.any(axis=0) | which, np.where(same, state[0], vague))


@handles("is_finite")
def _is_finite(walk: Any, eqn: Any, x: Any) -> list[Any]:
    x = walk.marks(x)
    if walk.ieee or (x.state == UNDEFINED).any():
        return [Marks(x.depends, np.full(x.shape, UNKNOWN, np.int8))]
    return [x.state <= ZERO]


@handles("eq", "ne", "gt", "ge", "lt", "le")
def _compare(walk: Any, eqn: Any, x: Any, y: Any) -> list[Any]:
    name, (a, b) = eqn.primitive.name, walk.spread(eqn, (x, y))
    if eqn.invars[0] is eqn.invars[1] and not walk.ieee and not (a.state == UNDEFINED).any():
        return [np.full(a.shape, name in ("eq", "ge", "le"))]
    same = (a.state == b.state) & (a.state != UNKNOWN)
    decided = ((a.rank != b.rank) | same) & (a.state != UNDEFINED) & (b.state != UNDEFINED)
    if decided.all():
        return [_COMPARE[name](a.rank, b.rank)]
    return [Marks((a.depends | b.depends) & ~decided, np.full(a.shape, UNKNOWN, np.int8))]


@handles("dot_general")
def _dot(walk: Any, eqn: Any, x: Any, y: Any) -> list[Marks]:
    x, y = walk.marks(x), walk.marks(y)
    (cx, cy), (bx, by) = eqn.params["dimension_numbers"]
    shape = eqn.outvars[0].aval.shape

    def meet(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        left = as_matrices(a[None].astype(np.float32), cx, bx, contracted_last=True)[0]
        right = as_matrices(b[None].astype(np.float32), cy, by, contracted_last=False)[0]
        return (np.matmul(left, right) > 0).reshape(shape)

    return [_bilinear(meet, x, y)]


@handles("conv_general_dilated")
def _convolution(walk: Any, eqn: Any, x: Any, y: Any) -> list[Marks]:
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


@handles("sort")
def _sort(walk: Any, eqn: Any, *values: Any) -> list[Marks]:
    axis, ins = eqn.params["dimension"], [walk.marks(v) for v in values]
    hit = functools.reduce(np.logical_or, [m.depends for m in ins]).any(axis=axis, keepdims=True)
    bad = functools.reduce(np.logical_or, [m.state > ZERO for m in ins]).any(axis=axis, keepdims=True)
    shape = ins[0].shape
    state = np.broadcast_to(np.where(bad, UNDEFINED, UNKNOWN), shape)
    return [Marks(np.broadcast_to(hit, shape), state) for _ in ins]


@handles("scatter-add", "scatter_add")
def _scatter_add(walk: Any, eqn: Any, x: Any, indices: Any, updates: Any) -> list[Any]:
    if not is_known(indices):
        return walk.everything(eqn, [x, indices, updates])
    return [RULES["scatter-add"](walk, eqn, x, indices, updates)]


@handles("cond")
def _cond(walk: Any, eqn: Any, which: Any, *values: Any) -> list[Any]:
    branches = eqn.params["branches"]
    if is_known(which):
        return walk.inline(branches[int(np.clip(which, 0, len(branches) - 1))], values)
    outs = [[walk.marks(o) for o in walk.inline(branch, values)] for branch in branches]
    hit = walk.marks(which).depends.any()
    return [joined(column, hit) for column in zip(*outs, strict=True)]


@handles("while")
def _while(walk: Any, eqn: Any, *values: Any) -> list[Any]:
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
    walk: Any, p: dict[str, Any], test: Sequence[Any], consts: Sequence[Any], carry: Sequence[Any]
) -> list[Any]:
    """A loop of unknown length: what may depend on the marks after any number of steps."""
    marks = [walk.marks(v) for v in carry]
    while True:
        (more,) = walk.inline(p["cond_jaxpr"], [*test, *marks])
        after = [walk.marks(v) for v in walk.inline(p["body_jaxpr"], [*consts, *marks])]
        hit = walk.marks(more).depends.any()
        merged = [joined(pair, hit) for pair in zip(marks, after, strict=True)]
        if all(a.equals(b) for a, b in zip(marks, merged, strict=True)):
            return merged
        marks = merged
