"""The worked example of chapter 5."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "examples" / "attention.py"


@pytest.fixture(scope="module")
def figures():
    spec = importlib.util.spec_from_file_location("example_of_attention", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main()


def test_layers_solve_in_context(figures):
    errors = [figures[f"error in context, {n}"] for n in ("1 layer", "8 layers", "64 layers")]
    assert errors[0] > 4 * errors[1] > 16 * errors[2]
    assert figures["distance after one step"] < figures["distance of a noisy pattern"] / 4


def test_a_state_does_what_a_cache_does(figures):
    """Answers of size at most 2, after 512 positive terms in numerator and denominator."""
    assert figures["state and definition differ by"] < 2 * 2 * 512 * 2.0**-24
    assert figures["numbers in a state"] < figures["numbers in a cache"] / 50


def test_more_features_err_less(figures):
    """Of 64 times as many the error is an eighth, in the mean; here less than a quarter."""
    assert figures["error of 4096 features"] < figures["error of 64 features"] / 4


def test_entropy_stays_above_its_floor(figures):
    assert figures["least entropy of 64 rows"] > figures["floor of entropy"]


def test_tokens_cluster(figures):
    assert figures["smallest cosine at first"] < 0.5 < 0.999 < figures["smallest cosine at last"]
    assert figures["coefficient of mixing at last"] < figures["coefficient of mixing at first"]
    assert figures["energy gained"] > 0
