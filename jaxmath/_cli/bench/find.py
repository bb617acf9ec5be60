"""Where the benchmarks are: beside the package in a checkout, inside it in a wheel."""

import ast
import difflib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from jaxmath._cli.errors import UnusableError

PACKAGE = Path(__file__).parent.parent.parent
CHECKOUT = PACKAGE.parent / "benchmarks"


def folder() -> Path:
    """The folder of benchmarks.

    Raises:
      UnusableError: if the installation has none.
    """
    for place in (PACKAGE / "_benchmarks", CHECKOUT):
        if (place / "worker.py").is_file():
            return place
    raise UnusableError(
        "jaxmath bench: this installation holds no benchmarks.\n"
        "  Install a wheel of jaxmath, or run it from a checkout."
    )


def results() -> Path:
    """Where records go unless told: `benchmarks/results` of a checkout, or else the current folder."""
    return CHECKOUT / "results" if folder() == CHECKOUT else Path.cwd()


def names() -> list[str]:
    """Everything that `jaxmath bench` can measure."""
    return sorted(path.stem.removeprefix("bench_") for path in folder().glob("bench_*.py"))


def title(name: str) -> str:
    """The first line of a benchmark's docstring; it is not imported for that."""
    tree = ast.parse((folder() / f"bench_{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def load(name: str) -> ModuleType:
    """The module of one benchmark, whose siblings are imported by their plain names.

    Raises:
      UnusableError: if there is none of that name.
    """
    if name not in names():
        close = difflib.get_close_matches(name, names(), 1)
        raise UnusableError(
            f"jaxmath bench: there is no benchmark {name!r}."
            + (f"\n  Close to it: {close[0]}." if close else "")
            + f"\n  WHAT is one of: {', '.join(names())}."
        )
    if str(folder()) not in sys.path:
        sys.path.insert(0, str(folder()))
    return importlib.import_module(f"bench_{name}")
