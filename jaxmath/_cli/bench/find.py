"""Where the benchmarks are: beside the package in a checkout, inside it in a wheel."""

import ast
import difflib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from jaxmath._cli.bench.protocol import Bench
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


def bench(name: str) -> Bench:
    """A benchmark of the form that this command measures.

    Raises:
      UnusableError: if it has a form of its own.
    """
    module = load(name)
    if not isinstance(getattr(module, "BENCH", None), Bench):
        raise UnusableError(
            f"jaxmath bench: {name} keeps records of a form of its own.\n  See benchmarks/bench_{name}.py."
        )
    found: Bench = module.BENCH
    return found


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
