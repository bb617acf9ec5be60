"""Hand-written derivative rules inside a function: each is found and held against what it differentiates."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

from jaxmath.verify import climb
from jaxmath.verify.depend import Depends
from jaxmath.verify.errors import QuestionError
from jaxmath.verify.interpret import is_known
from jaxmath.verify.num import Stuck
from jaxmath.verify.problem import Jvp, Sides, Vjp
from jaxmath.verify.trace import Spec, is_float, trace, where
from jaxmath.verify.verdict import Certificate

RULES = {"custom_jvp_call": "jvp", "custom_vjp_call": "vjp"}


def prove_rules(
    f: Callable[..., Any], *args: Any, failure: float = climb.FAILURE, seed: int = 0
) -> dict[str, Certificate]:
    """Whether every `custom_jvp` and `custom_vjp` in f(*args) is the derivative of its function.

    Rules are found wherever they are: in f, in what f calls, in loops, branches and checkpoints, one's own
    or a library's. Each is proved for all values of its floating operands, not only for those it gets in f.
    A `custom_vjp` is also asked whether its forward pass computes the function itself.

    Args:
      f: a function of arrays.
      *args: arrays, `jax.ShapeDtypeStruct`s, or pytrees of them.
      failure: the probability of a false `proved` that is allowed, for each rule.
      seed: of the random points.

    Returns:
      A certificate for each rule, under its name and the place of its call.
    """
    found: dict[str, Certificate] = {}
    for site in _sites(f, args):
        name = site.name if site.name not in found else f"{site.name}, {', '.join(site.types)}"
        name = name if name not in found else f"{name}, call {len(found)}"
        found[name] = _answer(site, failure, seed)
    return found


@dataclasses.dataclass(frozen=True)
class Site:
    """A call of a function with a rule of its own.

    Attributes:
      eqn: the equation.
      known: the operands that are known arrays, by number.
    """

    eqn: Any
    known: dict[int, Any]

    @property
    def kind(self) -> str:
        """`jvp` or `vjp`."""
        return RULES[self.eqn.primitive.name]

    @property
    def discrete(self) -> dict[int, Any]:
        """The known operands that are integers, booleans or keys."""
        return {n: v for n, v in self.known.items() if not is_float(self.eqn.invars[n].aval.dtype)}

    @property
    def constants(self) -> dict[int, Any]:
        """The known operands that are floats."""
        return {n: v for n, v in self.known.items() if is_float(self.eqn.invars[n].aval.dtype)}

    @property
    def open(self) -> str:
        """Which operand stops the question: one of integers or booleans whose values are not known."""
        for n, var in enumerate(self.eqn.invars):
            if n not in self.known and not is_float(var.aval.dtype):
                return f"operand {n} of {self.name} is {var.aval.str_short()} and its values are not known"
        return ""

    @property
    def name(self) -> str:
        """The function's name and the place of its definition, or of the call if JAX does not tell."""
        info = self.eqn.params["call_jaxpr"].jaxpr.debug_info
        name, _, place = (info.func_src_info or "").rpartition(" at ")
        return f"{name} at {os.path.basename(place)}" if name else f"{info.func_name}{where(self.eqn)}"

    @property
    def types(self) -> tuple[str, ...]:
        """The operands' types."""
        return tuple(v.aval.str_short() for v in self.eqn.invars)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes two calls one question."""
        values = tuple(sorted((n, np.asarray(v).tobytes()) for n, v in self.discrete.items()))
        return self.name, self.types, values, str(self.eqn.params["call_jaxpr"])


class _Collector(Depends):
    """Walks through a program and keeps the calls it meets, with their known operands."""

    def __init__(self) -> None:
        super().__init__(ieee=True)
        self.sites: list[Site] = []

    def apply(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation."""
        if eqn.primitive.name in RULES:
            self.sites.append(Site(eqn, {n: v for n, v in enumerate(values) if is_known(v)}))
        return super().apply(eqn, values)


def _sites(f: Callable[..., Any], args: tuple[Any, ...]) -> list[Site]:
    """Every call once: those that the program reaches, then those behind untaken branches."""
    closed = trace(f, args, prune=False).jaxpr
    walk = _Collector()
    try:
        walk.inline(closed, [walk.domain.lift(np.zeros(v.aval.shape)) for v in closed.jaxpr.invars])
    except Stuck:
        pass
    met = {id(site.eqn) for site in walk.sites}
    unmet = [Site(eqn, {}) for eqn in _calls(closed.jaxpr) if id(eqn) not in met]
    return list({site.identity: site for site in reversed([*walk.sites, *unmet])}.values())[::-1]


def _calls(jaxpr: Any) -> Iterator[Any]:
    for eqn in jaxpr.eqns:
        if eqn.primitive.name in RULES:
            yield eqn
    for inner in core.subjaxprs(jaxpr):
        yield from _calls(inner)


def _answer(site: Site, failure: float, seed: int) -> Certificate:
    if site.open:
        return _unknown(
            site, f"{site.open}; the rule is proved only where they are. Pass concrete integers.", seed
        )
    found = _asked(site, site.discrete, failure, seed)
    if found.held or not site.constants:
        return found
    # A rule may be written for the constant it gets, a mask of zeros and infinities for instance.
    narrow = _asked(site, {**site.discrete, **site.constants}, failure, seed)
    if not narrow.held:
        return found
    told = f"the rule is taken at the constants it gets here: operands {', '.join(map(str, site.constants))}"
    return dataclasses.replace(narrow, assumptions=(*narrow.assumptions, told))


