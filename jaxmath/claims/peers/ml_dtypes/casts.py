"""`ml_dtypes`: casts of every number of sixteen bits, by NumPy and by JAX."""

from typing import Any

import jax.numpy as jnp
import ml_dtypes
import numpy as np
from jaxtyping import Array, Int

from jaxmath.definitions import E2M1, E2M3, E3M2, E4M3, E5M2, MiniFloat, minifloat_values, round_to_minifloat
from jaxmath.verify.claim import Claim, distribution

BITS = np.arange(2**16, dtype=np.int32)
Bits = Int[Array, "65536"]
TYPES = (
    ("float8_e4m3fn", E4M3),
    ("float8_e5m2", E5M2),
    ("float6_e3m2fn", E3M2),
    ("float6_e2m3fn", E2M3),
    ("float4_e2m1fn", E2M1),
)
_SOURCE = "ml_dtypes documentation; OCP specifications of 8-bit floats and of microscaling formats"


def _halves(bits: Array, top: float) -> np.ndarray:
    """All bfloat16 and float16 numbers that round to at most the greatest number of a format, in float32."""
    raw = np.asarray(bits).astype(np.uint16)
    wide = np.concatenate([raw.view(dtype).astype(np.float32) for dtype in (ml_dtypes.bfloat16, np.float16)])
    return wide[np.abs(wide) <= top]


def _misses(x: np.ndarray, dtype: Any, expected: Array) -> dict[str, int]:
    """How many casts of either library are not what is expected, the sign of zero included."""
    casts: dict[str, Any] = {"NumPy": x.astype(dtype)}
    if "float6" not in dtype.__name__:  # of which XLA knows the names only
        casts["JAX"] = jnp.asarray(x).astype(dtype)
    return {name: int((_codes(cast) != _codes(expected)).sum()) for name, cast in casts.items()}


def _codes(x: Any) -> np.ndarray:
    """Numbers as bits, in which even the sign of zero shows."""
    return np.asarray(x).astype(np.float32).view(np.int32)


def _claims_about(name: str, to: MiniFloat) -> list[Claim]:
    dtype = getattr(ml_dtypes, name)
    none = {"NumPy": 0} if "float6" in name else {"NumPy": 0, "JAX": 0}

    @distribution(source=_SOURCE, given=dict(bits=BITS), name=f"casts_to_{name}_round_to_nearest_even")
    def cast(bits: Bits):
        r"""To the nearest, halves to even.

        From all float16 and bfloat16 numbers in range, by NumPy and, save for six bits, by JAX.
        """
        x = _halves(bits, to.top)
        return _misses(x, dtype, round_to_minifloat(jnp.asarray(x), to)), none

    def _cut(bits):
        x = _halves(bits, to.top)
        return _misses(x, dtype, round_to_minifloat(jnp.asarray(x * 0.875), to)), none

    _cut.__name__ = f"casts_to_{name}_round_down"
    cast.mutant(_cut)

    @distribution(source=_SOURCE, name=f"{name}_has_the_numbers_of_its_formula")
    def values():
        r"""Its codes in order stand for $2^{e - \mathrm{bias}} (1 + k / 2^m)$.

        At $e = 0$ for $2^{1 - \mathrm{bias}} k / 2^m$.
        """
        formula = _codes(minifloat_values(to))
        return _codes(np.arange(len(formula), dtype=np.uint8).view(dtype)), formula

    def _normal():
        formula = _codes(minifloat_values(to))
        return _codes(np.arange(1, len(formula) + 1, dtype=np.uint8).view(dtype)), formula

    _normal.__name__ = f"{name}_has_no_zero"
    values.mutant(_normal)
    return [cast, values]


CLAIMS = [claim for name, to in TYPES for claim in _claims_about(name, to)]
