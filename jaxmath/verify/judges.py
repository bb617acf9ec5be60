"""Which question each kind of claim puts to the engine."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify import exact, prove
from jaxmath.verify.annotations import ClaimError, is_quantified
from jaxmath.verify.statement import Claim
from jaxmath.verify.verdict import Certificate, Verdict

Values = Mapping[str, Any]


def identity(claim: Claim, **budget: Any) -> Certificate:
    """Whether two sides are one function."""

    def sides(values: Values) -> tuple[Any, Any]:
        left, right = pair(claim, claim.apply(values), "two sides, (left, right)")
        _comparable(claim, left, right)
        return left, right

    values = claim.arguments()
    return prove.prove_sides(*_closed(claim, sides, values, is_quantified), **budget)


def derivative(claim: Claim, **budget: Any) -> Certificate:
    """Whether a rule is the derivative of a function."""
    values = claim.arguments()
    function, rule = pair(claim, _applied(claim, values), "(function, derivative)")
    if not (callable(function) and callable(rule)):
        raise ClaimError(
            f"{claim.name}: a derivative claim returns functions of its arguments.\n"
            f"  it returned ({type(function).__name__}, {type(rule).__name__})\n"
            "  Return the function and its rule without calling them."
        )
    closed, *free = _closed(claim, lambda given: function(*map(_as_jax, given.values())), values, _has_arrays)
    names = [key for key, value in values.items() if _has_arrays(value)]

    def filled(args: Sequence[Any], rest: Values) -> list[Any]:
        return [_as_jax(value) for value in {**rest, **dict(zip(names, args, strict=True))}.values()]

    def vjp(*args_and_cotangent: Any) -> Any:
        *args, cotangent = args_and_cotangent
        return rule(*filled(args, values), cotangent)

    def jvp(args: Sequence[Any], tangents: Sequence[Any]) -> Any:
        return rule(tuple(filled(args, values)), tuple(filled(tangents, dict.fromkeys(values))))

    if claim.options["mode"] == "jvp":
        return prove.prove_jvp(closed, jvp, *free, **budget)
    return prove.prove_vjp(closed, vjp, *free, **budget)


def independence(claim: Claim, **budget: Any) -> Certificate:
    """Whether marked outputs ignore marked inputs, for every pair of marks."""
    values = claim.arguments()
    told: list[Any] = []

    def output(values: Values) -> Any:
        out, pairs = pair(claim, claim.apply(values), "(output, pairs)")
        told[:] = pairs
        return out

    function, *free = _closed(claim, output, values, is_quantified)
    shape = jax.eval_shape(function, *free)
    if not told:
        raise ClaimError(f"{claim.name}: no pair is given, so nothing is shown.\n  Return at least one.")
    found = []
    for outputs, inputs in list(told):
        _marks(claim, "the output", outputs, shape)
        masks = _masks(claim, inputs, {key: value for key, value in values.items() if is_quantified(value)})
        found.append(prove.prove_independence(function, *free, outputs=outputs, inputs=masks, **budget))
        if not found[-1].held:
            return found[-1]
    return _joined(found)


def distribution(claim: Claim, **budget: Any) -> Certificate:
    """Whether two laws are equal, entry by entry."""
    with jax.enable_x64(True):
        left, right = pair(claim, claim.apply(_concrete(claim)), "two laws")
        found = exact.compare_laws(claim.name, left, right, claim.options["roundings"])
    return dataclasses.replace(found, **budget)


def accounting(claim: Claim, **budget: Any) -> Certificate:
    """Whether a figure is the published one."""
    with jax.enable_x64(True):
        figure, published = pair(claim, claim.apply(_concrete(claim)), "(figure, published figure)")
        found = exact.compare_figures(claim.name, figure, published)
    return dataclasses.replace(found, **budget)


def _concrete(claim: Claim) -> dict[str, Any]:
    values = claim.arguments()
    for key, value in values.items():
        if is_quantified(value):
            raise ClaimError(
                f"{claim.name}: argument `{key}` has no value.\n"
                f"  A claim of kind {claim.kind} is evaluated, not proved for all values.\n"
                "  Pass the argument in `given`."
            )
    return values


def _applied(claim: Claim, values: Values) -> Any:
    """What the claim returns for abstract arrays of the right types: annotations may be executed."""
    told: list[Any] = []
    jax.eval_shape(*_closed(claim, lambda values: told.append(claim.apply(values)), values, is_quantified))
    return told[0]


def _as_jax(value: Any) -> Any:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf, value)


def _has_arrays(value: Any) -> bool:
    return any(isinstance(leaf, jax.ShapeDtypeStruct | jax.Array) for leaf in jax.tree.leaves(value))


def _closed(
    claim: Claim, function: Callable[[Values], Any], values: Values, is_free: Callable[[Any], bool]
) -> tuple[Any, ...]:
    """A function of the free arguments alone, under the claim's name, followed by these arguments."""
    names = [key for key, value in values.items() if is_free(value)]

    def closed(*args: Any) -> Any:
        return function({**values, **dict(zip(names, args, strict=True))})

    closed.__name__ = closed.__qualname__ = claim.name
    closed.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(key, inspect.Parameter.POSITIONAL_ONLY) for key in names]
    )
    return closed, *(values[key] for key in names)


