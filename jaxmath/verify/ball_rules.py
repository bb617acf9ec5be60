"""What arithmetic and truth mean over balls."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxmath.verify.ball_dual import Dual, hull, maximum, minimum, value
from jaxmath.verify.ball_functions import FUNCTIONS, power
from jaxmath.verify.ball_walk import Array, Balls, Maybe, elementwise, objects, reals, rule
from jaxmath.verify.trace import is_float

_ARITHMETIC = {"add": operator.add, "add_any": operator.add, "sub": operator.sub, "mul": operator.mul}
_ARITHMETIC |= {"div": operator.truediv, "max": maximum, "min": minimum}
_ARITHMETIC["atan2"] = lambda y, x: value(y).atan2(value(x))


def floating(eqn: Any) -> bool:
    """Whether the first output of an equation is a floating array."""
    return is_float(eqn.outvars[0].aval.dtype)


def _binary(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    mapped = elementwise(function, 2)
    squared = elementwise(FUNCTIONS["square"])

    def on_arrays(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
        if not floating(eqn):
            return walk.discrete(eqn, [settled(walk, x), settled(walk, y)])
        if function is operator.mul and eqn.invars[0] is eqn.invars[1]:
            return squared(reals(x))
        return mapped(reals(x), reals(y))

    return on_arrays


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    mapped = elementwise(function)

    def on_array(walk: Balls, eqn: Any, x: Any) -> Any:
        return mapped(reals(x)) if floating(eqn) else walk.discrete(eqn, [settled(walk, x)])

    return on_array


for _name, _operation in _ARITHMETIC.items():
    rule(_name)(_binary(_operation))
for _name, _function in FUNCTIONS.items():
    rule(_name)(_unary(_function))
rule("neg")(_unary(operator.neg))


def settled(walk: Balls, x: Any) -> Any:
    """A value without undecided truths.

    Raises:
      Undecided: if there are any.
    """
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
    return elementwise(lambda v: power(v, n))(reals(x)) if floating(eqn) else walk.discrete(eqn, [x])


@rule("pow")
def _power(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
    if not floating(eqn):
        return walk.discrete(eqn, [x, y])
    return elementwise(_one_power, 2)(reals(x), reals(y))


def _one_power(x: Any, y: Any) -> Any:
    n = None if isinstance(y, Dual) else y.unique_fmpz() if y.is_exact() else None
    if n is not None:
        return power(x, int(n))
    return FUNCTIONS["exp"](y * FUNCTIONS["log"](x))


@rule("clamp")
def _clamp(walk: Balls, eqn: Any, low: Any, x: Any, high: Any) -> Any:
    if not floating(eqn):
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


@rule("and", "or", "not", "xor", "reduce_and", "reduce_or")
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
    if floating(eqn):
        cases = tuple(map(reals, cases))
    if isinstance(which, Maybe):
        return _select_either(walk, eqn, which, *cases)
    if any(isinstance(case, Maybe) for case in cases):
        no, yes = map(_either, cases)
        return decided(np.where(which, yes.yes, no.yes), np.where(which, yes.no, no.no))
    return (
        np.choose(np.asarray(which).astype(int), cases)
        if len(cases) > 2
        else objects(np.where(which, *cases[::-1]))
    )


def _select_either(walk: Balls, eqn: Any, which: Maybe, no: Any, yes: Any) -> Any:
    if floating(eqn):
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
    if floating(eqn):
        return reals(x)
    if is_float(eqn.invars[0].aval.dtype):
        whole = elementwise(lambda v: _truncated(walk, value(v)))(x)
        return whole.astype(eqn.outvars[0].aval.dtype)
    if isinstance(x, Maybe) and eqn.outvars[0].aval.dtype == bool:
        return x
    return walk.discrete(eqn, [settled(walk, x)])


def _truncated(walk: Balls, x: Any) -> int:
    whole = (x.floor() if x >= 0 else x.ceil()).unique_fmpz()
    if whole is None:
        raise walk.undecided("a cast to integers")
    return int(whole)
