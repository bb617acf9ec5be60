"""Rules for triangular systems and Cholesky factors of small matrices, entry by entry."""

from typing import Any

import numpy as np

from jaxmath.verify.interpret import Walk, rule
from jaxmath.verify.rules.movement import _moved


def _entry(walk: Walk, x: Any, *index: Any) -> Any:
    """Part of a stack of matrices: indices and slices of the last axes."""
    return _moved(walk, x, lambda a: a[(Ellipsis, *index)])


@rule("triangular_solve")
def _triangular_solve(walk: Walk, eqn: Any, a: Any, b: Any) -> Any:
    """Substitution, one row after another."""
    p = eqn.params
    a, b = walk.real(a), walk.real(b)
    turned, lower = p["transpose_a"], p["lower"]
    if not p["left_side"]:
        # x a = b is a^T x^T = b^T.
        turned, b = not turned, _moved(walk, b, lambda v: v.swapaxes(-1, -2))
    if turned:
        a, lower = _moved(walk, a, lambda v: v.swapaxes(-1, -2)), not lower
    x = _substituted(walk, a, b, lower, p["unit_diagonal"])
    return x if p["left_side"] else _moved(walk, x, lambda v: v.swapaxes(-1, -2))


def _substituted(walk: Walk, a: Any, b: Any, lower: bool, unit: bool) -> Any:
    d, n = walk.domain, a.shape[-1]
    found: dict[int, Any] = {}
    for i in range(n) if lower else reversed(range(n)):
        row = _entry(walk, b, i, slice(None))
        for j, x in found.items():
            row = d.sub(row, d.mul(_entry(walk, a, i, slice(j, j + 1)), x))
        found[i] = row if unit else d.div(row, _entry(walk, a, i, slice(i, i + 1)))
    return _joined(walk, [found[i] for i in range(n)], -2)


@rule("cholesky")
def _cholesky(walk: Walk, eqn: Any, a: Any) -> Any:
    """Cholesky-Banachiewicz; the lower triangle is what is read."""
    d, a = walk.domain, walk.real(a)
    n = a.shape[-1]
    factor: dict[tuple[int, int], Any] = {}
    for i in range(n):
        for j in range(i + 1):
            rest = _entry(walk, a, i, j)
            for k in range(j):
                rest = d.sub(rest, d.mul(factor[i, k], factor[j, k]))
            factor[i, j] = d.sqrt(rest) if i == j else d.div(rest, factor[j, j])
    zero = walk.real(np.zeros(a.shape[:-2]))
    rows = [_joined(walk, [factor.get((i, j), zero) for j in range(n)]) for i in range(n)]
    return _joined(walk, rows, -2)


def _joined(walk: Walk, parts: list[Any], axis: int = -1) -> Any:
    wide = [_moved(walk, part, lambda v: np.expand_dims(v, axis)) for part in parts]
    return walk.domain.concatenate(wide, len(wide[0].shape) + axis)
