"""The examples of the textbook are right."""

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import jaxmath.definitions as definitions

NAMES = [m.name for m in pkgutil.walk_packages(definitions.__path__, "jaxmath.definitions.")]


def functions_of(module):
    return [f for f in vars(module).values() if inspect.isroutine(f) and f.__module__ == module.__name__]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    """One function at a time: doctest overlooks those that a decorator has wrapped."""
    module, runner, finder = importlib.import_module(name), doctest.DocTestRunner(), doctest.DocTestFinder()
    for f in functions_of(module):
        for example in finder.find(inspect.unwrap(f), f.__name__, module, vars(module).copy()):
            runner.run(example)
    written = Path(module.__file__).read_text().count(">>> ")
    assert (runner.failures, runner.tries) == (0, written)


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_names_its_source_and_stays_small(name):
    module = importlib.import_module(name)
    assert len(Path(module.__file__).read_text().splitlines()) <= 100
    machinery = name.rpartition(".")[2].startswith("_") or hasattr(module, "__path__")
    assert machinery or "Source: " in module.__doc__
