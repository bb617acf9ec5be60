"""Intermediate values, handed out without changing the result."""

import dataclasses
import fnmatch
from collections.abc import Callable
from typing import Any

from jaxtyping import Array


@dataclasses.dataclass
class Record:
    """Values by name, for names that match one of the patterns.

    Attributes:
      patterns: as of a shell, such as `"layers.*.weights"`.
      values: what was noted.
      prefix: where in the model we are.
    """

    patterns: tuple[str, ...] = ()
    values: dict[str, Array] = dataclasses.field(default_factory=dict)
    prefix: str = ""

    def note(self, name: str, value: Callable[[], Any]) -> None:
        """Keep a value, which is computed only if somebody asked for it."""
        name = self.prefix + name
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns):
            self.values[name] = value()

    def inside(self, name: str) -> "Record":
        """The same record, one level down."""
        return Record(self.patterns, self.values, f"{self.prefix}{name}.")
