"""The model and the machine that were asked for."""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from jaxmath._cli.plan.options import unusable
from jaxmath.definitions import (
    AttentionShape,
    ExpertsShape,
    MLPShape,
    TransformerShape,
    published_shape,
    shape_from_config,
)
from jaxmath.definitions.hardware import ACCELERATORS, Accelerator
from jaxmath.definitions.plan._inputs import read_machine

_SIZES = ("width", "layers", "heads", "vocabulary")
_OTHERS = ("groups", "head_width", "hidden", "experts", "active")


def model(options: argparse.Namespace) -> tuple[str, TransformerShape]:
    """The model's name and shape.

    Raises:
      UnusableError: if there is none, two, or none that can be read.
    """
    given = [name for name in _SIZES + _OTHERS if getattr(options, name) is not None]
    if options.model and given:
        raise unusable(f"a model is named, and --{given[0].replace('_', '-')} is given.\n  Give one of both.")
    if not options.model:
        return "given by its sizes", _from_sizes(options)
    path = Path(options.model)
    try:
        if path.is_dir() or path.suffix == ".json":
            return str(path), shape_from_config(_document(path / "config.json" if path.is_dir() else path))
        return options.model, published_shape(options.model)
    except ValueError as error:
        raise unusable(_without_function(error)) from None


def machine(options: argparse.Namespace) -> tuple[str, Accelerator]:
    """The machine's name and figures.

    Raises:
      UnusableError: if it has no known name, or its file cannot be read.
    """
    name = options.machine
    try:
        chip = read_machine(_document(Path(name)) if name.endswith(".json") else name)
    except ValueError as error:
        raise unusable(_without_function(error)) from None
    except TypeError:
        raise unusable(
            f"{name} holds what is no number.\n  Give operations, bytes, seconds and watts."
        ) from None
    return name, dataclasses.replace(chip, watts=options.watts) if options.watts else chip


def known() -> tuple[str, ...]:
    """The names of machines."""
    return tuple(ACCELERATORS)


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise unusable(f"there is no file {path}.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise unusable(f"{path} cannot be read as JSON.\n  {error}") from None
    if not isinstance(found, dict):
        raise unusable(
            f"{path} holds a {type(found).__name__}.\n  It has to hold an object with named entries."
        )
    return found


def _from_sizes(o: argparse.Namespace) -> TransformerShape:
    missing = [f"--{name}" for name in _SIZES if getattr(o, name) is None]
    if missing:
        raise unusable(
            f"no model is named, and {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.\n"
            "  Name a model (see --list), a config.json, or give --width, --layers, --heads, --vocabulary."
        )
    if not o.head_width and o.width % o.heads:
        raise unusable(f"{o.heads} heads do not divide a width of {o.width}.\n  Give --head-width too.")
    if bool(o.experts) != bool(o.active):
        raise unusable("of --experts and --active one is missing.\n  Give both or none.")
    k = o.head_width or o.width // o.heads
    hidden = o.hidden or (4 * o.width if o.plain else 8 * o.width // 3)
    mlp = MLPShape(hidden=hidden, gated=not o.plain)
    try:
        return TransformerShape(
            width=o.width,
            layers=o.layers,
            vocabulary=o.vocabulary,
            attention=AttentionShape(heads=o.heads, groups=o.groups or o.heads, key_width=k, value_width=k),
            mlp=mlp,
            experts=ExpertsShape(count=o.experts, active=o.active, expert=mlp) if o.experts else None,
            tied=o.tied,
        )
    except ValueError as error:
        raise unusable(_without_function(error)) from None


def _without_function(error: ValueError) -> str:
    """The message without the name of the function that raised it."""
    return str(error).partition(": ")[2]
