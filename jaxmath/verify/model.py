"""Models: the ways in which exp, roots, maxima and constants may be read, from strictest to freest."""

import dataclasses
from typing import Literal

from jaxmath.verify import primes


@dataclasses.dataclass(frozen=True)
class Model:
    """One reading of the functions that are no field operations.

    A proof in any of these models is a proof about the reals: each model keeps
    only laws that hold for the real functions.

    Attributes:
      exp: `free` (a homomorphism on linear forms, arbitrary on the rest) or `tower` (a homomorphism
        throughout).
      levels: length of the chain of primes for `tower`.
      roots: `free` (arbitrary function R with R' = -R**3 / 2), `ratio` (the same with R' = -R / 2x) or
        `algebraic` (the square root that is a square).
      maxima: `free` (an arbitrary symmetric associative function; other comparisons have no answer), `sign`
        (by the quadratic character of the difference), `mixed` (maxima of unknowns as in `free`, other
        comparisons as in `sign`) or `order` (by a random total order).
      logs: `split` (the logarithm of a product is a sum) or `whole`.
      read: whether floating constants are read as the numbers they stand for.
      wide: whether the functions are traced in float64.
      step: primes are -1 modulo this.
      prime_top: primes are below this.
    """

    exp: Literal["free", "tower"] = "free"
    levels: int = 2
    roots: Literal["free", "ratio", "algebraic"] = "free"
    maxima: Literal["free", "mixed", "sign", "order"] = "free"
    logs: Literal["split", "whole"] = "split"
    read: bool = False
    wide: bool = False
    step: int = primes.STEP
    prime_top: int = primes.TOP

    @property
    def free_maxima(self) -> bool:
        """Whether maxima of unknowns are arbitrary functions."""
        return self.maxima in ("free", "mixed")

    def __str__(self) -> str:
        exp = "exp free" if self.exp == "free" else f"exp along {self.levels} primes"
        parts = [exp, f"roots {self.roots}", f"maxima {self.maxima}"]
        parts += ["logs whole"] * (self.logs == "whole")
        parts += ["constants read"] * self.read + ["traced in float64"] * self.wide
        return ", ".join(parts)
