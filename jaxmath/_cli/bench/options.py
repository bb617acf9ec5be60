"""The words of `jaxmath bench`."""

import argparse
import sys
from pathlib import Path
from typing import Any

EPILOG = """\
axes: --length, --batch, --heads, --width, --dtype, --causal take one value or several, which take the place
of those in the sweeps; --set NAME=VALUE,... does the same for any other axis.

exit status: 0 measured; 1 a scaling claim is refuted; 2 unusable arguments; 130 interrupted (what there is
has been written, --resume goes on)

examples:
  jaxmath bench attention                       every sweep; may take an hour
  jaxmath bench attention --quick               a few minutes
  jaxmath bench attention --mode forward gradient --length 512 2048 --peer jaxmath torch
  jaxmath bench attention --preset gpu --minutes 8    the table of publications, in bfloat16
  jaxmath bench attention --compare OLD.json    what has become faster or slower since
  jaxmath bench attention --show FILE.json      print and draw a record, measure nothing
"""
AXES: dict[str, Any] = {"length": int, "batch": int, "heads": str, "width": int, "dtype": str}
DTYPES = ("float32", "bfloat16", "float16", "float64")
MODES = ("forward", "gradient", "jvp", "hvp", "step")


def add(command: argparse.ArgumentParser) -> None:
    """Adds what `jaxmath bench` takes."""
    command.formatter_class, command.epilog = argparse.RawDescriptionHelpFormatter, EPILOG
    command.add_argument("what", nargs="*", metavar="WHAT", help="components; without one, they are listed")
    command.add_argument("--preset", default=None, help="a set of sweeps: default, quick, gpu, ...")
    command.add_argument("--quick", action="store_true", help="the preset `quick`, and three samples a cell")
    command.add_argument("--sweep", nargs="+", default=[], metavar="NAME", help="sweeps of the preset")
    command.add_argument("--mode", nargs="+", choices=MODES, metavar="MODE", help=", ".join(MODES))
    command.add_argument("--peer", nargs="+", metavar="NAME", help="peers (default: all installed)")
    for axis, kind in AXES.items():
        command.add_argument(
            f"--{axis}", nargs="+", type=kind, metavar=axis[0].upper(), help=argparse.SUPPRESS
        )
    command.add_argument("--causal", nargs="+", choices=("yes", "no"), help=argparse.SUPPRESS)
    command.add_argument("--set", nargs="+", default=[], metavar="NAME=V", help="values of any axis")
    command.add_argument(
        "--torch", default=sys.executable, metavar="PYTHON", help="an interpreter with torch"
    )
    command.add_argument("--repeats", type=natural, default=None, metavar="N", help="samples (default 7)")
    command.add_argument(
        "--limit",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="longest call, or preparation (default 60)",
    )
    command.add_argument(
        "--patience",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="sampling of a cell after which three samples are enough (default 30)",
    )
    command.add_argument(
        "--minutes", type=float, default=None, metavar="M", help="stop after so long, as if interrupted"
    )
    command.add_argument("--out", type=Path, metavar="FILE", help="the record, pictures beside it")
    command.add_argument("--resume", action="store_true", help="keep what the record holds already")
    command.add_argument("--show", type=Path, metavar="FILE", help="print and draw a record, measure nothing")
    command.add_argument("--compare", type=Path, metavar="OLD", help="another record to hold against")
    command.add_argument("--json", action="store_true", help="the record on standard output, tables on error")


def natural(text: str) -> int:
    """A number of samples."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of samples; write it like 7")
    return int(text)


def axes(options: argparse.Namespace) -> dict[str, list[Any]]:
    """Values by axis, of those that were given."""
    found = {axis: getattr(options, axis) for axis in AXES if getattr(options, axis)}
    if options.causal:
        found["causal"] = [word == "yes" for word in options.causal]
    for text in options.set:
        name, _, values = text.partition("=")
        found[name] = [_value(word) for word in values.split(",")]
    return found


def _value(word: str) -> Any:
    if word in ("yes", "no"):
        return word == "yes"
    return int(word) if word.lstrip("-").isdecimal() else word