def _unknown(site: Site, reason: str, seed: int) -> Certificate:
    return Certificate(kind=site.kind, verdict="unknown", reason=reason, args=site.types, seed=seed)


def _asked(site: Site, fixed: dict[int, Any], failure: float, seed: int) -> Certificate:
    try:
        found = _proved(Rule(site.eqn, fixed), site.kind, failure, seed)
    except QuestionError as error:
        return _unknown(site, str(error), seed)
    except Exception as error:  # The rule is a stranger's code: whatever it raises is told.
        return _unknown(site, f"the rule raised {type(error).__name__}: {error}", seed)
    return dataclasses.replace(found, args=site.types)


def _proved(rule: "Rule", kind: str, failure: float, seed: int) -> Certificate:
    """The value that the rule computes against the function, then the derivative."""
    sides = Sides(lambda *xs: (rule.body(*xs), rule.value(kind, *xs)), rule.args)
    if any(isinstance(c, jax.core.Tracer) for program in sides.programs() for c in program.consts):
        raise QuestionError(
            "the rule closes over a value of the function around it, which is not known alone.\n"
            "  Pass that value to the function with the rule as an argument."
        )
    value = climb.answer(sides, failure, seed)
    if not value.held:
        return dataclasses.replace(
            value, reason=f"the rule's own value is not the function's: {value.reason}"
        )
    question = Jvp(rule.body, rule.jvp, rule.args) if kind == "jvp" else Vjp(rule.body, rule.vjp, rule.args)
    derivative = climb.answer(question, failure, seed)
    return _both(value, derivative) if derivative.held else derivative


def _both(value: Certificate, derivative: Certificate) -> Certificate:
    """The derivative's certificate, with what the proof of the value rests on beside."""
    both = (value, derivative)
    bounded = all(c.error_bound is not None for c in both)
    figure = min(1.0, sum(c.error_estimate or 0.0 if c.error_bound is None else c.error_bound for c in both))
    return dataclasses.replace(
        derivative,
        assumptions=tuple(dict.fromkeys((*value.assumptions, *derivative.assumptions))),
        readings=tuple(dict.fromkeys((*value.readings, *derivative.readings))),
        branches=value.branches + derivative.branches,
        error_bound=figure if bounded else None,
        error_estimate=None if bounded else figure,
        theorem=derivative.theorem if bounded else None,
    )


class Rule:
    """The rule of one call, as JAX applies it: a program of this call alone.

    Attributes:
      args: the types of the operands that are not fixed.
    """

    def __init__(self, eqn: Any, fixed: dict[int, Any]) -> None:
        """Takes the equation out of its program, with some operands fixed."""
        ins = [core.Var(v.aval) for v in eqn.invars]
        outs = [core.Var(v.aval) for v in eqn.outvars]
        info = eqn.params["call_jaxpr"].jaxpr.debug_info
        info = info._replace(arg_names=("",) * len(ins), result_paths=("",) * len(outs))
        jaxpr = core.Jaxpr((), ins, outs, [eqn.replace(invars=ins, outvars=outs)], eqn.effects, info)
        self._alone = core.jaxpr_as_fun(core.ClosedJaxpr(jaxpr, ()))
        self._inner = core.jaxpr_as_fun(eqn.params["call_jaxpr"])
        self._avals, self._fixed = [v.aval for v in eqn.invars], fixed
        self._closed = eqn.params.get("num_consts", 0)
        self.args = [Spec(a.shape, a.dtype) for n, a in enumerate(self._avals) if n not in fixed]

    def _filled(self, xs: Sequence[Any]) -> list[Any]:
        rest, fixed = iter(xs), self._fixed
        filled = [
            jnp.asarray(fixed[n], a.dtype) if n in fixed else next(rest) for n, a in enumerate(self._avals)
        ]
        # What the function closes over is an operand, but the rule does not speak of it.
        return [*map(jax.lax.stop_gradient, filled[: self._closed]), *filled[self._closed :]]

    def _call(self, *xs: Any) -> list[Any]:
        return list(self._alone(*self._filled(xs)))

    def body(self, *xs: Any) -> list[Any]:
        """The function itself."""
        return list(self._inner(*self._filled(xs)))

    def value(self, kind: str, *xs: Any) -> list[Any]:
        """What the rule computes as the function's value."""
        if kind == "vjp":
            return jax.vjp(self._call, *xs)[0]
        return jax.jvp(self._call, xs, tuple(jnp.ones_like(x) for x in xs))[0]

    def jvp(self, xs: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        """The rule's derivative along tangents."""
        outs, slopes = jax.jvp(self._call, tuple(xs), tuple(tangents))
        return [s if is_float(o.dtype) else jnp.zeros_like(o) for o, s in zip(outs, slopes, strict=True)]

    def vjp(self, *xs_and_cotangents: Any) -> tuple[Any, ...]:
        """The rule's pullback."""
        *xs, cotangents = xs_and_cotangents
        return jax.vjp(self._call, *xs)[1](list(cotangents))
