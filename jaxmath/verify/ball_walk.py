"""The walk over a jaxpr in which every floating value is an array of balls."""

import collections
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flint import arb

from jaxmath.verify.trace import body_of, describe, is_float, where

Array = Any
UNIT = arb(0).union(arb(1))
Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
_BODIES = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_CALLS = {"jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint", "custom_jvp_call"}
_CALLS |= {"custom_vjp_call", "custom_vjp_call_jaxpr"}
_LOGIC = {"and": np.logical_and, "or": np.logical_or, "not": np.logical_not, "xor": np.logical_xor}


class NoEnclosure(Exception):
    """The evaluation cannot go on; the text says where and why."""


class Undecided(NoEnclosure):
    """Balls overlap where the program has to know which is greater."""


class Maybe:
    """An array of truth values, some of which are not known.

    Attributes:
      yes: where it may be true.
      no: where it may be false.
    """

    def __init__(self, yes: Array, no: Array) -> None:
        """An entry may be true, false, or either."""
        self.yes = yes
        self.no = no

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return np.shape(self.yes)

    @property
    def open(self) -> Array:
        """Where it may be either."""
        return self.yes & self.no


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Registers `fn(walk, eqn, *values)` as the meaning of primitives."""

    def register(fn: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, fn))
        return fn

    return register


class Balls:
    """Evaluates jaxprs over balls.

    Attributes:
      notes: what was taken for granted on the way.
      primitives: how often each primitive was met.
      eqn: the equation under evaluation.
    """

    def __init__(self) -> None:
        """Starts without notes."""
        self.notes: dict[str, None] = {}
        self.primitives: collections.Counter[str] = collections.Counter()
        self.eqn: Any = None
        self._kept: dict[Any, Any] = {}

    def run(self, jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
        """The outputs of an open jaxpr."""
        env: dict[Any, Any] = dict(zip(jaxpr.constvars, map(lifted, consts), strict=True))
        env.update(zip(jaxpr.invars, args, strict=True))
        for eqn in jaxpr.eqns:
            outs = self.step(eqn, [self.read(env, v) for v in eqn.invars])
            env.update(zip(eqn.outvars, outs, strict=True))
        return [self.read(env, v) for v in jaxpr.outvars]

    def inline(self, closed: Any, values: Sequence[Any]) -> list[Any]:
        """The outputs of an inner jaxpr."""
        if hasattr(closed, "jaxpr"):
            return self.run(closed.jaxpr, closed.consts, values)
        return self.run(closed, (), values)

    def read(self, env: dict[Any, Any], var: Any) -> Any:
        """The value of a variable or literal."""
        if not hasattr(var, "val"):
            return env[var]
        return self.keep(("literal", id(var)), lambda: lifted(np.asarray(var.val, var.aval.dtype)))

    def step(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation."""
        name = eqn.primitive.name
        self.primitives[name] += 1
        if name in _CALLS:
            return self.inline(next(eqn.params[key] for key in _BODIES if key in eqn.params), values)
        body = None if name in RULES else body_of(eqn)
        if body is not None:
            return self.inline(body, values)
        self.eqn = eqn
        if name in RULES:
            out = RULES[name](self, eqn, *values)
        elif _is_discrete(eqn, values):
            out = self.discrete(eqn, values)
        else:
            raise NoEnclosure(self.no_rule(eqn))
        return list(out) if eqn.primitive.multiple_results else [out]

    def discrete(self, eqn: Any, values: Sequence[Any]) -> Any:
        """JAX's own evaluation of integers and booleans; the same question is asked once only."""
        if eqn.primitive.name in _LOGIC and all(v.aval.dtype == bool for v in eqn.invars):
            return np.asarray(_LOGIC[eqn.primitive.name](*values))
        values = [np.asarray(v, x.aval.dtype) for v, x in zip(values, eqn.invars, strict=True)]
        key = (id(eqn), *(v.tobytes() for v in values))
        return self.keep(key, lambda: bind(eqn, eqn.params, values))

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was made for this key before, or is made now."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def no_rule(self, eqn: Any) -> str:
        """The message for a primitive that has no meaning here."""
        known = ", ".join(sorted({*RULES, *_CALLS}))
        return (
            f"ball: no rule for primitive {describe(eqn)}.\n"
            f"  used{where(eqn) or ' at an unknown place'}\n"
            f"  The enclosure stops here; nothing is claimed. Known rules: {known}."
        )

    def note(self, text: str) -> None:
        """Records what is taken for granted in the equation under evaluation."""
        self.notes[f"{text}{where(self.eqn)}"] = None

    def undecided(self, what: str) -> Undecided:
        """An error about a comparison without an answer, in the equation under evaluation."""
        return Undecided(
            f"ball: {what} depends on a comparison of values that could not be told apart.\n"
            f"  in {describe(self.eqn)}{where(self.eqn)}\n"
            "  Use jnp.where, choose inputs off the boundary, or raise the precision."
        )


def _is_discrete(eqn: Any, values: Sequence[Any]) -> bool:
    discrete = all(isinstance(v, np.ndarray | np.generic) and v.dtype != object for v in values)
    return discrete and not any(is_float(v.aval.dtype) for v in eqn.outvars)


def bind(eqn: Any, params: dict[str, Any], values: Sequence[Any]) -> Any:
    """An equation's primitive on concrete arrays."""
    with jax.enable_x64(True):
        out = eqn.primitive.bind(*map(jnp.asarray, values), **params)
    return [np.asarray(o) for o in out] if eqn.primitive.multiple_results else np.asarray(out)


def objects(x: Any, shape: tuple[int, ...] | None = None) -> Array:
    """An array of Python objects, also for a single one."""
    if not isinstance(x, np.ndarray):
        one = np.empty((), object)
        one[()] = x
        x = one
    return x if shape is None else x.reshape(shape)


def elementwise(function: Callable[..., Any], arity: int = 1) -> Callable[..., Array]:
    """A function of objects on arrays of objects."""
    spread = np.frompyfunc(function, arity, 1)
    return lambda *arrays: objects(spread(*arrays))


_from_float = elementwise(arb)


def lifted(constant: Any) -> Array:
    """A concrete array as it is evaluated: floats as exact balls, anything else as it is."""
    array = np.asarray(constant)
    if not is_float(array.dtype):
        return array
    return _from_float(objects(array.astype(np.float64).astype(object)))


def reals(x: Any) -> Array:
    """Integers, booleans and undecided truths as balls; balls as they are."""
    if isinstance(x, Maybe):
        return elementwise(_truth, 2)(x.yes, x.no)
    x = np.asarray(x)
    return x if x.dtype == object else _from_float(objects(x.astype(object)))


def _truth(yes: bool, no: bool) -> Any:
    return UNIT if yes and no else arb(int(yes))
