"""The worked example of chapter 1."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "examples" / "core_mathematics.py"


@pytest.fixture(scope="module")
def figures():
    spec = importlib.util.spec_from_file_location("example_of_core_mathematics", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main()


def test_a_divergence_is_bregmans_with_arguments_swapped(figures):
    assert figures["Bregman divergence of LSE(y, x)"] == pytest.approx(figures["KL(x, y)"], rel=1e-5)


def test_near_by_a_divergence_is_half_a_squared_length(figures):
    """The next term is of third order: a hundredth of the step, relatively."""
    assert figures["half the Fisher length of the step"] == pytest.approx(
        figures["KL(x, x + step)"], rel=0.03
    )


def test_a_compensated_sum_is_nearer(figures):
    assert (
        abs(figures["the same, compensated"] - 409.6) < 1e-4 < abs(figures["0.1, added 4096 times"] - 409.6)
    )
