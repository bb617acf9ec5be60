"""Invariants at run time, by one switch.

Off, nothing is traced and nothing costs. On, programs are traced anew (the switch belongs to what `jit`
remembers), values are measured where they are made, and what does not hold is raised where the switch
goes off.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from jaxmath.invariants import Invariant, InvariantError

_ON = jax.make_user_context(False)
_found: list[str] = []


@contextlib.contextmanager
def checking() -> Iterator[None]:
    """Check invariants of everything that runs inside, under `jit` too.

    Attention weights are distributions, norms have unit size, hidden states are finite, and caches have
    room.

    Raises:
      InvariantError: on leaving, if something did not hold; it names each once.

    Example:
      >>> with checking():
      ...     ensure(is_finite, "x", jax.numpy.ones(2))
    """
    _found.clear()
    with _ON(True):
        yield
    jax.effects_barrier()
    if _found:
        messages = list(dict.fromkeys(_found))
        _found.clear()
        raise InvariantError("\n".join(messages))


def is_checking() -> bool:
    """Whether the switch is on."""
    return bool(_ON.value)


def ensure(what: Invariant, name: str, *args: Any, **kwargs: Any) -> None:
    """Measure a value, if the switch is on.

    Args:
      what: the invariant.
      name: what the message calls the value.
      *args: the value, and further arguments of the invariant.
      **kwargs: further arguments of the invariant.
    """
    if not is_checking():
        return
    readings = what.measure(*args, **kwargs)
    words = [x.what for x in readings]
    allowed = [x.allowed for x in readings]

    def look(*figures: Any) -> None:
        wrong = [
            w.format(np.asarray(x)) for w, x, a in zip(words, figures, allowed, strict=True) if not x <= a
        ]
        if wrong:
            _found.append(f"{name} must {what.demand}: {'; '.join(wrong)}. {what.remedy}")

    jax.debug.callback(look, *(x.value for x in readings))
