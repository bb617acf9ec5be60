"""The example of refinement does what it says."""

import runpy
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "examples" / "refinement.py"


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(PATH))


def test_the_adapter_learns_and_merges(example):
    left, apart = example["adapt"]()
    assert left < 1e-3
    # Sums of 32 products of size 3 and outputs of size 30, rounded in float32 in either order.
    assert apart < 4 * 32 * 2.0**-24 * 30


def test_the_policy_becomes_the_one_that_its_preferences_ask_for(example):
    policy, best = example["align"]()
    np.testing.assert_allclose(policy, best, atol=1e-3)


def test_rotation_and_surgery_help(example):
    errors = example["compress"]()
    assert errors["surgeon"] < errors["nearest"] and errors["rotated"] < errors["nearest"]


def test_it_prints(example, capsys):
    example["main"]()
    assert capsys.readouterr().out.count("\n") == 6
