"""What an invariant is: figures of a value, and how large each may be."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax.numpy as jnp
from jaxtyping import Array, Bool


class InvariantError(AssertionError):
    """A value is not what it must be."""


class Reading(NamedTuple):
    """One figure of a value, and how large it may be.

    Attributes:
      what: the figure in words, with `{}` for its value.
      value: the figure, a scalar.
      allowed: the largest value that holds.
    """

    what: str
    value: Array
    allowed: float = 0


@dataclasses.dataclass(frozen=True)
class Invariant:
    """A predicate on values.

    Attributes:
      demand: what must hold, to follow "must".
      remedy: what to do where it does not.
      measure: the readings of a value; the invariant holds if each is at most what is allowed.
    """

    demand: str
    remedy: str
    measure: Callable[..., list[Reading]]

    def __call__(self, *args: Any, **kwargs: Any) -> Bool[Array, ""]:
        """Whether it holds."""
        return _holds(self.measure(*args, **kwargs))


def invariant(demand: str, remedy: str) -> Callable[[Callable[..., list[Reading]]], Invariant]:
    """Make an invariant of a function that returns readings.

    Args:
      demand: what must hold, to follow "must".
      remedy: what to do where it does not.
    """

    def decorate(measure: Callable[..., list[Reading]]) -> Invariant:
        made = Invariant(demand, remedy, measure)
        # update_wrapper sets attributes, which a frozen instance takes through its dictionary only.
        made.__dict__.update({x: getattr(measure, x) for x in functools.WRAPPER_ASSIGNMENTS})
        return made

    return decorate


def require(what: Invariant, /, value: Any, *args: Any, name: str = "the value", **kwargs: Any) -> None:
    """Demand an invariant of a value.

    Args:
      what: the invariant.
      value: what is to satisfy it.
      *args: further arguments of the invariant.
      name: what the message calls the value.
      **kwargs: further arguments of the invariant.

    Raises:
      InvariantError: if it does not hold.
      AssertionError: if it does not hold under `jit`, from the function wrapped in `chex.chexify`.
      RuntimeError: if called under `jit` without `chex.chexify`.
    """
    readings = what.measure(value, *args, **kwargs)
    message = _message(what, name, readings)
    figures = [reading.value for reading in readings]
    holds = _holds(readings)
    try:
        chex.assert_trees_all_equal(
            holds, jnp.ones_like(holds), custom_message=message, custom_message_format_vars=figures
        )
    except AssertionError:
        raise InvariantError(message.format(*figures)) from None


def _holds(readings: list[Reading]) -> Bool[Array, ""]:
    return jnp.stack([reading.value <= reading.allowed for reading in readings]).all()


def _message(what: Invariant, name: str, readings: list[Reading]) -> str:
    lines = [f"  {x.what}" + (f" (allowed: {x.allowed:.2g})" if x.allowed else "") for x in readings]
    headline = f"{what.measure.__name__}: {name} must {what.demand}."
    return "\n".join([headline, *lines, f"  {what.remedy}"])
