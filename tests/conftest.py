"""JAX at its strictest, annotations executed, examples the same in every run."""

import logging
from collections.abc import Iterator

import hypothesis
import jax
import jaxtyping
import pytest
from hypothesis import Phase

# Before the first import of jaxmath: the hook rewrites modules as they are loaded.
# An int is as good as a float, to beartype as to mypy (PEP 484).
BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
jaxtyping.install_import_hook("jaxmath", BEARTYPE)

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


@pytest.fixture
def x64() -> Iterator[None]:
    """Sixty-four bits for one test."""
    with jax.enable_x64(True):
        yield