def pair(claim: Claim, returned: Any, demanded: str) -> tuple[Any, Any]:
    """The two things that a claim returned.

    Raises:
      ClaimError: if it returned anything else.
    """
    if isinstance(returned, tuple | list) and len(returned) == 2:
        return returned[0], returned[1]
    told = f"a {type(returned).__name__}"
    if isinstance(returned, tuple | list):
        told += f" of {len(returned)}"
    raise ClaimError(
        f"{claim.name}: a claim of kind {claim.kind} returns {demanded}.\n"
        f"  it returned {told}\n"
        "  Return a tuple of two."
    )


def _comparable(claim: Claim, left: Any, right: Any) -> None:
    shapes = [_shapes(claim, side) for side in (left, right)]
    structures: list[Any] = [jax.tree.structure(side) for side in (left, right)]
    if shapes[0] != shapes[1] or structures[0] != structures[1]:
        told = shapes if structures[0] == structures[1] else [_written(each) for each in structures]
        raise ClaimError(
            f"{claim.name}: the two sides do not have the same shape.\n"
            f"  left   {told[0]}\n"
            f"  right  {told[1]}\n"
            "  Return two pytrees of one structure with arrays of the same shapes."
        )
    if not any(np.prod(shape) for shape in shapes[0]):
        raise ClaimError(
            f"{claim.name}: there is nothing to compare.\n"
            f"  Both sides are {_written(structures[0])} with shapes {shapes[0]}: no entry at all.\n"
            "  Choose sizes in `at` above zero and return arrays."
        )


def _written(structure: Any) -> str:
    return str(structure).removeprefix("PyTreeDef(").removesuffix(")")


def _shapes(claim: Claim, side: Any) -> list[tuple[int, ...]]:
    for path, leaf in jax.tree_util.tree_leaves_with_path(side):
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic | int | float):
            raise ClaimError(
                f"{claim.name}: a side holds what is no array.\n"
                f"  at {jax.tree_util.keystr(path) or 'the top'}: {type(leaf).__name__}\n"
                "  Return arrays, or pytrees of arrays."
            )
    return [tuple(np.shape(leaf)) for leaf in jax.tree.leaves(side)]


def _masks(claim: Claim, inputs: Mapping[str, Any], quantified: Mapping[str, Any]) -> tuple[Any, ...]:
    for key, mask in inputs.items():
        if key not in quantified:
            raise ClaimError(
                f"{claim.name}: a pair marks `{key}`, which is no floating argument of the claim.\n"
                f"  These are: {', '.join(quantified) or 'none'}."
            )
        _marks(claim, f"argument `{key}`", mask, quantified[key])
    return tuple(inputs.get(key) for key in quantified)


def _marks(claim: Claim, what: str, mask: Any, types: Any) -> None:
    marks = jax.tree.leaves(mask)
    shapes = [tuple(leaf.shape) for leaf in jax.tree.leaves(types)]
    if [np.shape(mark) for mark in marks] != shapes or not all(_is_boolean(mark) for mark in marks):
        told = [f"{getattr(m, 'dtype', type(m).__name__)}{list(np.shape(m))}" for m in marks]
        raise ClaimError(
            f"{claim.name}: a mask does not fit {what}.\n"
            f"  demanded  {[f'bool{list(shape)}' for shape in shapes]}\n"
            f"  came      {told}\n"
            "  Mark entries with boolean NumPy arrays of the same shapes."
        )
    if not any(np.any(mark) for mark in marks):
        raise ClaimError(
            f"{claim.name}: a mask marks nothing of {what}, so the pair says nothing.\n  Leave it out."
        )


def _is_boolean(mark: Any) -> bool:
    return np.asarray(mark).dtype == np.bool_


def _joined(found: Sequence[Certificate]) -> Certificate:
    """One certificate for several that held: figures of failure add up, the rest is the weakest."""
    if len(found) == 1:
        return found[0]
    bounds = [c.error_bound for c in found]
    estimates = [c.error_estimate if c.error_bound is None else c.error_bound for c in found]
    bounded = all(bound is not None for bound in bounds)
    estimated = not bounded and all(estimate is not None for estimate in estimates)
    counts: dict[str, int] = {}
    for primitive, times in (pair for c in found for pair in c.primitives):
        counts[primitive] = counts.get(primitive, 0) + times
    return dataclasses.replace(
        found[0],
        verdict=_weakest(found),
        points=min(c.points for c in found),
        compared=min(c.compared for c in found),
        coverage=min(c.coverage for c in found),
        branches=max(c.branches for c in found),
        error_bound=min(1.0, sum(b for b in bounds if b is not None)) if bounded else None,
        error_estimate=min(1.0, sum(e for e in estimates if e is not None)) if estimated else None,
        theorem=found[0].theorem if bounded else None,
        assumptions=tuple(dict.fromkeys(line for c in found for line in c.assumptions)),
        readings=tuple(dict.fromkeys(line for c in found for line in c.readings)),
        primitives=tuple(sorted(counts.items())),
    )


def _weakest(found: Sequence[Certificate]) -> Verdict:
    order: tuple[Verdict, ...] = ("proved", "certified", "measured")
    return max((c.verdict for c in found), key=order.index)
