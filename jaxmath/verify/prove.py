"""The questions that the engine answers."""

import collections
import dataclasses
import functools
import importlib.metadata
import math
import platform
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import threadpoolctl

from jaxmath.verify import cells, compare, ladder, primes, watched, witness
from jaxmath.verify.degree import NoBound
from jaxmath.verify.demands import demand_call
from jaxmath.verify.field import Field
from jaxmath.verify.independence import Independence
from jaxmath.verify.interpret import Unsupported, Walk
from jaxmath.verify.model import Model
from jaxmath.verify.num import Stuck
from jaxmath.verify.problem import Jvp, Leaf, Problem, Sides, Vjp
from jaxmath.verify.trace import leaf_spec
from jaxmath.verify.verdict import Certificate

FAILURE = 2.0**-60
_NOT_A_FUNCTION = (
    "the functions are not the same when they are traced again: they keep state, or draw random numbers "
    "outside JAX. Nothing is claimed; pass what changes as an argument."
)
SAMPLES = 4
MOST_SAMPLES = 64
MOST_POINTS = 2**12
MOST_ENTRIES = 2**18
LEAST_COMPARED = 3
# A wrong identity holds by chance at a point about as often as a random residue is zero: see the tests.
_BITS_PER_POINT = 28


def prove_identity(
    f: Callable[..., Any], g: Callable[..., Any], *args: Any, failure: float = FAILURE, seed: int = 0
) -> Certificate:
    """Whether f(*args) and g(*args) are the same function of the floating leaves of `args`."""
    for name, side in (("f", f), ("g", g)):
        demand_call(name, side, len(args), f"{name}(*args)")
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
    _demand_budget(failure, seed)
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
        "marked inputs are finite: NaN and infinities planted there reached no marked output, but "
        "the analysis does not exclude it (0 * NaN is NaN)"
    )


def answer(problem: Problem, failure: float = FAILURE, seed: int = 0) -> Certificate:
    """Climbs the ladder of models until one proves the problem or floating point refutes it."""
    _demand_budget(failure, seed)
    # The matrices are small: threads of the linear algebra library would wait for each other.
    with _pools().limit(limits=1, user_api="blas"):
        return _climbed(problem, failure, seed)


def _climbed(problem: Problem, failure: float, seed: int) -> Certificate:
    common: dict[str, Any] = dict(kind=problem.kind, args=problem.described, seed=seed, failure=failure, versions=versions())
    history: collections.Counter[str] = collections.Counter()
    floats: witness.Outcome | None = None
    # Models for which a longer chain of primes would have something to add.
    wanting: set[Model] = set()
    for model in ladder.ladder(
        problem.programs(), problem.kind != "identity", lambda: witness.traces_wide(problem)
    ):
        if model.levels > 2 and dataclasses.replace(model, levels=model.levels - 1) not in wanting:
            continue
        outcome = _attempt(problem, model, failure, seed)
        if outcome.pop("cuts") if isinstance(outcome, dict) else "chain of primes" in outcome:
            wanting.add(model)
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
                if not problem.repeats():
                    return Certificate(verdict="unknown", reason=_NOT_A_FUNCTION, **common)
                told: dict[str, Any] = dict(reason=str(floats.witness), witness=floats.witness)
                return Certificate(verdict="refuted", **told, **common, **outcome)
    return Certificate(
        verdict="unknown", reason=_why(history, floats or witness.look(problem, seed)), **common
    )


def _agreed(problem: Problem, seed: int, found: dict[str, Any]) -> Certificate:
    """A proof, unless floating point contradicts it: then something is wrong, and nothing is claimed."""
    floats = witness.glance(problem, seed)
    if floats.witness is None:
        return Certificate(verdict="proved", **found)
    text = f"the field sees no difference, floating point does: {floats.witness}"
    return Certificate(verdict="unknown", reason=text, **found)


def _demand_budget(failure: float, seed: int) -> None:
    if not isinstance(failure, int | float) or not 0.0 < failure < 1.0:
        raise ValueError(f"failure: a probability between 0 and 1 is needed, {failure!r} came.")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed: an integer from 0 on is needed, {seed!r} came.")


@functools.cache
def _pools() -> threadpoolctl.ThreadpoolController:
    return threadpoolctl.ThreadpoolController()


