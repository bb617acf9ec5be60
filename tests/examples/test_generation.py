"""The examples of generation and ethics run, and show what they say."""

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generation(capsys):
    example = load("generation")
    kept = {name: count for name, (count, _) in example.truncated().items()}
    assert (kept["top-k 3"], kept["top-p 0.75"], kept["min-p 0.2"]) == (3, 3, 4)
    # The expected distance of a sample of n from a law of v is below sqrt(v / n) / 2.
    distance, found, expected = example.speculated(runs=4000)
    assert distance < 3 * (7 / 4000) ** 0.5 / 2
    # Counts lie between 1 and 4, so that a mean of n has a standard deviation of 1.5 / sqrt(n) at most.
    assert found == pytest.approx(expected, abs=5 * 1.5 / 4000**0.5)
    example.main()
    assert "speculative" in capsys.readouterr().out


def test_ethics(capsys):
    example = load("ethics")
    gaps = example.audit()
    assert gaps["equal opportunity, nan"] != gaps["equal opportunity, nan"]
    assert gaps["equal opportunity, skip"] <= gaps["equal opportunity, worst"] <= 1
    temperature, before, after = example.calibrated()
    assert 2 < temperature < 4.5 and after < before
    marked, plain = example.marked()
    assert marked < 1e-6 < plain
    example.main()
    assert "DP-SGD" in capsys.readouterr().out
