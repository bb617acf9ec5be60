"""Initial parameters that are not drawn from one normal law."""

import dataclasses
from fnmatch import fnmatchcase
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from jaxmath.models._keys import parameters


@dataclasses.dataclass(frozen=True)
class Law:
    """A normal law around zero.

    Attributes:
      std: its standard deviation, before what is far out is cut off.
      cut: draws more than so many standard deviations from zero are drawn again; `None` for none.
    """

    std: float
    cut: float | None = None

    def draw(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: Any) -> Array:
        """Independent draws."""
        std = jnp.asarray(self.std, dtype)
        if self.cut is None:
            return std * jax.random.normal(key, shape, dtype)
        return std * jax.random.truncated_normal(key, -self.cut, self.cut, shape, dtype)


Laws = tuple[tuple[str, Law], ...]


def redrawn(model: Any, laws: Laws, key: PRNGKeyArray) -> Any:
    """A model whose parameters follow these laws, by patterns of names of which the first counts.

    Parameters without a law stay as they are.
    """
    values = list(parameters(model).items())
    keys = jax.random.split(key, len(values))

    def new(name: str, old: Array, key: PRNGKeyArray) -> Array:
        law = next((law for pattern, law in laws if fnmatchcase(name, pattern)), None)
        return old if law is None else law.draw(key, old.shape, old.dtype)

    drawn = [new(name, old, key) for (name, old), key in zip(values, keys, strict=True)]
    return jax.tree_util.tree_unflatten(jax.tree_util.tree_structure(model), drawn)
