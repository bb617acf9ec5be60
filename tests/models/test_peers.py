"""What is saved is read back by transformers, and references made anew are those that are stored.

Transformers is that of this Python, or of the one that `JAXMATH_PEERS` names.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from tests.models.test_families import NAMES, loaded

PYTHON = os.environ.get("JAXMATH_PEERS", sys.executable)
PEERS = "JAXMATH_PEERS" in os.environ or importlib.util.find_spec("transformers") is not None
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PEERS, reason="transformers is not installed: pip install '.[peers]'"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """For every family, what one run of transformers says."""
    written, saved = tmp_path_factory.mktemp("written"), tmp_path_factory.mktemp("saved")
    with jax.enable_x64(True):
        for name in NAMES:
            (written / name).mkdir()
            loaded(name, written / name)[1].save(saved / name)
    command = [PYTHON, "-m", "tests.models.read_back", str(saved)]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return {x: y for line in run.stdout.splitlines() for x, y in json.loads(line).items()}


@pytest.mark.parametrize("name", NAMES)
def test_transformers_reads_what_is_saved(name, found):
    compared = found[name]["compared"]
    assert isinstance(compared, dict), compared
    assert compared.pop("distance") < 1e-12
    assert compared == {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": []}


@pytest.mark.parametrize("name", NAMES)
def test_references_are_as_they_were(name, found):
    drift = found[name]["drift"]
    assert isinstance(drift, dict), drift
    assert all(x < 1e-12 for x in drift.values()), drift
