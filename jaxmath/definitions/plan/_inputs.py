"""What may be given as a model or a machine."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.hardware import ACCELERATORS, Accelerator
from jaxmath.definitions.shapes import TransformerShape, published_shape, shape_from_config

Model = TransformerShape | Mapping[str, Any] | str
Machine = Accelerator | Mapping[str, Any] | str


def read_model(model: Model) -> TransformerShape:
    """A shape, the entries of a `config.json`, or the name of a published model."""
    if isinstance(model, TransformerShape):
        return model
    return published_shape(model) if isinstance(model, str) else shape_from_config(model)


def read_machine(machine: Machine) -> Accelerator:
    """An accelerator, its entries, or a name.

    Raises:
      ValueError: if the name or an entry is unknown, or an entry is missing.
    """
    if isinstance(machine, Accelerator):
        return machine
    if isinstance(machine, str):
        if machine not in ACCELERATORS:
            known = ", ".join(ACCELERATORS)
            raise ValueError(f"plan: no accelerator is called {machine!r}.\n  Known are {known}.")
        return ACCELERATORS[machine]
    fields = {field.name: field for field in dataclasses.fields(Accelerator)}
    needed = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
    wrong = sorted(set(machine) - set(fields)) or sorted(needed - set(machine))
    if wrong:
        raise ValueError(
            f"plan: of an accelerator, {', '.join(wrong)} is unknown or missing.\n"
            f"  Give {', '.join(sorted(needed))}; watts and source may be added."
        )
    return Accelerator(**machine)


def demand_positive(**numbers: float) -> None:
    """Demands numbers above zero.

    Raises:
      ValueError: if one is not.
    """
    for name, value in numbers.items():
        if not value > 0:
            raise ValueError(f"plan: {name} is {value}.\n  It has to be above zero.")
