"""Arithmetic modulo 31-bit primes on arrays of uint64, for numpy and for jax.numpy alike.

The first axis of every array counts the sample points, each with a prime of
its own; `m` is an array of moduli that broadcasts against the operands. All
residues are below 2**31, so a product fits into 62 bits.
"""

import functools
from typing import Any

import jax
import numpy as np

Array = Any
_LIMB = 16


def add(xp: Any, m: Array, a: Array, b: Array) -> Array:
    """a + b modulo m."""
    total = a + b
    return xp.where(total >= m, total - m, total)


def sub(xp: Any, m: Array, a: Array, b: Array) -> Array:
    """a - b modulo m."""
    return add(xp, m, a, neg(xp, m, b))


def neg(xp: Any, m: Array, a: Array) -> Array:
    """-a modulo m."""
    return xp.where(a == 0, a, m - a)


def mul(xp: Any, m: Array, a: Array, b: Array) -> Array:
    """a b modulo m."""
    return (a * b) % m


def power(xp: Any, m: Array, a: Array, exponent: Array, bits: int = 31) -> Array:
    """a**exponent modulo m, for an array of exponents below 2**bits."""

    def step(n: Any, out: Array) -> Array:
        out = mul(xp, m, out, out)
        on = (exponent >> (np.uint64(bits - 1) - n)) & np.uint64(1) == 1
        return xp.where(on, mul(xp, m, out, a), out)

    one = xp.ones_like(a * exponent)
    if xp is not np:
        # A loop that is unrolled here takes XLA many seconds to compile.
        return jax.lax.fori_loop(0, bits, lambda n, out: step(n.astype(np.uint64), out), one)
    return functools.reduce(lambda out, n: step(np.uint64(n), out), range(bits), one)


def powers(m: Array, w: Array, count: int) -> Array:
    """The first `count` powers of each row of w, `count` a power of two."""
    out, factor = np.ones_like(w), w
    while out.shape[1] < count:
        out = np.concatenate([out, mul(np, m, out, factor)], axis=1)
        factor = mul(np, m, factor, factor)
    return out


def inverse(xp: Any, m: Array, a: Array) -> Array:
    """1 / a modulo m; the inverse of zero is given as zero."""
    return power(xp, m, a, m - np.uint64(2) + xp.zeros_like(a))


def is_square(xp: Any, m: Array, a: Array) -> Array:
    """Whether a is zero or a square modulo m."""
    return power(xp, m, a, (m - np.uint64(1)) // np.uint64(2) + xp.zeros_like(a)) <= 1


def root(xp: Any, m: Array, a: Array) -> Array:
    """The square root of a square that is a square itself (m = 3 modulo 4)."""
    return power(xp, m, a, (m + np.uint64(1)) // np.uint64(4) + xp.zeros_like(a))


def total(xp: Any, m: Array, a: Array, axes: tuple[int, ...]) -> Array:
    """Sum over axes modulo m; up to 2**33 terms."""
    return xp.sum(a, axis=axes, dtype=np.uint64) % m


def product(xp: Any, m: Array, a: Array, axis: int) -> Array:
    """Product over one axis modulo m, by halving; keeps no axis."""
    while a.shape[axis] > 1:
        half = a.shape[axis] // 2
        low, high, rest = xp.split(a, [half, 2 * half], axis=axis)
        a = xp.concatenate([mul(xp, m, low, high), rest], axis=axis)
    return xp.squeeze(a, axis) if a.shape[axis] else xp.ones(_without(a.shape, axis), np.uint64)


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def matmul(xp: Any, m: Array, a: Array, b: Array) -> Array:
    """Matrix product modulo m by three float64 products of 16-bit limbs (Karatsuba).

    The middle product sums K terms below 2**34, so K may reach 2**19.
    """
    high_a, low_a = _limbs(a)
    high_b, low_b = _limbs(b)
    high, low = xp.matmul(high_a, high_b), xp.matmul(low_a, low_b)
    middle = xp.matmul(high_a + low_a, high_b + low_b) - high - low
    high, middle, low = (x.astype(np.uint64) % m for x in (high, middle, low))
    shift = np.uint64(_LIMB)
    return (((high << shift) % m + middle) % m * np.uint64(1 << _LIMB) + low) % m


def _limbs(a: Array) -> tuple[Array, Array]:
    mask, shift = np.uint64((1 << _LIMB) - 1), np.uint64(_LIMB)
    return (a >> shift).astype(np.float64), (a & mask).astype(np.float64)


def mix(xp: Any, z: Array) -> Array:
    """A fixed bijection of 64-bit words without visible structure (splitmix64)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def digest(xp: Any, key: int, parts: list[Array], joint: bool) -> Array:
    """64-bit words for arrays of words; with `joint`, one for all samples (the first axis) together."""
    word = None
    for part in parts:
        for row in [part[s : s + 1] for s in range(len(part))] if joint else [part]:
            word = mix(xp, row + np.uint64(key) if word is None else row ^ (word + np.uint64(key)))
    return word
