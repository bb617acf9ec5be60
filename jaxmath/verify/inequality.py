"""Inequalities on boxes: left <= right for all reals in given intervals."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from flint import ctx

from jaxmath.verify import ulp
from jaxmath.verify.ball import NoEnclosure, traced, versions
from jaxmath.verify.ball_search import BOX_BITS, POINT_BITS, Box, Found, Inequality, Point
from jaxmath.verify.verdict import Certificate, Witness

Ends = tuple[Any, Any]
BUDGET = 10_000
NEARLY = 0.99


def certify_bound(
    fn: Callable[..., Any],
    boxes: Mapping[str, Ends] | Sequence[Ends],
    *,
    slack: float = 0.0,
    sharp: Mapping[str, Any] | None = None,
    budget: int = BUDGET,
) -> Certificate:
    r"""Whether left <= right + slack on a box, where `fn` returns (left, right).

    The verdict is `certified` where interval arithmetic shows it for all reals in the box, `refuted`
    where it is certainly false at a point, which is then the witness, and else `unknown`. An
    inequality that is an equality somewhere in the box needs a little slack, which the verdict states.

    Args:
      fn: a function of arrays, traced with 64-bit types; its operations are taken as exact.
      boxes: for each argument a pair of ends, numbers or arrays that broadcast to its shape; by name,
        or in order.
      slack: what is added to the right side.
      sharp: a point of the box, by name, at which left and right nearly meet.
      budget: how many boxes may be evaluated.

    Raises:
      ValueError: if ends are no intervals, or the sharp point is not in the box.
      TypeError: if `fn` does not return two sides of one structure.

    Example:
      >>> print(certify_bound(lambda x: (jax.numpy.tanh(x), x), dict(x=(0.5, 4.0))))
      certified left <= right for 0.5 <= x <= 4, 1 box
    """
    named = dict(boxes) if isinstance(boxes, Mapping) else dict(zip(_names(fn), boxes, strict=False))
    ends = {name: _interval(name, pair) for name, pair in named.items()}
    given: dict[str, Any] = dict(
        kind="bound",
        args=tuple(f"real{list(low.shape) if low.shape else ''}" for low, _ in ends.values()),
        method=f"branch and bound over balls of {BOX_BITS} bits, points at {POINT_BITS} bits",
        versions=versions(),
    )
    points = [_point(ends, sharp)] if sharp is not None else []
    specs = [jax.ShapeDtypeStruct(low.shape, np.float32) for low, _ in ends.values()]
    call = (lambda *xs: fn(**dict(zip(named, xs, strict=True)))) if isinstance(boxes, Mapping) else fn
    box = Box(_flat(low for low, _ in ends.values()), _flat(high for _, high in ends.values()))
    try:
        question = Inequality(traced(_two_sides(call), specs), slack)
    except NoEnclosure as error:
        return Certificate(verdict="unknown", reason=str(error), **given)
    return _certificate(question, question.search(box, points, budget), ends, slack, sharp, given)


def _names(fn: Callable[..., Any]) -> list[str]:
    return [p.name for p in inspect.signature(fn).parameters.values()]


def _interval(name: str, pair: Ends) -> Ends:
    low, high = np.broadcast_arrays(*(np.asarray(end, np.float64) for end in pair))
    if not (np.all(np.isfinite(low) & np.isfinite(high)) and np.all(low <= high)):
        raise ValueError(
            f"certify_bound: the box of `{name}` is no interval.\n"
            f"  came      {pair}\n"
            "  Give finite ends, the lower one first."
        )
    return low, high


def _point(ends: Mapping[str, Ends], sharp: Mapping[str, Any]) -> Point:
    if set(sharp) != set(ends):
        raise ValueError(
            "certify_bound: the sharp point does not name the arguments of the box.\n"
            f"  demanded  {', '.join(ends)}\n"
            f"  came      {', '.join(sharp)}\n"
            "  Give a coordinate for each."
        )
    coordinates = {
        name: np.broadcast_to(np.asarray(sharp[name], np.float64), low.shape)
        for name, (low, _) in ends.items()
    }
    for name, (low, high) in ends.items():
        if not np.all((low <= coordinates[name]) & (coordinates[name] <= high)):
            raise ValueError(
                f"certify_bound: the sharp point is outside the box.\n"
                f"  {name} = {coordinates[name].tolist()}\n"
                "  Choose a point inside, or a larger box."
            )
    return _flat(coordinates.values())


def _flat(arrays: Any) -> Point:
    return tuple(float(x) for array in arrays for x in np.ravel(array))


def _two_sides(call: Callable[..., Any]) -> Callable[..., Any]:
    def sides(*args: Any) -> Any:
        returned = call(*args)
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise TypeError(
                "certify_bound: the function has to return two sides, (left, right).\n"
                f"  it returned a {type(returned).__name__}\n"
                "  Return a tuple of two."
            )
        left, right = returned
        structures = [str(jax.tree.structure(side)) for side in (left, right)]
        if structures[0] != structures[1]:
            raise TypeError(
                "certify_bound: the two sides are not of one structure.\n"
                f"  left   {structures[0]}\n"
                f"  right  {structures[1]}\n"
                "  Return two pytrees of one structure; their arrays may broadcast."
            )
        return left, right

    return sides


def _certificate(
    question: Inequality,
    found: Found,
    ends: Mapping[str, Ends],
    slack: float,
    sharp: Mapping[str, Any] | None,
    given: Mapping[str, Any],
) -> Certificate:
    given = {**given, "points": found.boxes, "assumptions": found.notes}
    where = ", ".join(described(name, *pair) for name, pair in ends.items())
    claim = f"left <= right{f' + {slack:g}' if slack else ''} for {where}"
    count = f"{found.boxes:,} box{'es' if found.boxes != 1 else ''}"
    if found.verdict == "refuted":
        assert found.point is not None
        witness = _witness(question, ends, found.point)
        return Certificate(verdict="refuted", reason=f"not {claim}", witness=witness, **given)
    if found.verdict == "unknown":
        left_over = _left_over(ends, found)
        return Certificate(verdict="unknown", reason=f"{claim}: open after {count}, on {left_over}", **given)
    if sharp is None:
        return Certificate(verdict="certified", detail=f"{claim}, {count}", **given)
    reached, told = _sharpness(question, _point(ends, sharp), sharp)
    if not reached:
        return Certificate(
            verdict="unknown", reason=f"{claim} holds ({count}), but it is not sharp: {told}", **given
        )
    return Certificate(verdict="certified", detail=f"{claim}, {count}; {told}", **given)


def _left_over(ends: Mapping[str, Ends], found: Found) -> str:
    assert found.box is not None
    lows, highs = (_unflat(ends, point) for point in (found.box.lows, found.box.highs))
    return ", ".join(described(name, lows[name], highs[name]) for name in ends)


def _unflat(ends: Mapping[str, Ends], point: Point) -> dict[str, Any]:
    out, start = {}, 0
    for name, (low, _) in ends.items():
        out[name] = np.asarray(point[start : start + low.size]).reshape(low.shape)
        start += low.size
    return out


def _witness(question: Inequality, ends: Mapping[str, Ends], point: Point) -> Witness:
    gaps = question.gaps(point)
    worst = next(i for i, gap in enumerate(gaps) if gap < 0)
    left, right = question.at(point)[worst]
    inputs = tuple((name, array.tolist()) for name, array in _unflat(ends, point).items())
    at = ", ".join(f"{name} = {coordinate}" for name, coordinate in inputs)
    output = f"{question.labels[worst]} at {at}"
    return Witness(inputs=inputs, output=output, left=float(left), right=float(right))


def _sharpness(question: Inequality, point: Point, sharp: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether left and right nearly meet at a point, in the entry where they are nearest."""
    pairs = question.at(point)
    at = ", ".join(f"{name} = {np.asarray(x).tolist()}" for name, x in sharp.items())
    with ctx.workprec(POINT_BITS):
        ratios = [left / right for left, right in pairs if not right.contains(0)]
    if not ratios:
        gap = max(float(right - left) for left, right in pairs)
        return gap == 0, f"right - left = {gap:.1e} at {at}"
    nearest = min((float(r) for r in ratios), key=lambda ratio: abs(ratio - 1))
    return NEARLY <= nearest <= 1 / NEARLY, f"left/right = {_ratio(nearest)} at {at}"


def _ratio(x: float) -> str:
    return ulp.at_least(x, 6) if x < 1 else ulp.at_most(x, 7)


def described(name: str, low: Any, high: Any) -> str:
    """A box in words: `abs(x) <= 8`, `0 <= x <= 1`, `x = 2`; `x in [[0, 1], [0, 2]]` where entries differ."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if low.size and np.all(low == low.flat[0]) and np.all(high == high.flat[0]):
        a, b = float(low.flat[0]), float(high.flat[0])
        if a == b:
            return f"{name} = {_plain(a)}"
        return f"abs({name}) <= {_plain(b)}" if a == -b else f"{_plain(a)} <= {name} <= {_plain(b)}"
    pairs = ", ".join(
        f"[{_plain(a)}, {_plain(b)}]"
        for a, b in zip(low.ravel().tolist(), high.ravel().tolist(), strict=True)
    )
    return f"{name} in [{pairs}]"


def _plain(x: float) -> str:
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(float(x))
