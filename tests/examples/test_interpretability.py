"""The example of interpretability does what it says."""

import importlib.util
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "examples" / "interpretability.py"


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(PATH))


@pytest.fixture(scope="module")
def found(example):
    return {marked: example["inspected"](marked) for marked in (True, False)}


def test_a_mark_decides_about_one_token(found):
    np.testing.assert_array_equal(found[True]["probabilities"], [1, 1, 1, 1])
    np.testing.assert_array_equal(found[False]["probabilities"], [0.5, 1, 1, 1])
    assert found[True]["heads"].induction[1, 0] == 1 and found[True]["heads"].previous[0, 0] == 1


def test_the_later_head_reads_the_earlier_through_its_keys(found):
    q, k, v = found[True]["compositions"]
    np.testing.assert_allclose([q[0, 0], k[0, 0], v[0, 0]], [0, 6**-0.5, 0], rtol=20 * 2.0**-24)


def test_the_later_head_alone_makes_the_score(found):
    names, values = found[True]["attribution"]
    column = np.asarray(values)[:, found[True]["next"]]
    assert dict(zip(names, column, strict=True)) == {x: float(x == "layers.1.head.0") for x in names}


def test_it_prints_and_writes(example, found, tmp_path, capsys):
    example["main"](["--figures", str(tmp_path)])
    told = capsys.readouterr().out
    assert "layer 0, token before 1.000; layer 1, induction 1.000" in told
    data = json.loads((tmp_path / "induction.json").read_text())
    assert np.shape(data["weights"]) == (2, 1, 11, 11)
    drawn = importlib.util.find_spec("matplotlib") is not None
    assert (tmp_path / "induction.png").exists() == drawn
    assert ("no picture: Matplotlib is not installed" in told) != drawn
