"""The worked example of chapter 2."""

import importlib.util
from pathlib import Path

PATH = Path(__file__).parents[2] / "examples" / "training.py"


def test_stochastic_rounding_goes_on_where_rounding_to_the_nearest_stops(capsys):
    spec = importlib.util.spec_from_file_location("example_of_training", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.main()
    assert found["stochastically"] < found["to the nearest"] / 2
    # To the nearest, the weights never leave the numbers where they began.
    assert abs(found["to the nearest"] - 0.006) < 1e-5
    assert len(capsys.readouterr().out.splitlines()) == 2
