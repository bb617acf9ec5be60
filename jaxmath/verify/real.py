"""The domain of float64: the same walk over the same jaxpr, at random real points. It finds witnesses."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from jaxmath.verify.model import Model
from jaxmath.verify.num import Sampled
from jaxmath.verify.structure import DotDims, as_matrices

_SMOOTH: dict[str, Callable[[Any], Any]] = {
    "erf": special.erf,
    "erf_inv": special.erfinv,
    "lgamma": special.gammaln,
    "digamma": special.digamma,
    "cbrt": np.cbrt,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "bessel_i0e": special.i0e,
    "bessel_i1e": special.i1e,
}
_COMPARE = {
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


@dataclasses.dataclass
class Float:
    """Values at several points (first axis)."""

    a: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return tuple(self.a.shape[1:])

    @property
    def ndim(self) -> int:
        """The array's rank."""
        return self.a.ndim - 1


def _rank(x: Float, ndim: int) -> np.ndarray:
    return x.a.reshape(len(x.a), *(1,) * (ndim - x.ndim), *x.a.shape[1:])


def _unary(fn: Callable[[Any], Any]) -> Callable[..., Float]:
    return lambda self, x: Float(fn(x.a))


def _binary(fn: Callable[[Any, Any], Any]) -> Callable[..., Float]:
    def apply(self: Any, x: Float, y: Float) -> Float:
        ndim = max(x.ndim, y.ndim)
        return Float(fn(_rank(x, ndim), _rank(y, ndim)))

    return apply


