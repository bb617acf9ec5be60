"""How a question is answered: models are tried from the strictest to the freest."""

import collections
import dataclasses
import functools
import importlib.metadata
import math
import platform
from typing import Any, Literal

import jax
import numpy as np
import threadpoolctl

from jaxmath.verify import cells, compare, compiled, ladder, primes, watched, watched_bound, witness
from jaxmath.verify.degree import NoBound
from jaxmath.verify.field import Field
from jaxmath.verify.interpret import Unsupported, Walk
from jaxmath.verify.model import Model
from jaxmath.verify.num import Stuck
from jaxmath.verify.problem import Leaf, Problem
from jaxmath.verify.trace import leaf_spec
from jaxmath.verify.verdict import Certificate

Backend = Literal["auto", "numpy", "xla"]
FAILURE = 2.0**-60
SAMPLES = 4
MOST_SAMPLES = 64
MOST_POINTS = 2**12
MOST_ENTRIES = 2**18
LEAST_COMPARED = 3
# A wrong identity holds by chance at a point about as often as a random residue is zero: see the tests.
_BITS_PER_POINT = 28
_HOPELESS = ("the order of two unknown values is asked for", "comparisons of unknown values; to see all")
_NOT_A_FUNCTION = (
    "the functions are not the same when they are traced again: they keep state, or draw random numbers "
    "outside JAX. Nothing is claimed; pass what changes as an argument."
)


def answer(
    problem: Problem, failure: float = FAILURE, seed: int = 0, backend: Backend = "auto"
) -> Certificate:
    """Climbs the ladder of models until one proves the problem or floating point refutes it.

    Args:
      problem: the question.
      failure: the probability of a false `proved` that is allowed.
      seed: of the random points.
      backend: `numpy`, `xla` (one compiled program per model, loops kept rolled), or `auto`: XLA for large
        arrays where JAX runs on an accelerator. The residues are the same.

    Raises:
      ValueError: if `failure` is no probability, `seed` no natural number or `backend` unknown.
    """
    demand_budget(failure, seed)
    if backend not in ("auto", "numpy", "xla"):
        raise ValueError(f'backend: "auto", "numpy" or "xla" is needed, {backend!r} came.')
    # The matrices are small: threads of the linear algebra library would wait for each other.
    with _pools().limit(limits=1, user_api="blas"):
        return _climbed(problem, failure, seed, backend)


def _climbed(problem: Problem, failure: float, seed: int, backend: Backend) -> Certificate:
    common: dict[str, Any] = dict(
        kind=problem.kind, args=problem.described, seed=seed, failure=failure, versions=versions()
    )
    history: collections.Counter[str] = collections.Counter()
    floats: witness.Outcome | None = None
    # Models for which a longer chain of primes would have something to add.
    wanting: set[Model] = set()
    # Readings of maxima in which the programs cannot be evaluated, whatever else is read otherwise.
    hopeless: set[str] = set()
    for model in ladder.ladder(problem.programs(), lambda: witness.traces_wide(problem)):
        if model.levels > 2 and dataclasses.replace(model, levels=model.levels - 1) not in wanting:
            continue
        if model.maxima in hopeless:
            continue
        outcome = _attempt(problem, model, failure, seed, backend)
        if isinstance(outcome, str) and any(text in outcome for text in _HOPELESS):
            hopeless.add(model.maxima)
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
    if floats.witness is None and (floats.compared or not floats.evaluated):
        return Certificate(verdict="proved", **found)
    if floats.witness is None:
        text = "in floating point no point was found at which both sides are defined"
        return Certificate(verdict="unknown", reason=text, **found)
    text = f"the field sees no difference, floating point does: {floats.witness}"
    return Certificate(verdict="unknown", reason=text, **found)


def demand_budget(failure: float, seed: int) -> None:
    """Refuses a failure that is no probability and a seed that is no natural number."""
    if not isinstance(failure, int | float) or not 0.0 < failure < 1.0:
        raise ValueError(f"failure: a probability between 0 and 1 is needed, {failure!r} came.")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed: an integer from 0 on is needed, {seed!r} came.")


@functools.cache
def _pools() -> threadpoolctl.ThreadpoolController:
    return threadpoolctl.ThreadpoolController()


def _attempt(
    problem: Problem, model: Model, failure: float, seed: int, backend: Backend
) -> dict[str, Any] | str:
    """What one model says: why it cannot say anything, or whether the sides differ and on what evidence."""
    try:
        theorem, found = _first_look(problem, model, seed)
        if not found["differ"]:
            wanted = _wanted(problem, model, failure, theorem, found)
            found = _evaluated(problem, model, wanted, seed, backend) if wanted > found["points"] else found
        # Roots and logarithms may be undefined at half of the points; what else is undefined stays so.
        chancy = model.roots == "algebraic" or model.exp == "tower"
        most = MOST_SAMPLES if chancy else SAMPLES
        while not found["differ"] and found["compared"] < LEAST_COMPARED and found["points"] < most:
            found = _evaluated(problem, model, 4 * found["points"], seed, backend)
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


def _first_look(
    problem: Problem, model: Model, seed: int
) -> tuple[watched_bound.Bound | None, dict[str, Any]]:
    """One point with degrees watched, where a theorem covers the model; else a few points."""
    try:
        watch = watched.Watch(Field(model, 1, seed))
        leaves, walk = problem.evaluate(watch, model.wide)
        theorem = watched_bound.bound(watch, [(leaf.left, leaf.right) for leaf in leaves])
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
    problem: Problem, model: Model, failure: float, theorem: watched_bound.Bound | None, found: dict[str, Any]
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


def _evaluated(
    problem: Problem, model: Model, samples: int, seed: int, backend: Backend = "numpy"
) -> dict[str, Any]:
    """Both sides at so many points, and how they compare."""
    if _is_compiled(problem, model, backend):
        plain, leaves, walk = compiled.leaves(problem, model, samples, seed)
        return {**_tally(plain, leaves), **_evidence(plain, walk, model), "comparisons": 0}
    field = (Field if model.maxima == "free" else cells.CellField)(model, samples, seed)
    leaves, walk = problem.evaluate(field, model.wide)
    comparisons = 0
    if isinstance(field, cells.CellField):
        comparisons = max((field.comparisons([leaf.left, leaf.right]) for leaf in leaves), default=0)
    return {**_tally(field, leaves), **_evidence(field, walk, model), "comparisons": comparisons}


def _is_compiled(problem: Problem, model: Model, backend: Backend) -> bool:
    if model.maxima != "free" or backend == "numpy":
        return False
    accelerated = jax.default_backend() != "cpu"
    return backend == "xla" or (accelerated and compiled.is_large(problem, model.wide))


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
