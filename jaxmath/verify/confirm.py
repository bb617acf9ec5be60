"""A second opinion on a witness: the same point over balls, where nothing cancels or overflows.

Where a side has lost every digit (a one that swallowed what was added to it, a power that overflowed), it is
zero or infinite in floats of any width, and the sides seem to differ.
"""

from typing import Any

import numpy as np

from jaxmath.verify.ball import NoEnclosure, evaluate, lifted
from jaxmath.verify.problem import Problem, Sides

_PRECISION = 600
# By balls, the sides may differ by this share of what floats say, or floats are wrong.
_SHARE = 1e-3


def is_spurious(problem: Problem, inputs: dict[str, np.ndarray], leaf: int, index: tuple[int, ...]) -> bool:
    """Whether the sides agree at a point, to far more digits than floats have.

    Args:
      problem: the two sides, traced in float64.
      inputs: the point.
      leaf: which output.
      index: which of its entries.
    """
    if not isinstance(problem, Sides):
        return False
    program = problem.traced(True)
    try:
        outs = evaluate(program, [lifted(inputs[name]) for name in _unknown(program)], _PRECISION)
    except NoEnclosure:
        return False
    left, right = outs[leaf], outs[leaf + len(outs) // 2]
    a, b = (np.broadcast_to(x, np.broadcast_shapes(left.shape, right.shape))[index] for x in (left, right))
    if not (a.is_finite() and b.is_finite()):
        return False
    return bool(abs(a - b) <= _SHARE * abs(a) + _SHARE * abs(b)) and a.overlaps(b)


def _unknown(program: Any) -> list[str]:
    return [name for name, given in zip(program.names, program.given, strict=True) if given is None]
