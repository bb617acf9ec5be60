"""The worked example of chapter 3."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "examples" / "architecture.py"


@pytest.fixture(scope="module")
def found():
    spec = importlib.util.spec_from_file_location("example_of_architecture", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main()


def test_who_sees_whom(found):
    everyone, later = list(range(8)), [4, 5, 6, 7]
    assert found["encoder: notice token 4"] == everyone
    assert found["decoder: notice token 4"] == later
    assert found["both: notice token 4 of what is read"] == everyone
    assert found["both: notice token 4 of what is written"] == later


def test_parameters(found):
    """GPT-2 has the published form: tables, 12 l d^2 and 13 l d of layers, 2 d of the last norm."""
    d, layers = 32, 2
    assert found["12 l d^2"] == 12 * layers * d**2
    assert found["decoder: parameters"] == (48 + 16) * d + 12 * layers * d**2 + 13 * layers * d + 2 * d
    # T5 has no biases: decoders attend twice; norms have weights only; buckets of positions, once a stack.
    table, norms = 48 * d + 2 * 32 * 4, (2 * layers + 1 + 3 * layers + 1) * d
    assert found["both: parameters"] == table + layers * (12 + 16) * d**2 + norms
