"""One walker over jaxprs, for every domain of values.

A value is a numpy array where it is known (integers, booleans, exact floats),
a `Sampled` where a known thing differs between sample points, and else
whatever the domain makes of an unknown real.
"""

import collections
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from jaxmath.verify import known
from jaxmath.verify.num import Sampled, Stuck
from jaxmath.verify.trace import body_of, describe, is_float, where

Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
_EFFECTS = {"debug_callback", "debug_print", "io_callback", "pure_callback", "infeed", "outfeed"}
_EFFECTS |= {"python_callback", "ffi_call"}


_MOVES = {"gather", "dynamic_slice", "dynamic_update_slice", "scatter"}


class Unsupported(Stuck):
    """No model can go on: a primitive without a rule, or a question that has no exact answer."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Registers `fn(walk, eqn, *values)` as the meaning of primitives."""

    def register(fn: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, fn))
        return fn

    return register


class Walk:
    """Evaluates jaxprs in a domain.

    Attributes:
      domain: what unknown reals are.
      primitives: how often each primitive was met.
      eqn: the equation under evaluation.
      place: where it is in the user's code; inside a library function, where that was called.
    """

    def __init__(self, domain: Any) -> None:
        """Starts a walk in a domain."""
        self.domain = domain
        self.primitives: collections.Counter[str] = collections.Counter()
        self.eqn: Any = None
        self.place = ""

    def run(self, jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
        """The outputs of an open jaxpr."""
        env: dict[Any, Any] = {}
        env.update(zip(jaxpr.constvars, map(known.from_array, consts), strict=True))
        env.update(zip(jaxpr.invars, args, strict=True))
        last = _last_uses(jaxpr)
        for n, eqn in enumerate(jaxpr.eqns):
            outs = self.step(eqn, [self.read(env, v) for v in eqn.invars])
            env.update(zip(eqn.outvars, outs, strict=True))
            for var in last.get(n, ()):
                env.pop(var, None)
        return [self.read(env, v) for v in jaxpr.outvars]

    @staticmethod
    def read(env: dict[Any, Any], var: Any) -> Any:
        """The value of a variable or literal."""
        return known.from_array(var.val) if hasattr(var, "val") else env[var]

    def step(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation."""
        self.primitives[eqn.primitive.name] += 1
        outside = self.eqn, self.place
        self.eqn, self.place = eqn, where(eqn) or self.place
        self.domain.where = self.place
        try:
            self._demand_no_effect(eqn)
            outs = self._evaluated(eqn, values)
        except Stuck:
            raise
        except Exception as error:
            raise Stuck(self._failed(eqn, error)) from error
        self.eqn, self.place = outside
        self.domain.where = self.place
        return outs

    def _evaluated(self, eqn: Any, values: list[Any]) -> list[Any]:
        body = None if eqn.primitive.name in RULES else body_of(eqn)
        if body is not None:
            return self.inline(body, values)
        exact = known.evaluate(eqn, values) or known.by_sample(eqn, values)
        return self.apply(eqn, values) if exact is None else exact

    def apply(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation whose operands are not all known."""
        name = eqn.primitive.name
        if name not in RULES:
            raise Unsupported(self.no_rule(eqn))
        if name in _MOVES and any(isinstance(v, jax.core.Tracer) for v in values):
            data = [n for n, v in enumerate(eqn.invars) if is_float(v.aval.dtype)]
            filled = [self.real(v) if n in data else v for n, v in enumerate(values)]
            return [self.domain.apply(eqn.primitive, eqn.params, filled, data)]
        out = RULES[name](self, eqn, *values)
        return list(out) if eqn.primitive.multiple_results else [out]

    def no_rule(self, eqn: Any) -> str:
        """The message for a primitive that the engine does not know."""
        return (
            f"no rule for primitive {describe(eqn)}.\n"
            f"  used{self.place or ' at an unknown place'}\n"
            f"  The proof stops here; nothing is claimed. Known rules: {', '.join(sorted(RULES))}."
        )

    def _demand_no_effect(self, eqn: Any) -> None:
        if eqn.primitive.name in _EFFECTS:
            raise Unsupported(
                f"{describe(eqn)} calls Python while the program runs: it is more than a function.\n"
                f"  used{self.place or ' at an unknown place'}\n"
                "  The proof stops here; nothing is claimed. Ask about the part without the callback."
            )

    def _failed(self, eqn: Any, error: Exception) -> str:
        return (
            f"the rule for {describe(eqn)} does not cover this use: {type(error).__name__}: {error}\n"
            f"  used{self.place or ' at an unknown place'}\n"
            "  The proof stops here; nothing is claimed."
        )

    def stuck(self, text: str) -> Unsupported:
        """An error about the equation under evaluation."""
        return Unsupported(f"{text}\n  in {describe(self.eqn)}{self.place}")

    def real(self, value: Any) -> Any:
        """A value as an element of the domain."""
        if isinstance(value, np.ndarray | np.generic):
            return self.domain.lift(np.asarray(value, np.float64))
        if isinstance(value, Sampled):
            return self.domain.lift_sampled(value)
        return value

    def each(self, fn: Callable[..., Any], *values: Any) -> Any:
        """`fn` of values; a walk over several devices applies it on each."""
        return fn(*values)

    def inline(self, closed: Any, values: Sequence[Any]) -> list[Any]:
        """The outputs of an inner closed jaxpr."""
        if hasattr(closed, "jaxpr"):
            return self.run(closed.jaxpr, closed.consts, values)
        return self.run(closed, (), values)


def _last_uses(jaxpr: Any) -> dict[int, list[Any]]:
    kept = {v for v in jaxpr.outvars if not hasattr(v, "val")}
    last = {v: n for n, eqn in enumerate(jaxpr.eqns) for v in eqn.invars if not hasattr(v, "val")}
    uses = collections.defaultdict(list)
    for var, n in last.items():
        if var not in kept:
            uses[n].append(var)
    return uses


def is_known(value: Any) -> bool:
    """Whether a value is one known array."""
    return isinstance(value, np.ndarray | np.generic | jax.Array)


def out_is_float(eqn: Any, index: int = 0) -> bool:
    """Whether an output of an equation is a floating array."""
    return is_float(eqn.outvars[index].aval.dtype)