class Reals:
    """Floating point with the interface of a field."""

    def __init__(self, points: int, dtype: Any = np.float64) -> None:
        """A domain for `points` points at once, in one floating type."""
        self.points, self.dtype, self.where, self.xp = points, dtype, "", np

    add, sub, mul, div = map(_binary, (np.add, np.subtract, np.multiply, np.divide))
    maximum, minimum, power = map(_binary, (np.maximum, np.minimum, np.power))
    neg, exp, log, sqrt = map(_unary, (np.negative, np.exp, np.log, np.sqrt))
    absolute, sign = map(_unary, (np.abs, np.sign))
    inverse, rsqrt = _unary(lambda a: 1.0 / a), _unary(lambda a: 1.0 / np.sqrt(a))
    constant_of = materialise = nonnegative = _unary(lambda a: a)
    model = Model(maxima="order")

    def lift(self, value: Any) -> Float:
        """A constant."""
        return Float(np.asarray(value, self.dtype)[None])

    def lift_sampled(self, value: Sampled) -> Float:
        """A constant that differs by point."""
        return Float(np.asarray(value.a, self.dtype))

    def integer_pow(self, x: Float, n: int) -> Float:
        """x**n."""
        return Float(x.a**n if n >= 0 else 1.0 / x.a**-n)

    def sincos(self, x: Float) -> tuple[Float, Float]:
        """sin x and cos x."""
        return Float(np.sin(x.a)), Float(np.cos(x.a))

    def smooth(self, name: str, x: Float) -> Float:
        """A special function by name."""
        return Float(_SMOOTH[name](x.a.astype(np.float64)).astype(self.dtype))

    def slope(self, name: str, x: Float) -> Float:
        """The derivative of a special function: in closed form for erf, by a central difference otherwise."""
        if name == "erf":
            return Float(2.0 / np.sqrt(np.pi) * np.exp(-(x.a**2)))
        h = 1e-5 * np.maximum(np.abs(x.a), 1e-3)
        return Float((_SMOOTH[name](x.a + h) - _SMOOTH[name](x.a - h)) / (2.0 * h))

    def align(self, x: Float, y: Float) -> tuple[Float, Float]:
        """Both with the same rank."""
        ndim = max(x.ndim, y.ndim)
        return Float(_rank(x, ndim)), Float(_rank(y, ndim))

    @staticmethod
    def takes_free_maximum(x: Float, y: Float) -> bool:
        """Floating point knows which one is larger."""
        return False

    @staticmethod
    def larger_by_sign(x: Float, y: Float) -> None:
        """Nothing is known but the values."""

    def compare(self, op: str, x: Float, y: Float) -> Sampled:
        """A comparison."""
        ndim = max(x.ndim, y.ndim)
        return Sampled(_COMPARE[op](_rank(x, ndim), _rank(y, ndim)))

    def argsort(self, x: Float, axis: int) -> Sampled:
        """The places of the entries along an axis, from the smallest to the largest."""
        return Sampled(np.argsort(x.a, axis=axis + 1, kind="stable"))

    def is_finite(self, x: Float) -> Sampled:
        """Whether entries are finite."""
        return Sampled(np.isfinite(x.a))

    def select(self, which: Any, when_false: Float, when_true: Float) -> Float:
        """A choice."""
        mask = which.a if isinstance(which, Sampled) else np.asarray(which)[None]
        ndim = max(when_false.ndim, when_true.ndim)
        mask = mask.reshape(len(mask), *(1,) * (ndim - (mask.ndim - 1)), *mask.shape[1:])
        return Float(np.where(mask, _rank(when_true, ndim), _rank(when_false, ndim)))

    def reduce_sum(self, x: Float, axes: tuple[int, ...]) -> Float:
        """Sum over axes."""
        return Float(x.a.sum(axis=tuple(i + 1 for i in axes)))

    def reduce_prod(self, x: Float, axes: tuple[int, ...]) -> Float:
        """Product over axes."""
        return Float(x.a.prod(axis=tuple(i + 1 for i in axes)))

    def reduce_max(self, x: Float, axes: tuple[int, ...]) -> Float:
        """Largest entry along axes."""
        return Float(x.a.max(axis=tuple(i + 1 for i in axes)))

    def reduce_min(self, x: Float, axes: tuple[int, ...]) -> Float:
        """Smallest entry along axes."""
        return Float(x.a.min(axis=tuple(i + 1 for i in axes)))

    def cumsum(self, x: Float, axis: int, reverse: bool) -> Float:
        """Running sums."""
        turned = np.flip(x.a, axis + 1) if reverse else x.a
        out = np.cumsum(turned, axis=axis + 1)
        return Float(np.flip(out, axis + 1) if reverse else out)

    def running(self, x: Float, axis: int, reverse: bool, join: Any) -> Float:
        """Running joins."""
        parts = [Float(x.a.take([i], axis=axis + 1)) for i in range(x.shape[axis])]
        parts = parts[::-1] if reverse else parts
        out = parts[:1]
        for part in parts[1:]:
            out.append(join(out[-1], part))
        return self.concatenate(out[::-1] if reverse else out, axis)

    def dot(self, x: Float, y: Float, dims: DotDims) -> Float:
        """A tensor contraction."""
        (cx, cy), (bx, by) = dims
        left, batch, rows = as_matrices(x.a, cx, bx, contracted_last=True)
        right, _, columns = as_matrices(y.a, cy, by, contracted_last=False)
        out = np.matmul(left, right)
        return Float(out.reshape(len(out), *batch, *rows, *columns))

    def moved(self, x: Float, move: Any) -> Float:
        """Entries moved."""
        return Float(move(x.a))

    def _same_points(self, xs: Sequence[Float]) -> list[np.ndarray]:
        lead = max(len(x.a) for x in xs)
        return [np.broadcast_to(x.a, (lead, *x.shape)) for x in xs]

    def concatenate(self, xs: Sequence[Float], axis: int) -> Float:
        """Arrays one after another."""
        return Float(np.concatenate(self._same_points(xs), axis + 1))

    def assemble(self, xs: Sequence[Float], places: Any) -> Float:
        """An array whose entries are named by their places."""
        flat = np.concatenate([a.reshape(len(a), -1) for a in self._same_points(xs)], 1)
        return Float(np.where(places < 0, np.nan, flat[:, np.where(places < 0, 0, places)]))

    def scatter_add(self, x: Float, updates: Float, places: Any) -> Float:
        """x with updates added at flat places."""
        base, added = self._same_points([x, updates])
        flat, kept = np.array(base).reshape(len(base), -1), places.reshape(-1) >= 0
        np.add.at(flat.T, places.reshape(-1)[kept], added.reshape(len(added), -1)[:, kept].T)
        return Float(flat.reshape(base.shape))
