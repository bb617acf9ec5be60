"""The examples of the textbook are right."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import jaxmath.definitions as definitions

NAMES = [m.name for m in pkgutil.walk_packages(definitions.__path__, "jaxmath.definitions.")]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_names_its_source_and_stays_small(name):
    module = importlib.import_module(name)
    assert len(Path(module.__file__).read_text().splitlines()) <= 100
    machinery = name.rpartition(".")[2].startswith("_") or hasattr(module, "__path__")
    assert machinery or "Source: " in module.__doc__
