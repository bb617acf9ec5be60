"""What a question demands of the functions in it and of what they return."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify.errors import QuestionError
from jaxmath.verify.trace import Trace, is_float


def demand_call(name: str, fn: Callable[..., Any], count: int, how: str) -> None:
    """Checks that a function can be called with so many positional arguments.

    Raises:
      TypeError: if it is no function.
      QuestionError: if its signature has another number of arguments.
    """
    if not callable(fn):
        raise TypeError(f"{name}: a function is needed, {type(fn).__name__} came.")
    try:
        signature = inspect.signature(fn)
    except (ValueError, TypeError):
        return
    try:
        signature.bind(*[None] * count)
    except TypeError as error:
        raise QuestionError(
            f"{name}: cannot be called with {count} arguments ({error}).\n"
            f"  demanded  {how}\n  came      {name}{signature}"
        ) from error


def matched(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides as arrays, if they have the same structure, shapes and kinds of dtype.

    Raises:
      QuestionError: if they do not.
    """
    trees: list[Any] = [jax.tree_util.tree_structure(side) for side in (left, right)]
    if trees[0] != trees[1]:
        raise QuestionError(f"the sides differ in structure.\n  left   {trees[0]}\n  right  {trees[1]}")
    pairs = zip(jax.tree_util.tree_leaves_with_path(left), jax.tree_util.tree_leaves(right), strict=True)
    for (path, a), b in pairs:
        _same_kind(jax.tree_util.keystr(path), a, b)
    if not trees[0].num_leaves:
        raise QuestionError("the sides hold no arrays, so there is nothing to compare.")
    sides = [jax.tree_util.tree_map(jnp.asarray, side) for side in (left, right)]
    if not sum(a.size for a in jax.tree_util.tree_leaves(sides[0])):
        raise QuestionError(
            "every output is empty, so there is nothing to compare. Use sizes of one or more."
        )
    return sides[0], sides[1]


def _same_kind(path: str, a: Any, b: Any) -> None:
    for side, value in (("left", a), ("right", b)):
        if not isinstance(value, jax.Array | np.ndarray | np.generic | bool | int | float):
            raise QuestionError(
                f"output{path}: an array is needed on the {side}, {type(value).__name__} came."
            )
    if jnp.shape(a) != jnp.shape(b):
        raise QuestionError(
            f"the sides differ in shape at output{path}.\n"
            f"  left   {typed(a)}\n  right  {typed(b)}\n"
            "  Nothing is broadcast; reshape one side."
        )
    if is_float(jnp.result_type(a)) != is_float(jnp.result_type(b)):
        raise QuestionError(
            f"the sides differ in kind at output{path}.\n  left   {typed(a)}\n  right  {typed(b)}"
        )


def typed(a: Any) -> str:
    """An array's type, such as `float32[2,3]`."""
    return f"{jnp.result_type(a)}[{','.join(map(str, jnp.shape(a)))}]"


def demand_arrays(name: str, leaves: Sequence[Any]) -> None:
    """Checks that what a rule returned are arrays.

    Raises:
      QuestionError: if something is not.
    """
    for leaf in leaves:
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float):
            raise QuestionError(f"{name} returned a {type(leaf).__name__} where an array is needed.")


def demand_floats(traced: Trace) -> None:
    """Checks that there is something to differentiate, and something to differentiate by.

    Raises:
      QuestionError: if there is not.
    """
    if all(g is not None for g in traced.given):
        raise QuestionError("no argument is a floating array, so there is nothing to differentiate by.")
    unknown = zip(traced.avals, traced.given, strict=True)
    if not sum(np.prod(aval.shape) for aval, given in unknown if given is None):
        raise QuestionError(
            "every floating argument is empty, so there is nothing to differentiate by. "
            "Use sizes of one or more."
        )
    if not any(is_float(v.aval.dtype) for v in traced.jaxpr.jaxpr.outvars):
        raise QuestionError("no output is a floating array, so there is no derivative.")
