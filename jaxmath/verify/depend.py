"""Which entries of a program's outputs depend on marked entries of its inputs.

A walk over the jaxpr in which a value is, for each entry, whether it may
depend on the marks. An entry is cleared only where the program itself shows
that it cannot: no residues are drawn, so nothing is left to chance. What has
no law of its own here depends on everything that goes in.

Over the reals zero times anything is zero, and minus infinity plus anything
is minus infinity: that is how a masked softmax lets nothing through. Under
`ieee` these laws are dropped, for zero times NaN is NaN.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxmath.verify.depend_rules import HANDLERS, parts
from jaxmath.verify.flow import DEFAULT, HIGH, LOW, TABLES, UNDEFINED, UNKNOWN, ZERO, Flow, Marks
from jaxmath.verify.interpret import RULES, Walk, is_known
from jaxmath.verify.rules.movement import numbered

# Rules of the engine that only move entries or call bodies: they serve every domain.
_SHARED = {
    "reshape",
    "squeeze",
    "expand_dims",
    "transpose",
    "broadcast_in_dim",
    "rev",
    "slice",
    "split",
    "unstack",
    "scan",
}
_SHARED |= {"jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint"}
_SHARED |= {"custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr", "pallas_call"}
# Moves by number, with the operands whose entries are moved; None stands for all of them.
_MOVES: dict[str, tuple[int, ...] | None] = {"gather": (0,), "dynamic_slice": (0,), "scatter": (0, 2)}
_MOVES |= {"dynamic_update_slice": (0, 1), "pad": (0, 1), "concatenate": None, "stack": None, "tile": (0,)}
_PASSED = {"device_put", "optimization_barrier", "sharding_constraint", "name", "pvary", "reshard"}
_ELEMENTWISE = {"integer_pow", "square", "pow", "log", "log2", "rsqrt", "cos", "cosh", "acos", "atan2", "rem"}
_ELEMENTWISE |= {"erf_inv", "erfc", "lgamma", "digamma", "atanh", "acosh", "clamp", "nextafter", "not", "and"}
_ELEMENTWISE |= {
    "or",
    "xor",
    "shift_left",
    "shift_right_logical",
    "shift_right_arithmetic",
    "population_count",
}
_ELEMENTWISE |= {"bessel_i0e", "bessel_i1e", "bitcast_convert_type"}
_REDUCTIONS = {"reduce_sum": "add", "reduce_prod": "mul", "reduce_max": "max", "reduce_min": "min"}
_REDUCTIONS |= dict.fromkeys(("reduce_and", "reduce_or", "reduce_xor", "argmax", "argmin"), "")
_EMPTY = {"add": ZERO, "max": LOW, "min": HIGH}
_RUNNING = {"cumsum": "add", "cumprod": "mul", "cummax": "max", "cummin": "min", "cumlogsumexp": ""}


class Depends(Walk):
    """Evaluates jaxprs over `Marks`; with `ieee` no arithmetic law clears an entry."""

    def __init__(self, ieee: bool) -> None:
        """Starts a walk over the reals or over IEEE floats."""
        super().__init__(Flow(ieee))
        self.ieee = ieee

    def apply(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation whose operands are not all known."""
        name = eqn.primitive.name
        if name in HANDLERS:
            return list(HANDLERS[name](self, eqn, *values))
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
        # The first column is the law of a function of one operand.
        state = law[first.state, UNKNOWN] if not rest else first.state
        for other in rest:
            state = law[state, other.state]
        depends = functools.reduce(np.logical_or, [m.depends for m in (first, *rest)])
        return Marks(depends, state)

    def folded(self, eqn: Any, x: Marks) -> Marks:
        """Entries along axes joined."""
        law, axes = _REDUCTIONS[eqn.primitive.name], tuple(map(int, eqn.params["axes"]))
        state = x.state
        for axis in sorted(axes, reverse=True):
            state = _along(TABLES.get(law, DEFAULT), state, axis, _EMPTY.get(law, UNKNOWN))[-1]
        return Marks(np.asarray(x.depends.any(axis=axes)), state)

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
        operands = [self.marks(values[n]) for n in moving] + [self.domain.lift(np.zeros(()))] * (
            fill is not None
        )
        depends, state = (np.concatenate([np.ravel(a) for a in part]) for part in parts(operands))
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


def _along(law: np.ndarray, state: np.ndarray, axis: int, empty: int) -> list[Any]:
    lines = np.moveaxis(state, axis, 0)
    if not len(lines):
        return [np.full(lines.shape[1:], empty, np.int8)]
    out = [lines[0]]
    for line in lines[1:]:
        out.append(law[out[-1], line])
    return out


def through(traced: Any, inputs: Sequence[np.ndarray], ieee: bool) -> list[Marks]:
    """For each output of a traced function its marks, where marked entries of the unknown inputs are."""
    walk = Depends(ieee)
    ins = [Marks(mask, np.full(mask.shape, UNKNOWN, np.int8)) for mask in inputs]
    return [walk.marks(out) for out in walk.inline(traced.jaxpr, ins)]
