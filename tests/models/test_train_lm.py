"""The example trains, and goes on after it was stopped as if it had not been."""

import importlib.util
from pathlib import Path

import jax
import pytest

PATH = Path(__file__).parents[2] / "examples" / "train_lm.py"
TINY = ["--width", "32", "--layers", "1", "--rows", "4", "--length", "16", "--sample", "8", "--every", "4"]


@pytest.fixture(scope="module")
def example():
    pytest.importorskip("orbax.checkpoint")
    spec = importlib.util.spec_from_file_location("train_lm", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_resumes_where_it_was_stopped(example, tmp_path, capsys):
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):  # optax is not strict
        resumes(example, tmp_path, capsys)


def resumes(example, tmp_path, capsys):
    whole = example.main([*TINY, "--steps", "12", "--out", str(tmp_path / "whole")])
    assert len(whole) == 12 and whole[-1] < whole[0]
    assert "def " in capsys.readouterr().out
    # A run that is stopped in the seventh step has a checkpoint of the fourth.
    train_step, taken = example.train_step, []

    def stops(*args):
        taken.append(1)
        if len(taken) == 7:
            raise KeyboardInterrupt
        return train_step(*args)

    example.train_step = stops
    with pytest.raises(KeyboardInterrupt):
        example.main([*TINY, "--steps", "12", "--out", str(tmp_path / "stopped")])
    example.train_step = train_step
    assert example.main([*TINY, "--steps", "12", "--out", str(tmp_path / "stopped")]) == whole


def test_the_curve_of_losses(example):
    assert example.curve([3.0, 2.0, 1.0]) == "█▅▁  3.000 → 1.000"
