"""The decorators that make claims.

A claim looks like this:

    @identity(source="Boyd and Vandenberghe 2004, example 3.14", at=dict(n=4))
    def softmax_ignores_a_shift(x: Float[Array, " n"], c: Float[Array, ""]):
        r"A constant added to all logits changes nothing."
        return softmax(x + c), softmax(x)

    @softmax_ignores_a_shift.mutant
    def softmax_ignores_a_scale(x, c):
        return softmax(x * c), softmax(x)

Its name is the theorem, its arguments are the quantified variables, its docstring is the
statement, its decorator the kind of evidence. A mutant is a false neighbour, which the same
machinery has to refute. A popular statement that is false is a trap: the machinery has to refute it,
and what is true instead stands beside it:

    @trap()
    @identity(source="where it is usually quoted", at=dict(n=4))
    def softmax_ignores_a_scale(x: Float[Array, " n"], c: Float[Array, ""]):
        r"A factor of all logits changes nothing."
        return softmax(x * c), softmax(x)

    @softmax_ignores_a_scale.truth
    @identity(source="Boyd and Vandenberghe 2004, example 3.14", at=dict(n=4))
    def softmax_ignores_a_shift(x: Float[Array, " n"], c: Float[Array, ""]):
        r"A constant added to all logits changes nothing."
        return softmax(x + c), softmax(x)
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxmath.verify import boxes, judges
from jaxmath.verify import scaling as growth
from jaxmath.verify.annotations import ClaimError as ClaimError
from jaxmath.verify.statement import Claim as Claim
from jaxmath.verify.statement import Judge
from jaxmath.verify.statement import claims_of as claims_of

Decorator = Callable[[Callable[..., Any]], Claim]
Sizes = Mapping[str, int]
Given = Mapping[str, Any]
Box = Mapping[str, tuple[Any, Any]]


def identity(
    *, source: str, at: Sizes | None = None, given: Given | None = None, name: str | None = None
) -> Decorator:
    """The function returns two sides, equal as functions of the floating arguments.

    Args:
      source: where the statement is found.
      at: the size of each letter in the annotations.
      given: values of the arguments that are not quantified over, by name.
      name: a name other than the function's, for claims that are made by a factory.
    """
    return _decorator("identity", judges.identity, source, at, given, name)


def derivative(
    *,
    source: str,
    at: Sizes | None = None,
    given: Given | None = None,
    mode: str = "vjp",
    name: str | None = None,
) -> Decorator:
    """The function returns a function of its arguments and that function's derivative, uncalled.

    Args:
      source: where the statement is found.
      at: the size of each letter in the annotations.
      given: values of integer and boolean arguments, by name; a floating array is quantified over.
      mode: `"vjp"` for `vjp(*args, cotangent)`, which returns the cotangents of the floating
        arguments; `"jvp"` for `jvp(args, tangents)`, which returns the tangent of the output.
      name: a name other than the function's, for claims that are made by a factory.

    Raises:
      ValueError: if `mode` is neither.
    """
    if mode not in ("vjp", "jvp"):
        raise ValueError(f'derivative: mode is {mode!r}.\n  It has to be "vjp" or "jvp".')
    return _decorator("derivative", judges.derivative, source, at, given, name, mode=mode)


def independence(
    *, source: str, at: Sizes | None = None, given: Given | None = None, name: str | None = None
) -> Decorator:
    """The function returns an output and the pairs of marks that must not interact.

    A pair is a boolean mask like the output and a dict of boolean masks by argument: outputs marked
    by the first do not change when the inputs marked by the second do.

    Args:
      source: where the statement is found.
      at: the size of each letter in the annotations.
      given: values of the arguments that are not quantified over, by name.
      name: a name other than the function's, for claims that are made by a factory.
    """
    return _decorator("independence", judges.independence, source, at, given, name)


def bound(
    *,
    source: str,
    box: Box,
    sharp: Mapping[str, Any] | None,
    at: Sizes | None = None,
    given: Given | None = None,
    slack: float = 0.0,
    name: str | None = None,
) -> Decorator:
    """The function returns two sides; the left one is at most the right one on the whole box.

    Args:
      source: where the statement is found.
      box: for each floating argument its ends, numbers or arrays that broadcast to its shape.
      sharp: a point of the box, by name, at which both sides nearly meet; `None` says that the bound
        is not sharp.
      at: the size of each letter in the annotations.
      given: values of the other arguments, by name.
      slack: what is added to the right side, where both sides meet.
      name: a name other than the function's, for claims that are made by a factory.
    """
    told = {"box": dict(box), "sharp": sharp, "slack": slack}
    return _decorator("bound", boxes.bound, source, at, given, name, **told)


def enclosure(
    *,
    source: str,
    at_most: float | None = None,
    ulps: float | None = None,
    box: Box | None = None,
    at: Sizes | None = None,
    given: Given | None = None,
    name: str | None = None,
) -> Decorator:
    """The function returns what is computed, and what is evaluated exactly at the same inputs.

    Inputs are the values in `given`; a floating argument without one is drawn from the standard normal
    law with the seed of the check. With a box, they are all numbers of a 16-bit type in an interval.

    Args:
      source: where the statement is found.
      at_most: the largest absolute error allowed.
      ulps: the largest error allowed in units in the last place of the row maximum, or, with a
        box, of the exact value.
      box: the interval of the one argument, a scalar of type bfloat16 or float16.
      at: the size of each letter in the annotations.
      given: values of arguments, by name.
      name: a name other than the function's, for claims that are made by a factory.

    Raises:
      ValueError: if no limit is given that the error is held against.
    """
    if ulps is None and (at_most is None or box):
        raise ValueError(
            "enclosure: no limit is given, so nothing could be refuted.\n  Give `ulps`"
            + ("." if box else " or `at_most`.")
        )
    told = {"at_most": at_most, "ulps": ulps, "box": dict(box or {})}
    return _decorator("enclosure", boxes.enclosure, source, at, given, name, **told)


def distribution(
    *,
    source: str,
    at: Sizes | None = None,
    given: Given | None = None,
    roundings: int | None = None,
    name: str | None = None,
) -> Decorator:
    """The function returns two laws, or tables of expectations, by enumeration of every outcome.

    It runs with 64-bit types enabled. Integers and fractions are compared exactly, float64 numbers
    within a bound on their rounding.

    Args:
      source: where the statement is found.
      at: the size of each letter in the annotations.
      given: values of the arguments, by name.
      roundings: how many roundings lead to an entry at most; four for each outcome unless told.
      name: a name other than the function's, for claims that are made by a factory.
    """
    return _decorator("distribution", judges.distribution, source, at, given, name, roundings=roundings)


def accounting(
    *, source: str, at: Sizes | None = None, given: Given | None = None, name: str | None = None
) -> Decorator:
    """The function returns a figure and the published one: an `int`, or a string as it is printed.

    Args:
      source: where the published figure is found.
      at: the size of each letter in the annotations.
      given: values of the arguments, by name.
      name: a name other than the function's, for claims that are made by a factory.
    """
    return _decorator("accounting", judges.accounting, source, at, given, name)


def scaling(
    *,
    source: str,
    over: Mapping[str, Sequence[int]],
    of: str = "time",
    within: float = 0.5,
    given: Given | None = None,
    name: str | None = None,
) -> Decorator:
    """The function returns, at a size, a cost that was measured and its order, such as `(seconds, n**2)`.

    What is claimed is that both grow with the same exponent. A cost of several repeats counts by its median.

    Args:
      source: where the order is found.
      over: the sizes of one letter, three or more, each of which is passed to the function.
      of: what the cost is, in a word.
      within: how far the exponents may be apart; less than a half tells whole exponents from each other.
      given: values of further arguments, by name.
      name: a name other than the function's, for claims that are made by a factory.

    Raises:
      ValueError: if `over` is not one letter with three sizes or more.
    """
    told = growth.options(over, of, within)
    return _decorator("scaling", growth.scaling, source, None, given, name, **told)


def trap(*, instead: str = "") -> Callable[[Claim], Claim]:
    """Turns a claim round: its statement is popular and false, so that it has to be refuted.

    Its source says where it is usually quoted; the first paragraph of its docstring is the false
    statement. A claim that is true in its place is registered with `truth`.

    Args:
      instead: the name of a claim elsewhere that takes its place, if there is one.
    """
    return lambda claim: dataclasses.replace(claim, trap=True, instead=instead)


def _decorator(
    kind: str,
    judge: Judge,
    source: str,
    at: Sizes | None,
    given: Given | None,
    name: str | None,
    **options: Any,
) -> Decorator:
    if not source.strip():
        raise ValueError(f"{kind}: the source is empty.\n  Name the paper, equation or file that says so.")

    def claim(function: Callable[..., Any]) -> Claim:
        return Claim(
            function=function,
            kind=kind,
            judge=judge,
            source=source,
            at=dict(at or {}),
            given=dict(given or {}),
            options=options,
            label=name,
        )

    return claim
