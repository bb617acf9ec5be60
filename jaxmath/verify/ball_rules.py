"""What arithmetic and truth mean over balls."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from jaxmath.verify.ball_dual import Symbol, maximum, minimum
from jaxmath.verify.ball_functions import FUNCTIONS, power
from jaxmath.verify.ball_tape import Form, Truth
from jaxmath.verify.ball_walk import Array, Balls, Maybe, elementwise, objects, reals, rule
from jaxmath.verify.trace import is_float

_ARITHMETIC = {"add": operator.add, "add_any": operator.add, "sub": operator.sub, "mul": operator.mul}
_ARITHMETIC |= {"div": operator.truediv, "max": maximum, "min": minimum}


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


def has_symbols(x: Any) -> bool:
    """Whether entries of an array are not known yet."""
    return isinstance(x, np.ndarray) and x.dtype == object and any(isinstance(v, Symbol) for v in x.flat)


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
    if np.any(elementwise(_straddles)(x)):
        walk.note("square roots are taken of what is not negative")
    return elementwise(FUNCTIONS[eqn.primitive.name])(x)


def _straddles(x: Any) -> bool:
    if isinstance(x, Form):
        return not x.tape.is_positive(x)
    return not x >= 0 and not x < 0 and x.is_finite()


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
    n = None if isinstance(y, Symbol) else y.unique_fmpz() if y.is_exact() else None
    if n is not None:
        return power(x, int(n))
    return FUNCTIONS["exp"](y * FUNCTIONS["log"](x))


@rule("clamp")
def _clamp(walk: Balls, eqn: Any, low: Any, x: Any, high: Any) -> Any:
    if not floating(eqn):
        return walk.discrete(eqn, [low, x, high])
    return elementwise(maximum, 2)(reals(low), elementwise(minimum, 2)(reals(x), reals(high)))


# Truth values.


def _comparison(
    sure: Callable[..., bool], never: Callable[..., bool], symbolic: Callable[[Form, Any], Any], at_tie: bool
) -> Callable[..., Any]:
    certain, impossible = elementwise(sure, 2), elementwise(never, 2)

    def on_arrays(walk: Balls, eqn: Any, x: Any, y: Any) -> Any:
        if not is_float(eqn.invars[0].aval.dtype):
            return _logic(walk, eqn, x, y)
        x, y = reals(x), reals(y)
        if has_symbols(x) or has_symbols(y):
            form = next(v.tape.form for v in (*x.flat, *y.flat) if isinstance(v, Form))
            return plain(elementwise(lambda a, b: symbolic(form(a), b), 2)(x, y))
        if eqn.invars[0] is eqn.invars[1] and not np.any(elementwise(arb.is_nan)(x)):
            return np.full(np.shape(x), at_tie)
        return decided(~impossible(x, y).astype(bool), ~certain(x, y).astype(bool))

    return on_arrays


def plain(truths: Array) -> Array:
    """An array of truths, of booleans if all of them are known."""
    return truths if has_symbols(truths) else truths.astype(bool)


def _not(truth: Any) -> Any:
    return ~truth if isinstance(truth, Truth) else not truth


def _less(a: Form, b: Any) -> Any:
    return a.is_less(b)


def _at_most(a: Form, b: Any) -> Any:
    return a.is_less(b, or_equal=True)


def _equal(a: Form, b: Any) -> Any:
    return a.is_equal(b)


def _opposite(symbolic: Callable[[Form, Any], Any]) -> Callable[[Form, Any], Any]:
    return lambda a, b: _not(symbolic(a, b))


rule("lt")(_comparison(operator.lt, operator.ge, _less, at_tie=False))
rule("le")(_comparison(operator.le, operator.gt, _at_most, at_tie=True))
rule("eq")(_comparison(operator.eq, operator.ne, _equal, at_tie=True))
rule("ge")(_comparison(operator.ge, operator.lt, _opposite(_less), at_tie=True))
rule("gt")(_comparison(operator.gt, operator.le, _opposite(_at_most), at_tie=False))
rule("ne")(_comparison(operator.ne, operator.eq, _opposite(_equal), at_tie=False))


def decided(yes: Array, no: Array) -> Any:
    """Truth values, as a plain array where all of them are known."""
    return Maybe(yes, no) if np.any(yes & no) else yes


def _either(x: Any) -> Maybe:
    return x if isinstance(x, Maybe) else Maybe(np.asarray(x, bool), ~np.asarray(x, bool))


@rule("and", "or", "not", "xor", "reduce_and", "reduce_or")
def _logic(walk: Balls, eqn: Any, *xs: Any) -> Any:
    if any(has_symbols(x) for x in xs):
        return _symbolic_logic(walk, eqn, *xs)
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


def _symbolic_logic(walk: Balls, eqn: Any, *xs: Any) -> Array:
    connectives: dict[str, Callable[..., Any]] = {"and": operator.and_, "or": operator.or_, "not": _not}
    if eqn.primitive.name not in connectives:
        raise walk.undecided(f"`{eqn.primitive.name}`")
    return plain(elementwise(connectives[eqn.primitive.name], len(xs))(*(settled(walk, x) for x in xs)))


@rule("is_finite")
def _is_finite(walk: Balls, eqn: Any, x: Array) -> Any:
    finite = elementwise(lambda v: v.is_finite())(x)
    if has_symbols(finite):
        return finite
    infinite = elementwise(lambda v: isinstance(v, arb) and v.is_exact() and not v.is_finite())(x)
    return decided(~infinite.astype(bool), ~finite.astype(bool))


@rule("select_n")
def _select(walk: Balls, eqn: Any, which: Any, *cases: Any) -> Any:
    if floating(eqn):
        cases = tuple(map(reals, cases))
    if has_symbols(which):
        return elementwise(_selected, 3)(which, cases[1], cases[0])
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


def _selected(which: Any, yes: Any, no: Any) -> Any:
    if not isinstance(which, Truth):
        return yes if which else no
    if isinstance(yes, bool | Truth):
        return (which & yes) | (~which & no)
    return which.choose(yes, no)


def _chosen(may: bool, may_not: bool, yes: Any, no: Any) -> Any:
    if may and may_not:
        return yes.union(no)
    return yes if may else no


@rule("convert_element_type")
def _cast(walk: Balls, eqn: Any, x: Any) -> Any:
    if floating(eqn) and has_symbols(x):
        return elementwise(lambda v: v.choose(arb(1), arb(0)) if isinstance(v, Truth) else v)(x)
    if floating(eqn):
        return reals(x)
    if has_symbols(x):
        raise walk.undecided("a cast to integers")
    if is_float(eqn.invars[0].aval.dtype):
        whole = elementwise(lambda v: _truncated(walk, v))(x)
        return whole.astype(eqn.outvars[0].aval.dtype)
    if isinstance(x, Maybe) and eqn.outvars[0].aval.dtype == bool:
        return x
    return walk.discrete(eqn, [settled(walk, x)])


def _truncated(walk: Balls, x: Any) -> int:
    whole = (x.floor() if x >= 0 else x.ceil()).unique_fmpz()
    if whole is None:
        raise walk.undecided("a cast to integers")
    return int(whole)
