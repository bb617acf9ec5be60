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
machinery has to refute.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jaxmath.verify import judges
from jaxmath.verify.annotations import ClaimError as ClaimError
from jaxmath.verify.statement import Claim as Claim
from jaxmath.verify.statement import Judge
from jaxmath.verify.statement import claims_of as claims_of

Decorator = Callable[[Callable[..., Any]], Claim]
Sizes = Mapping[str, int]
Given = Mapping[str, Any]


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
