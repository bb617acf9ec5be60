"""Whether two values agree at the sample points, entry by entry."""

from fractions import Fraction
from typing import Any

import numpy as np

from jaxmath.verify import ring
from jaxmath.verify.num import BAD, INF, Coefficient, Num, Sampled, Stuck, log_of


def agreement(field: Any, left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    """For each sample point and entry: whether the sides agree, and whether both are defined.

    Values may be known arrays, arrays that differ by sample, or unknown reals.
    """
    if any(isinstance(v, Num) for v in (left, right)):
        return _unknown(field, *(v if isinstance(v, Num) else _lifted(field, v) for v in (left, right)))
    a, b = (v.a if isinstance(v, Sampled) else np.asarray(v)[None] for v in (left, right))
    same, defined = a == b, (a == a) & (b == b)
    shape = (field.samples, *same.shape[1:])
    return np.broadcast_to(same, shape), np.broadcast_to(defined, shape)


def _lifted(field: Any, value: Any) -> Num:
    return (
        field.lift_sampled(value) if isinstance(value, Sampled) else field.lift(np.asarray(value, np.float64))
    )


def _unknown(field: Any, x: Num, y: Num) -> tuple[np.ndarray, np.ndarray]:
    shape = (field.samples, *np.broadcast_shapes(x.shape, y.shape))
    x, y = field.same_logs(x, y)
    if x.k is None and y.k is None:
        same = _same_residues(field, x, y)
    else:
        same = _same_logs(field, x, y)
        if field.free and not same.all():
            same = same | _same_residues(field, field.materialise(x), field.materialise(y))
    infinite = [field.component(n, INF) for n in (x, y)]
    finite = (infinite[0] == 0) & (infinite[1] == 0)
    same = np.where(finite, same, infinite[0] == infinite[1])
    bad = field.component(x, BAD) | field.component(y, BAD)
    return np.broadcast_to(same, shape), np.broadcast_to(~bad, shape)


def _same_residues(field: Any, x: Num, y: Num) -> np.ndarray:
    levels = [i for i in x.levels if i in y.c]
    if not levels:
        raise Stuck("the sides have no level of the chain of primes in common")
    return np.logical_and.reduce([x.c[i] == y.c[i] for i in levels])


def _same_logs(field: Any, x: Num, y: Num) -> np.ndarray:
    """b + k log F against b' + k log F', both raised: exp(d (b - b')) = (F' / F)**(k d)."""
    k = x.k if x.k is not None else y.k
    assert k is not None
    if k.logs:
        return _same_residues(field, field.materialise(x), field.materialise(y))
    rational = k.rational
    bases = [field.without_log(n) for n in (x, y)]
    difference = field.mul(field.constant(Coefficient(Fraction(rational.denominator))), field.sub(*bases))
    grown = field.exp(difference)
    out = []
    for level in grown.levels:
        m = field.modulus(level, grown.ndim)
        f, g = field.component(x, log_of(level)), field.component(y, log_of(level))
        n = abs(rational.numerator)
        f, g = (_power(m, a, n) for a in ((f, g) if rational > 0 else (g, f)))
        out.append(ring.mul(np, m, grown.c[level], f) == g)
    return np.logical_and.reduce(out)


def _power(m: np.ndarray, a: np.ndarray, n: int) -> np.ndarray:
    out = np.ones_like(a)
    for _ in range(n):
        out = ring.mul(np, m, out, a)
    return out
