"""What `jaxmath plan` does."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from rich.console import Console

from jaxmath._cli.plan import inputs, picture, tables
from jaxmath._cli.plan.options import unusable
from jaxmath._cli.versions import versions
from jaxmath._cli.writing import write
from jaxmath.definitions.plan import Plan
from jaxmath.definitions.plan import plan as make_plan

PLANNED, NOTHING_FITS = 0, 1


def plan(options: argparse.Namespace) -> int:
    """Plans a run, prints the plan, and says whether a layout fits."""
    console = Console(stderr=str(options.json) == "-", highlight=False)
    if options.list:
        tables.show_names(console)
        return PLANNED
    model, shape = inputs.model(options)
    machine, chip = inputs.machine(options)
    asked = {
        key: getattr(options, key)
        for key in ("devices", "tokens", "context", "batch", "efficiency", "layout")
    }
    _demand(asked["layout"], asked["devices"])
    try:
        found = make_plan(shape, chip, **asked)
    except ValueError as error:
        raise unusable(str(error).partition(": ")[2]) from None
    tables.show(console, found, model, machine)
    if options.json:
        _demand_folder(options.json)
        write({"model": model, "machine_name": machine, "versions": versions()} | plain(found), options.json)
    if options.plot:
        picture.draw(found, f"{model} on {found.devices:,} x {machine}", options.plot)
    fits = found.layout and sum(found.memory.values()) <= found.machine.memory
    return PLANNED if fits else NOTHING_FITS


def plain(found: Plan) -> dict[str, Any]:
    """A plan as plain data."""
    return dataclasses.asdict(found)


def _demand(layout: Any, devices: int) -> None:
    if layout and layout.devices != devices:
        raise unusable(
            f"the layout has {layout.devices:,} devices, --devices says {devices:,}.\n"
            "  data times tensor times pipeline has to be the number of devices."
        )


def _demand_folder(path: Path) -> None:
    if str(path) != "-" and (path.is_dir() or not path.parent.is_dir()):
        raise unusable(f"{path} cannot be written: it is a folder, or its folder is missing.")


COMMANDS = {"plan": plan}
