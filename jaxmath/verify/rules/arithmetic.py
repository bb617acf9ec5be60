"""Rules for field operations, transcendental functions, comparisons and choices."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify.interpret import Unsupported, Walk, is_known, out_is_float, rule
from jaxmath.verify.num import Sampled, Share, Stuck, pooled

_LOGIC: dict[str, Callable[..., Any]] = {
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "not": np.bitwise_not,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "max": np.maximum,
    "min": np.minimum,
    "eq": np.equal,
    "ne": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}


def _reals(walk: Walk, *values: Any) -> list[Any]:
    return [walk.real(v) for v in values]


def _leaves(eqn: Any, a: Any, unit: int, b: Any) -> bool:
    """Whether an operand is the unit of an operation, so that the other one is the result."""
    fits = not is_known(b) and b.shape == eqn.outvars[0].aval.shape
    return fits and is_known(a) and bool(np.all(np.equal(a, unit)))


@rule("add", "add_any")
def _add(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    if not out_is_float(eqn):
        return _sampled(walk, eqn, x, y)
    for a, b in ((x, y), (y, x)):
        if _leaves(eqn, a, 0, b):
            return walk.real(b)
    return walk.domain.add(*_reals(walk, x, y))


@rule("sub")
def _sub(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    return walk.domain.sub(*_reals(walk, x, y)) if out_is_float(eqn) else _sampled(walk, eqn, x, y)


@rule("mul")
def _mul(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    if not out_is_float(eqn):
        return _sampled(walk, eqn, x, y)
    for a, b in ((x, y), (y, x)):
        if _leaves(eqn, a, 1, b):
            return walk.real(b)
    if x is y or (eqn.invars[0] is eqn.invars[1]):
        x = walk.real(x)
        return walk.domain.mul(x, x)
    return walk.domain.mul(*_reals(walk, x, y))


@rule("div")
def _div(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    return walk.domain.div(*_reals(walk, x, y)) if out_is_float(eqn) else _sampled(walk, eqn, x, y)


@rule("neg")
def _neg(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.neg(walk.real(x)) if out_is_float(eqn) else _sampled(walk, eqn, x)


@rule("square")
def _square(walk: Walk, eqn: Any, x: Any) -> Any:
    x = walk.real(x)
    return walk.domain.mul(x, x)


@rule("integer_pow")
def _integer_pow(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.integer_pow(walk.real(x), int(eqn.params["y"]))


@rule("pow")
def _pow(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    if is_known(y) and np.size(y) and np.all(y == np.ravel(y)[0]):
        x = np.broadcast_to(x, eqn.outvars[0].aval.shape) if is_known(x) else x  # a literal has no axes
        return _known_power(walk, walk.real(x), Fraction(float(np.ravel(y)[0])), y)
    return walk.domain.power(walk.real(x), walk.real(y))


def _known_power(walk: Walk, x: Any, n: Fraction, y: Any) -> Any:
    d = walk.domain
    if n.denominator == 1 and abs(n) < 2**20:
        return d.integer_pow(x, int(n))
    if n.denominator == 2 and abs(n) < 2**20:
        twice = int(2 * n)
        return d.integer_pow(d.sqrt(x), twice) if twice > 0 else d.integer_pow(d.rsqrt(x), -twice)
    return d.power(x, walk.real(y))


@rule("exp")
def _exp(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.exp(walk.real(x))


@rule("exp2")
def _exp2(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    return d.exp(d.mul(_log_two(walk), walk.real(x)))


@rule("log")
def _log(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.log(walk.real(x))


@rule("log2")
def _log2(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    return d.div(d.log(walk.real(x)), _log_two(walk))


def _log_two(walk: Walk) -> Any:
    return walk.domain.log(walk.real(np.float64(2.0)))


@rule("log1p")
def _log1p(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    return d.log(d.add(walk.real(np.float64(1.0)), walk.real(x)))


@rule("expm1")
def _expm1(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    return d.sub(d.exp(walk.real(x)), walk.real(np.float64(1.0)))


@rule("logistic")
def _logistic(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    one = walk.real(np.float64(1.0))
    return d.inverse(d.add(one, d.exp(d.neg(walk.real(x)))))


@rule("tanh")
def _tanh(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    one, two = walk.real(np.float64(1.0)), walk.real(np.float64(2.0))
    grown = d.exp(d.mul(two, walk.real(x)))
    return d.sub(one, d.div(two, d.add(grown, one)))


@rule("sinh")
def _sinh(walk: Walk, eqn: Any, x: Any) -> Any:
    return _hyperbolic(walk, walk.real(x), -1.0)


@rule("cosh")
def _cosh(walk: Walk, eqn: Any, x: Any) -> Any:
    return _hyperbolic(walk, walk.real(x), 1.0)


def _hyperbolic(walk: Walk, x: Any, sign: float) -> Any:
    d = walk.domain
    grown = d.exp(x)
    return d.mul(
        walk.real(np.float64(0.5)), d.add(grown, d.mul(walk.real(np.float64(sign)), d.inverse(grown)))
    )


@rule("sqrt")
def _sqrt(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.sqrt(walk.real(x))


@rule("rsqrt")
def _rsqrt(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.rsqrt(walk.real(x))


@rule("sin")
def _sin(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.sincos(walk.real(x))[0]


@rule("cos")
def _cos(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.sincos(walk.real(x))[1]


@rule("tan")
def _tan(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.div(*walk.domain.sincos(walk.real(x)))


@rule("erf")
def _erf(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.smooth("erf", walk.real(x))


@rule("erfc")
def _erfc(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    return d.sub(walk.real(np.float64(1.0)), d.smooth("erf", walk.real(x)))


@rule("erf_inv", "lgamma", "digamma", "cbrt", "asin", "acos", "atan", "asinh", "acosh", "atanh", "bessel_i0e")
@rule("bessel_i1e")
def _uninterpreted(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.smooth(eqn.primitive.name, walk.real(x))


# Order.


@rule("max")
def _max(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    return walk.domain.maximum(*_reals(walk, x, y)) if out_is_float(eqn) else _sampled(walk, eqn, x, y)


@rule("min")
def _min(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    return walk.domain.minimum(*_reals(walk, x, y)) if out_is_float(eqn) else _sampled(walk, eqn, x, y)


@rule("clamp")
def _clamp(walk: Walk, eqn: Any, low: Any, x: Any, high: Any) -> Any:
    if not out_is_float(eqn):
        return _sampled(walk, eqn, low, x, high)
    low, x, high = _reals(walk, low, x, high)
    return walk.domain.minimum(walk.domain.maximum(x, low), high)


@rule("abs")
def _abs(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.absolute(walk.real(x)) if out_is_float(eqn) else _sampled(walk, eqn, x)


@rule("sign")
def _sign(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.sign(walk.real(x)) if out_is_float(eqn) else _sampled(walk, eqn, x)


@rule("is_finite")
def _is_finite(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.is_finite(walk.real(x))


@rule("eq", "ne", "gt", "ge", "lt", "le")
def _compare(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    if isinstance(x, Sampled) or isinstance(y, Sampled):
        return _sampled(walk, eqn, x, y)
    if eqn.invars[0] is eqn.invars[1]:
        x = y = walk.real(x)
    return walk.domain.compare(eqn.primitive.name, *_reals(walk, x, y))


@rule("and", "or", "xor", "not", "rem", "shift_left", "shift_right_logical", "reduce_and", "reduce_or")
def _sampled(walk: Walk, eqn: Any, *values: Any) -> Any:
    """Any operation on integers or booleans that differ by sample: JAX evaluates it sample by sample."""
    if any(isinstance(v, Share) for v in values):
        raise Stuck(f"a comparison with a maximum is combined with others{walk.domain.where}")
    fast = _LOGIC.get(eqn.primitive.name)
    if fast is not None:
        arrays = [v.a if isinstance(v, Sampled) else np.asarray(v)[None] for v in values]
        ndim = max(a.ndim for a in arrays)
        return Sampled(
            fast(*(a.reshape(len(a), *(1,) * (ndim - a.ndim), *a.shape[1:]) for a in arrays)), pooled(values)
        )
    if not any(isinstance(v, Sampled) for v in values):
        raise Unsupported(walk.no_rule(eqn))
    count = max(len(v.a) for v in values if isinstance(v, Sampled))
    rows = []
    for s in range(count):
        row = [v.a[s % len(v.a)] if isinstance(v, Sampled) else v for v in values]
        cast = [np.asarray(v, x.aval.dtype) for v, x in zip(row, eqn.invars, strict=True)]
        rows.append(np.asarray(eqn.primitive.bind(*cast, **eqn.params)))
    return Sampled(np.stack(rows))


@rule("select_n")
def _select(walk: Walk, eqn: Any, which: Any, *cases: Any) -> Any:
    if not out_is_float(eqn):
        return _sampled(walk, eqn, which, *cases)
    out, *rest = _reals(walk, *cases)
    for n, case in enumerate(rest, start=1):
        out = walk.domain.select(which if len(cases) == 2 else _equals(which, n), out, case)
    return out


def _equals(which: Any, n: int) -> Any:
    return Sampled(which.a == n) if isinstance(which, Sampled) else np.asarray(which) == n
