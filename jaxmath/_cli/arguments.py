"""The words, options and help texts of the command line."""

import argparse
import math
import re
from pathlib import Path

from jaxmath._cli.bench import options
from jaxmath._cli.plan import options as plan_options

_WHAT = (
    "chapter (number or title), component, claim, file.py, module:object, or the JSON of `jaxmath bench`;"
    " everything by default"
)
_EPILOG = """\
exit status: 0 all held; 1 something is refuted or unknown; 2 unusable arguments; 130 interrupted

examples:
  jaxmath verify                      every claim, by chapter
  jaxmath verify attention optax      two components
  jaxmath verify mine.py              the claims in a file of your own
  jaxmath list 3                      the claims of chapter 3, with their sources
  jaxmath bench attention --quick     attention beside what is installed of its peers
  jaxmath plan llama-3-8b             what it takes to train it
"""


def parser() -> argparse.ArgumentParser:
    """The parser of `jaxmath`."""
    top = argparse.ArgumentParser(
        prog="jaxmath",
        description="The mathematics of transformers: what it is, how it is computed, and how we know.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help="versions, devices and the default float type")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _verify(commands.add_parser("verify", help="check claims", description="Checks claims."))
    _list(commands.add_parser("list", help="show claims and their sources", description="Shows claims."))
    measures = "Measures components beside other libraries: time, memory, compiling, growth."
    options.add(commands.add_parser("bench", help="measure speed and memory", description=measures))
    plans = "Plans a training run: memory, time, energy, a layout, and what the same compute would buy."
    plan_options.add(commands.add_parser("plan", help="plan a run: memory, time, energy", description=plans))
    return top


def failure(text: str) -> float:
    """A probability such as `1e-18`, `2**-60` or `2^-60`.

    Raises:
      argparse.ArgumentTypeError: if it is none.
    """
    power = re.fullmatch(r"\s*2\s*(?:\*\*|\^)\s*(-?\d+)\s*", text)
    try:
        value = math.ldexp(1.0, int(power.group(1))) if power else float(text)
    except (ValueError, OverflowError):
        value = math.nan
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no probability between 0 and 1; write it like 1e-18 or 2^-60"
        )
    return value


def _natural(text: str) -> int:
    if not text.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no natural number; write it like 0 or 17")
    return int(text)


def _jobs(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; write it like 1 or 2")
    return int(text)


def _file(text: str) -> Path:
    path = Path(text)
    if text != "-" and (path.is_dir() or not path.parent.is_dir()):
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot be written: "
            + ("it is a folder" if path.is_dir() else f"there is no folder {path.parent}")
        )
    return path


def _verify(command: argparse.ArgumentParser) -> None:
    command.epilog = "exit status: 0 all held; 1 something is refuted or unknown; 2 unusable arguments"
    command.add_argument("what", nargs="*", metavar="WHAT", help=_WHAT)
    to = "write certificates to FILE (- for standard output)"
    command.add_argument("--json", type=_file, metavar="FILE", help=to)
    command.add_argument("--seed", type=_natural, default=0, help="seed of the random points (default 0)")
    command.add_argument(
        "--failure",
        type=failure,
        default=2.0**-60,
        metavar="P",
        help="allowed probability of a false proof, like 1e-18 or 2^-60 (default 2^-60)",
    )
    command.add_argument("-x", "--exitfirst", action="store_true", help="stop at the first that fails")
    command.add_argument("--only-failed", action="store_true", help="show only what does not hold")
    command.add_argument("--mutants", action="store_true", help="check too that every mutant is refuted")
    command.add_argument("-v", "--verbose", action="store_true", help="show assumptions and readings as well")
    command.add_argument("--jobs", type=_jobs, default=None, metavar="N", help="processes (default: chosen)")


def _list(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", nargs="*", metavar="WHAT", help=_WHAT)
    command.add_argument(
        "--json", type=_file, metavar="FILE", help="write the list to FILE (- for standard output)"
    )
