"""A program in real arithmetic: jaxprs evaluated over the balls of FLINT.

Every floating array becomes an array of balls, each of which holds the exact real value; casts
between floating types change nothing, and a constant is exactly the number that it is. Integers and
booleans are computed by JAX. A comparison of balls that overlap has no answer: `jnp.where` then
takes the hull of both sides, and a branch stops the evaluation.
"""

import importlib.metadata
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import flint

from jaxmath.verify import ball_rules, ball_structure
from jaxmath.verify.ball_dual import value
from jaxmath.verify.ball_walk import Array, Balls, elementwise, objects, reals
from jaxmath.verify.ball_walk import NoEnclosure as NoEnclosure
from jaxmath.verify.ball_walk import Undecided as Undecided
from jaxmath.verify.ball_walk import lifted as lifted
from jaxmath.verify.trace import Trace, trace

VOCABULARY: tuple[ModuleType, ...] = (ball_rules, ball_structure)  # importing them registers the rules


def traced(fn: Callable[..., Any], args: Sequence[Any]) -> Trace:
    """A function with its constants in float64; as it is, if it insists on narrower types."""
    try:
        return trace(fn, args, wide=True)
    except (TypeError, ValueError):
        return trace(fn, args)


def versions() -> tuple[tuple[str, str], ...]:
    """What traced the function and what evaluated it."""
    return tuple((name, importlib.metadata.version(name)) for name in ("jax", "numpy", "python-flint"))


def evaluate(program: Trace, unknown: Sequence[Array], prec: int, walk: Balls | None = None) -> list[Array]:
    """The outputs of a traced function, as arrays of balls.

    Args:
      program: the traced function.
      unknown: an array of balls for each of its unknown inputs.
      prec: bits of the midpoints.
      walk: what remembers notes and concrete arrays between evaluations.

    Raises:
      NoEnclosure: if a primitive has no rule, or a branch depends on balls that overlap.
    """
    walk = walk or Balls()
    with flint.ctx.workprec(prec):
        outs = walk.run(program.jaxpr.jaxpr, program.jaxpr.consts, list(unknown))
        return [objects(reals(out)) for out in outs]


def values(array: Array) -> Array:
    """The balls of an array of dual balls."""
    return elementwise(value)(array)