def _attempt(problem: Problem, model: Model, failure: float, seed: int) -> dict[str, Any] | str:
    """What one model says: why it cannot say anything, or whether the sides differ and on what evidence."""
    try:
        theorem, found = _first_look(problem, model, seed)
        if not found["differ"]:
            wanted = _wanted(problem, model, failure, theorem, found)
            found = _evaluated(problem, model, wanted, seed) if wanted > found["points"] else found
        # Roots and logarithms may be undefined at half of the points; what else is undefined stays so.
        chancy = model.roots == "algebraic" or model.exp == "tower"
        most = MOST_SAMPLES if chancy else SAMPLES
        while not found["differ"] and found["compared"] < LEAST_COMPARED and found["points"] < most:
            found = _evaluated(problem, model, 4 * found["points"], seed)
    except Unsupported as error:
        return "\0" + str(error)
    except Stuck as error:
        return str(error)
    comparisons, undefined = (found.pop(name) for name in ("comparisons", "undefined"))
    if not found["differ"] and found["compared"] < LEAST_COMPARED:
        return _undefined(undefined)
    estimate = min(
        1.0, 2.0 ** (-_bits(found) * found["compared"]) + cells.escape(found["compared"], comparisons)
    )
    if theorem is not None and theorem.after(found["compared"]) <= failure:
        return {**found, "error_bound": theorem.after(found["compared"]), "theorem": "Schwartz-Zippel"}
    if not found["differ"] and estimate > failure:
        chance = f"2^{math.log2(estimate):.0f}"
        return f"{found['compared']} points leave a chance of {chance}, more than was asked for"
    return {**found, "error_estimate": estimate}


def _first_look(problem: Problem, model: Model, seed: int) -> tuple[watched.Bound | None, dict[str, Any]]:
    """One point with degrees watched, where a theorem covers the model; else a few points."""
    try:
        watch = watched.Watch(Field(model, 1, seed))
        leaves, walk = problem.evaluate(watch, model.wide)
        theorem = watched.bound(watch, [(leaf.left, leaf.right) for leaf in leaves])
    except (NoBound, Stuck):
        return None, _evaluated(problem, model, SAMPLES, seed)
    plain = [dataclasses.replace(n, left=watched.plain(n.left), right=watched.plain(n.right)) for n in leaves]
    found = {**_tally(watch.field, plain), **_evidence(watch.field, walk, model), "comparisons": 0}
    return theorem, found


def _bits(found: dict[str, Any]) -> float:
    """What one point is worth where no theorem says it; rotations have small orders."""
    turned = {"sin", "cos", "tan"} & {name for name, _ in found["primitives"]}
    return math.log2(min(primes.TURN.values())) if turned else _BITS_PER_POINT


def _wanted(
    problem: Problem, model: Model, failure: float, theorem: watched.Bound | None, found: dict[str, Any]
) -> int:
    """How many points the demanded probability of failure takes in this model."""
    comparisons = found["comparisons"]
    plain = max(SAMPLES, math.ceil(-math.log2(failure) / _bits(found)))
    if model.maxima == "free":
        return (None if theorem is None else theorem.points(failure, SAMPLES, MOST_SAMPLES)) or plain
    wanted = cells.points(failure / 2, comparisons)
    size = sum(math.prod(leaf_spec(leaf, "").shape) for leaf in jax.tree_util.tree_leaves(problem.args))
    if wanted > MOST_POINTS or wanted * size > MOST_ENTRIES:
        raise Stuck(
            f"an entry hangs on {comparisons} comparisons of unknown values; to see all their outcomes "
            "would take too many points. Use smaller shapes."
        )
    return max(wanted, plain)


def _evaluated(problem: Problem, model: Model, samples: int, seed: int) -> dict[str, Any]:
    field = (Field if model.maxima == "free" else cells.CellField)(model, samples, seed)
    leaves, walk = problem.evaluate(field, model.wide)
    comparisons = 0
    if isinstance(field, cells.CellField):
        comparisons = max((field.comparisons([leaf.left, leaf.right]) for leaf in leaves), default=0)
    return {**_tally(field, leaves), **_evidence(field, walk, model), "comparisons": comparisons}


def _tally(field: Field, leaves: list[Leaf]) -> dict[str, Any]:
    least, entries, covered, differ, undefined = math.inf, 0, 0, False, ""
    for leaf in leaves:
        same, defined = compare.agreement(field, leaf.left, leaf.right)
        times = defined.sum(axis=0)
        differ |= bool((defined & ~same).any())
        if times.size and times.min() < min(least, field.samples):
            undefined = leaf.place(np.unravel_index(int(times.argmin()), times.shape))
        least = min(least, int(times.min(initial=field.samples)))
        covered += int((times >= LEAST_COMPARED).sum())
        entries += int(times.size)
    coverage = covered / max(entries, 1)
    return dict(
        differ=differ, points=field.samples, compared=int(least), coverage=coverage, undefined=undefined
    )


def _undefined(place: str) -> str:
    return (
        f"output{place} is undefined at almost every point (NaN, a division by zero, a root or a "
        "logarithm of what has none, memory that was never written); use jnp.where to leave such entries out"
    )


def _evidence(field: Field, walk: Walk, model: Model) -> dict[str, Any]:
    return dict(
        cuts=field.cuts,
        method=str(model),
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
            f"in float64 the sides agree to {floats.difference:.1e}; a constant folded by Python, or a law "
            "that the engine does not know, may be the cause. Write constants with jnp or pass them as "
            "arguments."
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
