"""The questions that the engine answers, for functions of any origin."""

import dataclasses
from collections.abc import Callable
from typing import Any

from jaxmath.verify import climb, witness
from jaxmath.verify.climb import FAILURE, Backend
from jaxmath.verify.demands import demand_call
from jaxmath.verify.independence import Independence
from jaxmath.verify.problem import Jvp, Sides, Vjp
from jaxmath.verify.verdict import Certificate

Function = Callable[..., Any]


def prove_identity(
    f: Function, g: Function, *args: Any, failure: float = FAILURE, seed: int = 0, backend: Backend = "auto"
) -> Certificate:
    """Whether f(*args) and g(*args) are the same function of the floating leaves of `args`.

    Args:
      f: a function of arrays.
      g: another one, whose outputs have the same structure and shapes.
      *args: arrays, `jax.ShapeDtypeStruct`s, or pytrees of them. Floating leaves are quantified over;
        integer and boolean arrays are taken as given.
      failure: the probability of a false `proved` that is allowed.
      seed: of the random points; the same seed gives the same certificate.
      backend: `auto`, `numpy` or `xla`: where residues are computed; they are the same.

    Returns:
      A certificate whose `verdict` is `proved`, `refuted` or `unknown`.

    Raises:
      QuestionError: if the two sides cannot be compared.
      TypeError: if an argument is no array, or integers come without values.
      ValueError: if `failure`, `seed` or `backend` is unusable.
    """
    for name, side in (("f", f), ("g", g)):
        demand_call(name, side, len(args), f"{name}(*args)")
    return prove_sides(lambda *a: (f(*a), g(*a)), *args, failure=failure, seed=seed, backend=backend)


def prove_sides(
    fn: Function, *args: Any, failure: float = FAILURE, seed: int = 0, backend: Backend = "auto"
) -> Certificate:
    """Whether the two parts of what fn(*args) returns are the same function; see `prove_identity`."""
    return climb.answer(Sides(fn, args), failure, seed, backend)


def prove_vjp(
    f: Function, vjp: Function, *args: Any, failure: float = FAILURE, seed: int = 0, backend: Backend = "auto"
) -> Certificate:
    """Whether vjp(*args, cotangent) is the pullback of f, by exact differentiation of f.

    For unknown x, tangent v and cotangent g the identity <g, Df(x) v> = <vjp(x, g), v> is put to the test;
    JAX's own differentiation of f is not used.

    Args:
      f: a function of arrays.
      vjp: takes the arguments and a cotangent in the structure of f's output, and returns the cotangents
        of the floating arguments, in order.
      *args: as for `prove_identity`.
      failure: the probability of a false `proved` that is allowed.
      seed: of the random points.
      backend: where residues are computed.

    Returns:
      A certificate.

    Raises:
      QuestionError: if what `vjp` returns does not fit the arguments.
    """
    return climb.answer(Vjp(f, vjp, args), failure, seed, backend)


def prove_jvp(
    f: Function, jvp: Function, *args: Any, failure: float = FAILURE, seed: int = 0, backend: Backend = "auto"
) -> Certificate:
    """Whether jvp(args, tangents) is the derivative of f along tangents; see `prove_vjp`."""
    return climb.answer(Jvp(f, jvp, args), failure, seed, backend)


def prove_independence(
    f: Function,
    *args: Any,
    outputs: Any,
    inputs: Any,
    failure: float = FAILURE,
    seed: int = 0,
) -> Certificate:
    """Whether the marked entries of f(*args) stay the same when the marked entries of `args` change.

    Args:
      f: a function of arrays.
      *args: arrays, `jax.ShapeDtypeStruct`s, or pytrees of them.
      outputs: boolean arrays in the structure of what f returns.
      inputs: for each argument boolean arrays in its structure, or None where nothing is marked.
      failure: the probability of a false `proved` that is allowed.
      seed: of the random points.

    Returns:
      A certificate; the last of its assumptions tells what NaN and infinities in the marked inputs do.

    Raises:
      QuestionError: if the masks do not fit or mark nothing.
    """
    problem = Independence(f, args, outputs, inputs)
    problem.traced(False)
    found = _by_analysis(problem, failure, seed) or climb.answer(problem, failure, seed)
    if not found.held:
        return found
    return dataclasses.replace(found, assumptions=(*found.assumptions, _about_nan(problem, seed)))


def _by_analysis(problem: Independence, failure: float, seed: int) -> Certificate | None:
    """A proof without chance, where the program itself shows that the marked inputs do not get through."""
    climb.demand_budget(failure, seed)
    if not problem.by_analysis(ieee=False) or witness.glance(problem, seed).witness is not None:
        return None
    return Certificate(
        kind=problem.kind,
        verdict="proved",
        args=problem.described,
        method="dependence analysis of the jaxpr",
        coverage=1.0,
        error_bound=0.0,
        theorem="dependence analysis",
        versions=climb.versions(),
        seed=seed,
        failure=failure,
    )


def _about_nan(problem: Independence, seed: int) -> str:
    if problem.by_analysis(ieee=True):
        return "NaN and infinities included: in floating point too nothing of the marked inputs gets through"
    leak = problem.leak(seed)
    if leak is not None:
        return f"marked inputs are finite: in floating point {leak}"
    return (
        "marked inputs are finite: NaN and infinities planted there reached no marked output, but "
        "the analysis does not exclude it (0 * NaN is NaN)"
    )
