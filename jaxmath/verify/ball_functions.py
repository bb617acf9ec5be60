"""Elementary functions of one real, on balls and on dual balls.

A ball is an `arb` of FLINT: a midpoint and a radius that hold the value between them. FLINT's own
functions are sharp on thin balls only; on wide ones a monotone function is evaluated at both ends.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from flint import arb

from jaxmath.verify.ball_dual import NAN, Ball, Dual, Symbol

Map = Callable[[Any], Any]

_THIN = 40
SIGNS = arb(-1).union(arb(1))


def is_thin(x: Ball) -> bool:
    """Whether a ball is so small that FLINT's functions are as sharp as ends would be."""
    return x.is_exact() or x.rel_accuracy_bits() > _THIN


def ends(x: Ball) -> tuple[Ball, Ball]:
    """The least and the greatest number of a ball."""
    return x.lower(), x.upper()


def monotone(function: Map) -> Map:
    """A monotone function, sharp on wide balls."""

    def on_ball(x: Ball) -> Ball:
        if is_thin(x):
            return function(x)
        low, high = ends(x)
        return function(low).union(function(high))

    return on_ball


def _logistic(x: Ball) -> Ball:
    return 1 / (1 + (-x).exp())


def _erf(x: Ball) -> Ball:
    return x.erf() if x.is_finite() else x.sgn()


def _erfc(x: Ball) -> Ball:
    return x.erfc() if x.is_finite() else 1 - x.sgn()


def _square(x: Ball) -> Ball:
    if is_thin(x):
        return x * x
    low, high = x.abs_lower(), x.abs_upper()
    return (low * low).union(high * high)


def _absolute(x: Ball) -> Ball:
    if x >= 0 or x <= 0:
        return abs(x)
    return arb(0).union(x.abs_upper())


def _sqrt(x: Ball) -> Ball:
    """A root is defined where its argument is not negative; the walk notes that it was taken for granted."""
    if x >= 0 or x < 0:
        return monotone(arb.sqrt)(x)
    return arb(0).union(x.upper().sqrt()) if x.is_finite() else NAN


def _sign(x: Ball) -> Ball:
    return x.sgn() if x > 0 or x < 0 or x == 0 else SIGNS


def _sign_slope(x: Ball) -> Ball:
    return arb(0) if x > 0 or x < 0 else NAN


def _absolute_slope(x: Ball) -> Ball:
    return x.sgn() if x > 0 or x < 0 else SIGNS


def _bell(x: Ball) -> Ball:
    return 2 * monotone(arb.exp)(-_square(x)) / arb.pi().sqrt()


def _steps(function: Map) -> tuple[Map, Map]:
    def on_ball(x: Ball) -> Ball:
        if not x.is_finite():
            return x
        return function(x.lower()).union(function(x.upper()))

    def slope(x: Ball) -> Ball:
        return arb(0) if x.is_finite() and function(x.lower()) == function(x.upper()) else NAN

    return on_ball, slope


def _round_even(x: Ball) -> Ball:
    """Rounds to the nearest integer, halves to the even one; a ball around a half holds both."""
    doubled = 2 * x
    if not doubled.is_exact():
        return (x + arb(1) / 2).floor()
    up = (x + arb(1) / 2).floor()
    tie = doubled.is_integer() and not x.is_integer()
    return up - 1 if tie and not (up / 2).is_integer() else up


@dataclasses.dataclass(frozen=True)
class Function:
    """A function of one real with its derivative.

    Attributes:
      ball: the function on balls.
      slope: its derivative on balls.
      total: whether it is defined on all reals.
      even: whether f(-x) = f(x).
      positive: whether it is never negative.
    """

    ball: Map
    slope: Map
    total: bool = True
    even: bool = False
    positive: bool = False

    def __call__(self, x: Any) -> Any:
        """The function of a ball, of a dual ball or of a symbol."""
        if isinstance(x, Symbol):
            return x.apply(self)
        if not isinstance(x, Dual):
            return self.ball(x)
        k = self.slope(x.value)
        return Dual(self.ball(x.value), tuple(k * s for s in x.slopes))


_exp, _log, _tanh = monotone(arb.exp), monotone(arb.log), monotone(arb.tanh)
_sigmoid, _rsqrt = monotone(_logistic), monotone(arb.rsqrt)


def _sigmoid_slope(x: Ball) -> Ball:
    s = _sigmoid(_absolute(x))
    return s * (1 - s)


def _log_two() -> Ball:
    return arb(2).log()


def _exp2(x: Ball) -> Ball:
    return _exp(x * _log_two())


def _cosh(x: Ball) -> Ball:
    return monotone(arb.cosh)(_absolute(x))


FUNCTIONS: dict[str, Function] = {
    "exp": Function(_exp, _exp, positive=True),
    "exp2": Function(
        lambda x: _exp(x * _log_two()), lambda x: _exp(x * _log_two()) * _log_two(), positive=True
    ),
    "expm1": Function(monotone(arb.expm1), _exp),
    "log": Function(_log, lambda x: 1 / x, total=False),
    "log2": Function(lambda x: _log(x) / _log_two(), lambda x: 1 / (x * _log_two()), total=False),
    "log1p": Function(monotone(arb.log1p), lambda x: 1 / (1 + x), total=False),
    "tanh": Function(_tanh, lambda x: 1 - _square(_tanh(x))),
    "logistic": Function(_sigmoid, _sigmoid_slope, positive=True),
    "sqrt": Function(_sqrt, lambda x: 1 / (2 * monotone(arb.sqrt)(x)), total=False, positive=True),
    "rsqrt": Function(
        monotone(arb.rsqrt), lambda x: -monotone(arb.rsqrt)(x) / (2 * x), total=False, positive=True
    ),
    "square": Function(_square, lambda x: 2 * x, even=True, positive=True),
    "abs": Function(_absolute, _absolute_slope, even=True, positive=True),
    "sign": Function(_sign, _sign_slope),
    "sin": Function(arb.sin, arb.cos),
    "cos": Function(arb.cos, lambda x: -x.sin(), even=True),
    "tan": Function(arb.tan, lambda x: 1 + _square(x.tan()), total=False),
    "atan": Function(monotone(arb.atan), lambda x: 1 / (1 + _square(x))),
    "sinh": Function(monotone(arb.sinh), _cosh),
    "cosh": Function(
        lambda x: monotone(arb.cosh)(_absolute(x)), monotone(arb.sinh), even=True, positive=True
    ),
    "erf": Function(monotone(_erf), _bell),
    "erfc": Function(monotone(_erfc), lambda x: -_bell(x), positive=True),
    "erf_inv": Function(monotone(arb.erfinv), lambda x: 1 / _bell(monotone(arb.erfinv)(x)), total=False),
    "floor": Function(*_steps(arb.floor)),
    "ceil": Function(*_steps(arb.ceil)),
    "round": Function(*_steps(_round_even)),
}


@functools.cache
def _power(n: int) -> Function:
    def slope(x: Ball) -> Ball:
        return n * _integer_power(x, n - 1) if n else arb(0)

    even = n % 2 == 0
    return Function(lambda x: _integer_power(x, n), slope, even=even, positive=even)


def power(x: Any, n: int) -> Any:
    """An integer power."""
    if n < 0:
        return 1 / power(x, -n)
    return x if n == 1 else (FUNCTIONS["square"] if n == 2 else _power(n))(x)


def _integer_power(x: Ball, n: int) -> Ball:
    if is_thin(x):
        return x**n
    x = _absolute(x) if n % 2 == 0 else x
    low, high = ends(x)
    return (low**n).union(high**n)
