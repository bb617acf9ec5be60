"""The words and options of `jaxmath plan`."""

import argparse
import re
from pathlib import Path

from jaxmath._cli.errors import UnusableError
from jaxmath.definitions.plan import Layout

_SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_KEYS = {"data": int, "tensor": int, "pipeline": int, "stage": int, "microbatch": int, "recompute": str}
_EPILOG = """\
exit status: 0 a plan is printed; 1 nothing fits; 2 unusable arguments

examples:
  jaxmath plan llama-3-8b --machine h100 --devices 64 --tokens 1T
  jaxmath plan path/to/config.json --machine mine.json --json plan.json
  jaxmath plan --width 768 --layers 12 --heads 12 --vocabulary 50257 --machine rtx-4090 --devices 1
  jaxmath plan llama-3.1-405b --devices 16384 --tokens 15.6T --batch 16M --layout tensor=8,data=2048,stage=3
  jaxmath plan --list                 the models and machines that have names
"""


def amount(text: str) -> float:
    """A number above zero, such as `15.6T`, `4M`, `512k` or `1e12`.

    Raises:
      argparse.ArgumentTypeError: if it is none.
    """
    found = re.fullmatch(r"\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*([kMGBT]?)\s*", text)
    try:
        value = float(found.group(1)) * _SUFFIXES[found.group(2)] if found else 0.0
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no amount above zero; write it like 15.6T, 4M or 1e12")
    return value


def whole(text: str) -> int:
    """An `amount` that is a whole number."""
    value = amount(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number; write it like 8 or 4k")
    return int(value)


def share(text: str) -> float:
    """A number above zero and at most one."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share between 0 and 1; write it like 0.5")
    return value


def layout(text: str) -> Layout:
    """A layout such as `data=16,tensor=8,recompute=full`."""
    told = dict(part.partition("=")[::2] for part in text.split(","))
    if not set(told) <= set(_KEYS):
        raise argparse.ArgumentTypeError(f"{text!r} names what is not one of {', '.join(_KEYS)}")
    if told.get("recompute", "none") not in ("none", "selective", "full"):
        raise argparse.ArgumentTypeError(f"{text!r}: recompute is none, selective or full")
    numbers = {key: value for key, value in told.items() if key != "recompute"}
    if not all(value.isdecimal() and (int(value) or key == "stage") for key, value in numbers.items()):
        raise argparse.ArgumentTypeError(f"{text!r}: write it like data=16,tensor=8,stage=1,recompute=full")
    if int(numbers.get("stage", "0")) > 3:
        raise argparse.ArgumentTypeError(f"{text!r}: stage is 0, 1, 2 or 3")
    return Layout(**{key: _KEYS[key](value) for key, value in told.items()})


def picture(text: str) -> Path:
    """A file that ends in .svg, .pdf or .png in a folder that is there."""
    path = Path(text)
    if path.suffix not in (".svg", ".pdf", ".png") or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot be drawn to: name a .svg, .pdf or .png in a folder that is there"
        )
    return path


def add(command: argparse.ArgumentParser) -> None:
    """Adds the options to the parser of the command."""
    command.epilog, command.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    command.add_argument("model", nargs="?", metavar="MODEL", help="a name, a config.json, or its folder")
    _model(command.add_argument_group("a model without a name, of Llama's kind unless told"))
    _run(command.add_argument_group("the run"))
    command.add_argument("--list", action="store_true", help="show the models and machines that have names")
    command.add_argument(
        "--json", type=Path, metavar="FILE", help="write the plan to FILE (- for standard output)"
    )
    command.add_argument("--plot", type=picture, metavar="FILE", help="draw the plan (.svg, .pdf, .png)")


def _model(group: argparse._ArgumentGroup) -> None:
    for name, told in (
        ("width", "width of the model"),
        ("layers", "blocks"),
        ("heads", "heads of queries"),
        ("groups", "heads of keys and values (default: heads)"),
        ("head-width", "width of a head (default: width over heads)"),
        ("hidden", "hidden units (default: 8/3 of the width; 4 without gate)"),
        ("vocabulary", "words of the vocabulary"),
        ("experts", "experts of each block"),
        ("active", "experts that a token meets"),
    ):
        group.add_argument(f"--{name}", type=whole, metavar="N", help=told)
    group.add_argument("--plain", action="store_true", help="a feed-forward network without gate")
    group.add_argument("--tied", action="store_true", help="one table for embeddings and read-out")


def _run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--machine", default="h100", metavar="NAME", help="a name or a JSON file (default h100)"
    )
    group.add_argument("--devices", type=whole, default=8, metavar="N", help="how many (default 8)")
    group.add_argument("--tokens", type=amount, metavar="N", help="of the run (default: best for the size)")
    group.add_argument("--context", type=whole, metavar="N", help="tokens of a sequence (default 4096)")
    group.add_argument(
        "--batch", type=whole, default=2**19, metavar="N", help="tokens of a step (default 524288)"
    )
    told = "share of the peak that matrix products reach (default 0.5)"
    group.add_argument("--efficiency", type=share, default=0.5, metavar="X", help=told)
    group.add_argument("--watts", type=amount, metavar="N", help="power of a device (default: the maker's)")
    group.add_argument(
        "--layout", type=layout, metavar="KEY=N,...", help="data, tensor, pipeline, stage, ..."
    )


def unusable(text: str) -> UnusableError:
    """What the command cannot use, under its name."""
    return UnusableError(f"jaxmath plan: {text}")
