"""The questions that the engine answers."""

import collections
import dataclasses
import importlib.metadata
import math
import platform
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaxmath.verify import compare, ladder, watched, witness
from jaxmath.verify.degree import NoBound
from jaxmath.verify.field import Field
from jaxmath.verify.independence import Independence
from jaxmath.verify.interpret import Unsupported, Walk
from jaxmath.verify.model import Model
from jaxmath.verify.num import Stuck
from jaxmath.verify.problem import Jvp, Leaf, Problem, QuestionError, Sides, Vjp, matched
from jaxmath.verify.verdict import Certificate

FAILURE = 2.0**-60
SAMPLES = 4
MOST_SAMPLES = 64
LEAST_COMPARED = 3
# A wrong identity holds by chance at a point about as often as a random residue is zero: measured in the tests.
_BITS_PER_POINT = 28


def prove_identity(
    f: Callable[..., Any], g: Callable[..., Any], *args: Any, failure: float = FAILURE, seed: int = 0
) -> Certificate:
    """Whether f(*args) and g(*args) are the same function of the floating leaves of `args`."""
    return prove_sides(lambda *a: (f(*a), g(*a)), *args, failure=failure, seed=seed)


def prove_sides(fn: Callable[..., Any], *args: Any, failure: float = FAILURE, seed: int = 0) -> Certificate:
    """Whether the two parts of what fn(*args) returns are the same function of the floating leaves."""
    return answer(Sides(fn, args), failure, seed)


def prove_vjp(
    f: Callable[..., Any], vjp: Callable[..., Any], *args: Any, failure: float = FAILURE, seed: int = 0
) -> Certificate:
    """Whether vjp(*args, cotangent) is the pullback of f: the cotangents of its floating arguments."""
    return answer(Vjp(f, vjp, args), failure, seed)


def prove_jvp(
    f: Callable[..., Any], jvp: Callable[..., Any], *args: Any, failure: float = FAILURE, seed: int = 0
) -> Certificate:
    """Whether jvp(args, tangents) is the derivative of f along tangents."""
    return answer(Jvp(f, jvp, args), failure, seed)


