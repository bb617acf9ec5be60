"""JAX's Pallas kernel for NVIDIA GPUs."""

import importlib
import math
import warnings

import jax

from jaxmath.kernels.attention._fold import fold
from jaxmath.kernels.attention._plan import Options
from jaxmath.kernels.attention._vendor import Named, Segments, Vendor, common_objection

_MODULE = "jax.experimental.pallas.ops.gpu.attention"


class Triton(Vendor):
    """JAX's Pallas kernel for NVIDIA GPUs (`jax.experimental.pallas.ops.gpu.attention.mha`)."""

    name = "triton"
    platform = "gpu"

    @classmethod
    def objection(cls, options: Options, named: Named, interpret: bool = False) -> str:
        """Why it is not used."""
        n, m, d = named["q"].shape[-2], *named["k"].shape[-2:]
        tests: list[tuple[bool, str]] = [
            (fold(named).n_readers > 1, "every head of queries needs keys of its own"),
            (options.left is not None, "it has no window"),
            (n % 128 != 0 or m % 128 != 0, "lengths must be multiples of 128"),
            ("query_segments" in named and n != m, "segments need as many queries as keys"),
            (d < 16 or d & (d - 1) != 0, "heads must be a power of two wide, 16 at least"),
        ]
        tests = tests[:2] if interpret else tests
        return common_objection(cls, options, named, interpret, tests)

    def attend(
        self, q: jax.Array, k: jax.Array, v: jax.Array, segments: Segments, whole: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Items are the batch; there is one head."""
        with warnings.catch_warnings():
            # From JAX 0.11 on: deprecated in favour of a package for Python 3.12 and later.
            warnings.simplefilter("ignore", DeprecationWarning)
            module = importlib.import_module(_MODULE)
        found = module.mha(
            *(x.swapaxes(1, 2) for x in (q, k, v)),
            None if segments is None else segments[0],
            sm_scale=self.scale,
            causal=self.options.right is not None,
            interpret=self.interpret,
            return_residuals=whole,
        )
        # Its logarithms are of base two.
        return (found[0].swapaxes(1, 2), found[1] * math.log(2)) if whole else (found.swapaxes(1, 2), None)
