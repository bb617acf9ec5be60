"""Intermediate values: handed out without changing the result, or exchanged for others."""

import dataclasses
import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import Any

from jaxtyping import Array

# What takes the place of a value: another one, or a function of it.
Intervention = Array | Callable[[Array], Array]


@dataclasses.dataclass
class Record:
    """Values by name, for names that match one of the patterns; and what takes the place of some.

    Attributes:
      patterns: as of a shell, such as `"layers.*.weights"`.
      values: what was noted.
      prefix: where in the model we are.
      interventions: what takes the place of a value, by its name.
      met: names of values that can be exchanged, as they came by.
    """

    patterns: tuple[str, ...] = ()
    values: dict[str, Array] = dataclasses.field(default_factory=dict)
    prefix: str = ""
    interventions: Mapping[str, Intervention] = dataclasses.field(default_factory=dict)
    met: set[str] = dataclasses.field(default_factory=set)

    def note(self, name: str, value: Callable[[], Any]) -> None:
        """Keep a value, which is computed only if somebody asked for it."""
        name = self.prefix + name
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns):
            self.values[name] = value()

    def through(self, name: str, value: Array) -> Array:
        """The value or what takes its place, which is then kept if somebody asked for it.

        Raises:
          ValueError: if what takes its place has another shape or dtype.
        """
        full = self.prefix + name
        self.met.add(full)
        if full in self.interventions:
            value = _exchanged(full, value, self.interventions[full])
        self.note(name, lambda: value)
        return value

    def changes(self, name: str) -> bool:
        """Whether something takes the place of a value, which need not be computed otherwise."""
        self.met.add(self.prefix + name)
        return self.prefix + name in self.interventions

    @property
    def idle(self) -> bool:
        """Whether nothing is to be kept or exchanged."""
        return not self.patterns and not self.interventions

    def inside(self, name: str) -> "Record":
        """The same record, one level down."""
        return dataclasses.replace(self, prefix=f"{self.prefix}{name}.")

    def apart(self) -> "Record":
        """The same with no values yet."""
        return dataclasses.replace(self, values={})

    def finish(self) -> None:
        """At the end of a run.

        Raises:
          ValueError: if a value that was to be exchanged never came by.
        """
        missed = [name for name in self.interventions if name not in self.met]
        if missed:
            known = sorted({re.sub(r"\d+", "*", name) for name in self.met})
            raise ValueError(
                f"interventions: no value called {missed[0]!r} came by, so nothing would be exchanged.\n"
                f"  Values are called {', '.join(known)}; with numbers for *."
            )


def _exchanged(name: str, value: Array, other: Intervention) -> Array:
    new = other(value) if callable(other) else other
    if new.shape != value.shape or new.dtype != value.dtype:
        raise ValueError(
            f"interventions: what takes the place of {name!r} must have its shape and dtype.\n"
            f"  demanded  {value.dtype}{list(value.shape)}\n"
            f"  came      {new.dtype}{list(new.shape)}"
        )
    return new
