"""Sizes are natural numbers."""

import dataclasses
from typing import Any


def demand_natural(thing: Any) -> None:
    """Looks at every integer field of a dataclass.

    Raises:
      ValueError: if one is negative.
    """
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if isinstance(value, int) and value < 0:
            raise ValueError(
                f"{type(thing).__name__}: {field.name} is {value}.\n"
                "  A size is zero or more: give 0 for none."
            )