def prove_independence(
    f: Callable[..., Any],
    *args: Any,
    outputs: Any,
    inputs: Sequence[Any],
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

    Raises:
      QuestionError: if the masks do not fit or mark nothing.
    """
    problem = Independence(f, args, outputs, inputs)
    problem.traced(False)
    found = _by_analysis(problem, failure, seed) or answer(problem, failure, seed)
    if not found.held:
        return found
    return dataclasses.replace(found, assumptions=(*found.assumptions, _about_nan(problem, seed)))


def _by_analysis(problem: Independence, failure: float, seed: int) -> Certificate | None:
    """A proof without chance, where the program itself shows that the marked inputs do not get through."""
    _demand_probability(failure)
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
        versions=versions(),
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
        "marked inputs are finite: NaN and infinities planted there reached no marked output, but the analysis "
        "does not exclude it (0 * NaN is NaN)"
    )


def answer(problem: Problem, failure: float = FAILURE, seed: int = 0) -> Certificate:
    """Climbs the ladder of models until one proves the problem or floating point refutes it."""
    _demand_probability(failure)
    common = dict(kind=problem.kind, args=problem.described, seed=seed, failure=failure, versions=versions())
    history: collections.Counter[str] = collections.Counter()
    floats: witness.Outcome | None = None
    for model in ladder.ladder(problem.programs(), problem.kind != "identity", lambda: witness.traces_wide(problem)):
        outcome = _attempt(problem, model, failure, seed)
        if isinstance(outcome, str):
            history[outcome] += 1
            if outcome.startswith("\0"):
                break
        elif not outcome.pop("differ"):
            return _agreed(problem, seed, {**common, **outcome})
        else:
            history["the sides differ at random points of the field"] += 1
            floats = floats or witness.look(problem, seed)
            if floats.witness is not None:
                told = dict(reason=str(floats.witness), witness=floats.witness)
                return Certificate(verdict="refuted", **told, **common, **outcome)
    return Certificate(verdict="unknown", reason=_why(history, floats or witness.look(problem, seed)), **common)


def _agreed(problem: Problem, seed: int, found: dict[str, Any]) -> Certificate:
    """A proof, unless floating point contradicts it: then something is wrong, and nothing is claimed."""
    floats = witness.glance(problem, seed)
    if floats.witness is None:
        return Certificate(verdict="proved", **found)
    text = f"the field sees no difference, floating point does: {floats.witness}"
    return Certificate(verdict="unknown", reason=text, **found)


def _demand_probability(failure: float) -> None:
    if not isinstance(failure, int | float) or not 0.0 < failure < 1.0:
        raise ValueError(f"failure: a probability between 0 and 1 is needed, {failure!r} came.")


def _attempt(problem: Problem, model: Model, failure: float, seed: int) -> dict[str, Any] | str:
    """What one model says: a reason why it cannot say anything, or whether the sides differ, and on what evidence."""
    samples, theorem = SAMPLES, None
    try:
        while True:
            field = Field(model, samples, seed)
            leaves, walk = problem.evaluate(field, model.wide)
            found = _tally(field, leaves)
            if found["differ"]:
                break
            if theorem is None:
                theorem = _bound(problem, model, seed)
                wanted = None if theorem is None else theorem.points(failure, SAMPLES, MOST_SAMPLES)
                if wanted is not None and wanted > samples:
                    samples = wanted
                    continue
            if found["compared"] >= LEAST_COMPARED or samples >= MOST_SAMPLES:
                break
            samples *= 4
    except Unsupported as error:
        return "\0" + str(error)
    except Stuck as error:
        return str(error)
    if not found["differ"] and found["compared"] < LEAST_COMPARED:
        return "some entries are undefined at almost every point"
    found.update(_evidence(field, walk, model, found["compared"]))
    if theorem is not None and theorem.after(found["compared"]) <= failure:
        found.update(error_bound=theorem.after(found["compared"]), error_estimate=None, theorem="Schwartz-Zippel")
    return found


def _bound(problem: Problem, model: Model, seed: int) -> watched.Bound | None:
    """The bound that a theorem gives in this model, if one does."""
    try:
        watch = watched.Watch(Field(model, 1, seed))
        leaves, _ = problem.evaluate(watch, model.wide)
        return watched.bound(watch, [(leaf.left, leaf.right) for leaf in leaves])
    except (NoBound, Stuck):
        return None


def _tally(field: Field, leaves: list[Leaf]) -> dict[str, Any]:
    least, entries, covered, differ = math.inf, 0, 0, False
    for leaf in leaves:
        same, defined = compare.agreement(field, leaf.left, leaf.right)
        times = defined.sum(axis=0)
        differ |= bool((defined & ~same).any())
        least = min(least, int(times.min(initial=field.samples)))
        covered += int((times >= LEAST_COMPARED).sum())
        entries += int(times.size)
    return dict(differ=differ, points=field.samples, compared=int(least), coverage=covered / max(entries, 1))


def _evidence(field: Field, walk: Walk, model: Model, compared: int) -> dict[str, Any]:
    return dict(
        method=str(model),
        error_estimate=2.0 ** (-_BITS_PER_POINT * compared),
        assumptions=tuple(sorted(f"{text} (x{n})" for text, n in field.notes.items())),
        readings=tuple(sorted(field.readings)),
        branches=field.branches,
        primitives=tuple(sorted(walk.primitives.items())),
    )


def _why(history: collections.Counter[str], floats: witness.Outcome) -> str:
    stops = [text[1:] for text in history if text.startswith("\0")]
    if stops:
        return stops[0]
    lines = [f"{text} ({n} models)" for text, n in history.most_common(4)]
    if floats.witness is not None:
        lines.append(f"floating point differs: {floats.witness}")
    elif floats.compared:
        lines.append(
            f"in float64 the sides agree to {floats.difference:.1e}; a constant folded by Python, or a law that "
            "the engine does not know, may be the cause. Write constants with jnp or pass them as arguments."
        )
    return "\n  ".join(lines) or "no model applies"


def versions() -> tuple[tuple[str, str], ...]:
    """What was traced and what traced it."""
    names = ("jax", "jaxlib", "numpy", "jaxmath")
    return (("python", platform.python_version()), *((n, _version(n)) for n in names))


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
