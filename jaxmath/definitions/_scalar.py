"""A number, known beforehand or not."""

from typing import TypeAlias

from jaxtyping import Array, Float

Scalar: TypeAlias = Float[Array, ""] | float | int
