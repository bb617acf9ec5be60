"""The worked example of scaling runs, and its figures are right."""

import importlib.util
from pathlib import Path

import pytest

from jaxmath import definitions as d

PATH = Path(__file__).parents[2] / "examples" / "scaling.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("example_of_scaling", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sizes(example, capsys):
    example.sizes()
    block = 512 * 8 * 64 * 2 + 512 * 4 * 64 * 2 + 3 * 512 * 1408 + 2 * 512
    assert f"{32000 * 512 + 8 * block + 512:,}\n" in capsys.readouterr().out


def test_the_run_fits(example, capsys):
    plan = example.run()
    assert plan.layout and sum(plan.memory.values()) < plan.machine.memory
    assert "hours" in capsys.readouterr().out


def test_the_law_is_found_again(example, capsys):
    exponents, best = example.law()
    assert exponents.min() < d.chinchilla_exponent() < exponents.max()
    assert best.min() < float(d.chinchilla_optimum(1e21)[0]) < best.max()
    assert "80 %" in capsys.readouterr().out
