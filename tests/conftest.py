"""JAX at its strictest, annotations executed, examples the same in every run."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import jax
import jaxtyping
import pytest
from hypothesis import Phase

# The engine is three times as slow where its own annotations are executed; `.ci/run` does that for its tests.
PACKAGE = Path(__file__).parent.parent / "jaxmath"
LEFT_OUT = {"__pycache__", "py", "__init__", "__main__", "verify"}
WITHOUT_ENGINE = [f"jaxmath.{path.stem}" for path in PACKAGE.iterdir() if path.stem not in LEFT_OUT]
EXECUTED = ["jaxmath"] if os.environ.get("JAXMATH_EXECUTE_ENGINE") else WITHOUT_ENGINE

# Before the first import of jaxmath: the hook rewrites modules as they are loaded.
# An int is as good as a float, to beartype as to mypy (PEP 484).
BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
jaxtyping.install_import_hook(EXECUTED, BEARTYPE)

jax.config.update("jax_enable_x64", False)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

# At exit chex reports every function that was ever chexified as unchecked.
logging.getLogger("absl").setLevel(logging.ERROR)

hypothesis.settings.register_profile(
    "jaxmath",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
hypothesis.settings.load_profile("jaxmath")

# Tests that took more than two seconds on two cores; others say so themselves.
SLOW = frozenset((Path(__file__).parent / "slow.txt").read_text(encoding="utf-8").splitlines())


@pytest.hookimpl(tryfirst=True)  # before those are left out that are marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is listed as slow."""
    for item in items:
        if item.nodeid in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def x64() -> Iterator[None]:
    """Sixty-four bits for one test."""
    with jax.enable_x64(True):
        yield
