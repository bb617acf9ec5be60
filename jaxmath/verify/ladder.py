"""In which order the models are tried."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from jaxmath.verify.model import Model
from jaxmath.verify.trace import is_float

_EXP = {
    "exp",
    "exp2",
    "log",
    "log1p",
    "expm1",
    "tanh",
    "logistic",
    "log2",
    "sinh",
    "cosh",
    "pow",
    "cumlogsumexp",
    "erf",
}
_LOG = {"log", "log1p", "log2", "cumlogsumexp"}
_ROOT = {"sqrt", "rsqrt", "pow"}
_ORDER = {
    "max",
    "min",
    "reduce_max",
    "reduce_min",
    "gt",
    "ge",
    "lt",
    "le",
    "eq",
    "ne",
    "abs",
    "sign",
    "clamp",
}
_ORDER |= {"cummax", "cummin", "argmax", "argmin", "sort", "top_k"}
_DEPARTURES = 3


def ladder(programs: Iterable[Any], wide_too: Callable[[], bool]) -> Iterator[Model]:
    """Models from the strictest to the freest, those that cannot matter for the programs left out.

    Args:
      programs: the closed jaxprs in question.
      wide_too: tells whether the functions can be traced in float64; asked only where that matters.
    """
    names, rounded = _survey(programs)
    exps: list[tuple[str, int]] = [("free", 2)]
    if names & _EXP or names & {"sin", "cos"}:
        exps += [("tower", 2), ("tower", 3), ("tower", 4)]
    roots = ["free", "ratio", "algebraic"] if names & _ROOT else ["free"]
    maxima = ["free", "mixed", "sign", "order"] if names & _ORDER else ["free"]
    traces = [(False, False)]
    if rounded:
        traces += [(True, False), (True, True), (False, True)] if wide_too() else [(False, True)]
    logs = ["split", "whole"] if names & _LOG else ["split"]
    choices: tuple[Sequence[Any], ...] = (traces, exps, roots, maxima, logs)
    options = itertools.product(*(enumerate(kinds) for kinds in choices))
    for option in sorted(options, key=_cost):
        ranks, ((wide, read), (exp, levels), root, most, log) = zip(*option, strict=True)
        if sum(rank > 0 for rank in ranks) <= _DEPARTURES:
            yield Model(exp=exp, levels=levels, roots=root, maxima=most, logs=log, read=read, wide=wide)


def _cost(option: tuple[tuple[int, Any], ...]) -> tuple[int, int, tuple[int, ...]]:
    ranks = tuple(rank for rank, _ in option)
    return sum(rank > 0 for rank in ranks), sum(ranks), ranks[::-1]


def draws(programs: Iterable[Any]) -> bool:
    """Whether the programs draw random bits, of which JAX gives others where floats are wider."""
    names, _ = _survey(programs)
    return any(name.startswith(("random_", "threefry", "rng_")) for name in names)


def _survey(programs: Iterable[Any]) -> tuple[set[str], bool]:
    """The primitives in the programs, and whether they hold floats that may have been rounded."""
    names: set[str] = set()
    rounded = False
    todo = [(p.jaxpr, p.consts) for p in programs]
    while todo:
        jaxpr, consts = todo.pop()
        rounded |= any(is_float(getattr(c, "dtype", bool)) for c in consts)
        for eqn in jaxpr.eqns:
            names.add(eqn.primitive.name)
            rounded |= any(_may_be_rounded(v) for v in eqn.invars)
            todo += [inner for value in eqn.params.values() for inner in _inner(value)]
    return names, rounded


def _may_be_rounded(var: Any) -> bool:
    if not hasattr(var, "val") or not is_float(var.aval.dtype):
        return False
    value = float(var.val)
    return abs(value) < 1e9 and value * 64 != int(value * 64)


def _inner(value: Any) -> Iterator[tuple[Any, Any]]:
    if hasattr(value, "jaxpr") and hasattr(value, "consts"):
        yield value.jaxpr, value.consts
    elif hasattr(value, "eqns"):
        yield value, ()
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _inner(part)
