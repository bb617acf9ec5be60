"""Hand-written derivative rules inside a function: each is found and held against what it differentiates."""

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

from jaxmath.verify import prove
from jaxmath.verify.depend import Depends
from jaxmath.verify.errors import QuestionError
from jaxmath.verify.interpret import is_known
from jaxmath.verify.num import Stuck
from jaxmath.verify.problem import Jvp, Sides, Vjp
from jaxmath.verify.trace import Spec, is_float, trace, where
from jaxmath.verify.verdict import Certificate

RULES = {"custom_jvp_call": "jvp", "custom_vjp_call": "vjp"}


def prove_rules(
    f: Callable[..., Any], *args: Any, failure: float = prove.FAILURE, seed: int = 0
) -> dict[str, Certificate]:
    """Whether every `custom_jvp` and `custom_vjp` that f(*args) calls is the derivative of what it stands for.

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
      given: for each operand its value where it is a known array of integers or booleans, else None.
    """

    eqn: Any
    given: tuple[Any, ...]

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
        values = tuple(None if g is None else np.asarray(g).tobytes() for g in self.given)
        return self.name, self.types, values, str(self.eqn.params["call_jaxpr"])


class _Collector(Depends):
    """Walks through a program and keeps the calls it meets, with their known operands."""

    def __init__(self) -> None:
        super().__init__(ieee=True)
        self.sites: list[Site] = []

    def apply(self, eqn: Any, values: list[Any]) -> list[Any]:
        """The outputs of one equation."""
        if eqn.primitive.name in RULES:
            known = (None if is_float(x.aval.dtype) or not is_known(v) else v for x, v in zip(eqn.invars, values))
            self.sites.append(Site(eqn, tuple(known)))
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
    unmet = [Site(eqn, (None,) * len(eqn.invars)) for eqn in _calls(closed.jaxpr) if id(eqn) not in met]
    return list({site.identity: site for site in reversed([*walk.sites, *unmet])}.values())[::-1]


def _calls(jaxpr: Any) -> Iterator[Any]:
    for eqn in jaxpr.eqns:
        if eqn.primitive.name in RULES:
            yield eqn
    for inner in core.subjaxprs(jaxpr):
        yield from _calls(inner)


def _answer(site: Site, failure: float, seed: int) -> Certificate:
    kind = RULES[site.eqn.primitive.name]
    open_question = functools.partial(
        Certificate, kind=kind, verdict="unknown", args=site.types, failure=failure, seed=seed
    )
    operands = [v.aval for v in site.eqn.invars]
    for n, (aval, given) in enumerate(zip(operands, site.given, strict=True)):
        if given is None and not is_float(aval.dtype):
            return open_question(
                reason=f"operand {n} of {site.name} is {aval.str_short()} and its values are not known; "
                "the rule is proved only where they are. Pass concrete integers."
            )
    args = [
        Spec(a.shape, a.dtype) if g is None else jnp.asarray(g, a.dtype)
        for a, g in zip(operands, site.given, strict=True)
    ]
    try:
        return _proved(site, kind, args, failure, seed)
    except QuestionError as error:
        return open_question(reason=str(error))
    except Exception as error:  # noqa: BLE001 -- the rule is a stranger's code: whatever it raises is told
        return open_question(reason=f"the rule raised {type(error).__name__}: {error}")


def _proved(site: Site, kind: str, args: list[Any], failure: float, seed: int) -> Certificate:
    """The primal of the rule against the function, then its derivative."""
    body = core.jaxpr_as_fun(site.eqn.params["call_jaxpr"])
    rule = _Rule(site.eqn)
    primal = prove.answer(Sides(lambda *xs: (list(body(*xs)), rule.primal(kind, xs)), args), failure, seed)
    if not primal.held:
        text = f"the rule's own value is not the function's: {primal.reason}"
        return dataclasses.replace(primal, reason=text)
    question = Jvp(body, rule.jvp, args) if kind == "jvp" else Vjp(body, rule.vjp, args)
    return _both(primal, prove.answer(question, failure, seed))


def _both(primal: Certificate, derivative: Certificate) -> Certificate:
    if not derivative.held:
        return derivative
    bounds = [c.error_bound for c in (primal, derivative)]
    figures = [c.error_bound if c.error_bound is not None else c.error_estimate or 0.0 for c in (primal, derivative)]
    bounded = None not in bounds
    return dataclasses.replace(
        derivative,
        assumptions=tuple(dict.fromkeys((*primal.assumptions, *derivative.assumptions))),
        readings=tuple(dict.fromkeys((*primal.readings, *derivative.readings))),
        error_bound=sum(figures) if bounded else None,
        error_estimate=None if bounded else sum(figures),
        theorem=derivative.theorem if bounded else None,
    )


class _Rule:
    """The rule of one call, as JAX applies it: the program is this call alone, so nothing else is differentiated."""

    def __init__(self, eqn: Any) -> None:
        ins = [core.Var(v.aval) for v in eqn.invars]
        outs = [core.Var(v.aval) for v in eqn.outvars]
        alone = eqn.replace(invars=ins, outvars=outs)
        info = eqn.params["call_jaxpr"].jaxpr.debug_info
        jaxpr = core.Jaxpr((), ins, outs, [alone], eqn.effects, info._replace(arg_names=("",) * len(ins), result_paths=("",) * len(outs)))
        self.call = core.jaxpr_as_fun(core.ClosedJaxpr(jaxpr, ()))

    def _of_floats(self, args: Any) -> tuple[Callable[..., Any], list[Any]]:
        floats = [is_float(jnp.result_type(a)) for a in args]

        def call(*given: Any) -> list[Any]:
            rest = iter(given)
            return list(self.call(*(next(rest) if f else a for f, a in zip(floats, args, strict=True))))

        return call, [a for a, f in zip(args, floats, strict=True) if f]

    def primal(self, kind: str, args: Any) -> list[Any]:
        """What the rule itself computes as the function's value."""
        call, floats = self._of_floats(args)
        if kind == "jvp":
            return jax.jvp(call, floats, [jnp.zeros_like(a) for a in floats])[0]
        return jax.vjp(call, *floats)[0]

    def jvp(self, args: Any, tangents: Any) -> list[Any]:
        """The rule's derivative along tangents."""
        call, floats = self._of_floats(args)
        outs, slopes = jax.jvp(call, floats, [t for t in tangents if t is not None])
        return [s if is_float(o.dtype) else jnp.zeros_like(o) for o, s in zip(outs, slopes, strict=True)]

    def vjp(self, *args: Any) -> tuple[Any, ...]:
        """The rule's pullback."""
        *args, cotangents = args
        call, floats = self._of_floats(args)
        return jax.vjp(call, *floats)[1](list(cotangents))
