"""Rules for calls, loops and branches."""

from typing import Any

import numpy as np

from jaxmath.verify import compiled, known
from jaxmath.verify.interpret import Walk, is_known, rule
from jaxmath.verify.num import Sampled
from jaxmath.verify.rules.movement import _moved
from jaxmath.verify.trace import is_float, scan_counts

_BODIES = ("jaxpr", "call_jaxpr", "fun_jaxpr")


@rule("jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint", "custom_jvp_call")
@rule("custom_vjp_call", "custom_vjp_call_jaxpr", "custom_lin", "xla_call")
def _call(walk: Walk, eqn: Any, *values: Any) -> list[Any]:
    body = next(eqn.params[name] for name in _BODIES if name in eqn.params)
    return walk.inline(body, values)


@rule("cond")
def _cond(walk: Walk, eqn: Any, which: Any, *values: Any) -> list[Any]:
    if not is_known(which):
        raise walk.stuck("a branch is taken on unknown reals. Use jnp.where to compute both sides.")
    branches = eqn.params["branches"]
    return walk.inline(branches[int(np.clip(which, 0, len(branches) - 1))], values)


@rule("while")
def _while(walk: Walk, eqn: Any, *values: Any) -> list[Any]:
    p = eqn.params
    test, rest = values[: p["cond_nconsts"]], values[p["cond_nconsts"] :]
    consts, carry = rest[: p["body_nconsts"]], list(rest[p["body_nconsts"] :])
    for _ in range(1_000_000):
        (more,) = walk.inline(p["cond_jaxpr"], [*test, *carry])
        if not is_known(more):
            raise walk.stuck("a loop runs for as long as unknown reals say. Use a fixed number of steps.")
        if not np.all(more):
            return carry
        carry = walk.inline(p["body_jaxpr"], [*consts, *carry])
    raise walk.stuck("a loop ran for a million steps")


@rule("scan")
def _scan(walk: Walk, eqn: Any, *values: Any) -> list[Any]:
    if getattr(walk.domain, "rolls", False):
        return compiled.scan(walk, eqn, values)
    p = eqn.params
    held, carried = scan_counts(eqn)
    consts, rest = values[:held], values[held:]
    carry, xs = list(rest[:carried]), rest[carried:]
    steps = range(p["length"])
    rows: list[list[Any]] = []
    for i in reversed(steps) if p["reverse"] else steps:
        row = [walk.each(lambda x, i=i: _moved(walk, x, lambda a: a[:, i]), x) for x in xs]
        out = walk.inline(p["jaxpr"], [*consts, *carry, *row])
        carry, ys = out[:carried], out[carried:]
        rows.append(ys)
    rows = rows[::-1] if p["reverse"] else rows
    stacks = eqn.outvars[carried:]
    return [
        *carry,
        *(
            walk.each(lambda *rows, v=v: _stacked(walk, rows, v), *column)
            for column, v in zip(zip(*rows, strict=True), stacks, strict=False)
        ),
    ]


def _stacked(walk: Walk, rows: tuple[Any, ...], var: Any) -> Any:
    if all(is_known(r) for r in rows):
        return known.from_array(np.stack([np.asarray(r) for r in rows]))
    if any(isinstance(r, Sampled) for r in rows) and not is_float(var.aval.dtype):
        return Sampled(
            np.stack(np.broadcast_arrays(*(r.a if isinstance(r, Sampled) else r[None] for r in rows)), 1)
        )
    return walk.domain.concatenate([_moved(walk, walk.real(r), lambda a: a[:, None]) for r in rows], 0)
