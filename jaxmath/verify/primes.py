"""Chains of primes in which exp and log are inverse homomorphisms.

A Cunningham chain of the first kind is a run of primes with p' = 2 p + 1. The
squares modulo p' form a group of the prime order p, so `x -> w**x` takes the
residues modulo p onto the squares modulo p' and turns sums into products: it
is `exp`. Squares play the part of positive numbers; since p = -1 modulo 840,
the numbers 2, 3, 5 and 7 are squares at every level.
"""

import dataclasses
import functools

import numpy as np

STEP = 840
TOP = 2**31
LEAST_TURN = 2**10
_SMALL = (13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)

# How many chains `draw_tower` draws from, by length (counted once, checked by a test).
POOL = {1: 199_236, 2: 19_088, 3: 1_857, 4: 157}
# The harmonic mean of the orders of their rotations, rounded down (checked by the same test): at a point two
# different angles are taken for one with probability 1 / TURN.
TURN = {1: 6_361, 2: 5_744, 3: 5_252, 4: 4_932}


@dataclasses.dataclass(frozen=True)
class Tower:
    """One chain of primes with a generator for each of its maps.

    Attributes:
      primes: p_0 < p_1 < ..., each twice the last plus one.
      bases: generators of the squares modulo each prime.
      turn: a prime r that divides p_i + 1 for every i: the order of the rotations.
      turns: for each prime a rotation (cosine, sine) of order r.
    """

    primes: tuple[int, ...]
    bases: tuple[int, ...]
    turn: int
    turns: tuple[tuple[int, int], ...]


def is_prime(n: int) -> bool:
    """Whether n < 2**32 is prime (Miller-Rabin with bases that decide this range)."""
    if n < 2:
        return False
    for q in (2, 3, 5, 7, 11, *_SMALL):
        if n % q == 0:
            return n == q
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(n, a, odd, twos) for a in (2, 7, 61))


def _passes(n: int, a: int, odd: int, twos: int) -> bool:
    x = pow(a, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


def largest_prime_factor(n: int) -> int:
    """The largest prime that divides n."""
    best, q = 1, 2
    while q * q <= n:
        while n % q == 0:
            best, n = q, n // q
        q += 1
    return max(best, n)


def draw_chain(rng: np.random.Generator, length: int, step: int = STEP, top: int = TOP) -> tuple[int, ...]:
    """A chain of `length` primes, -1 modulo `step`, uniform among those whose last is in [top/2, top)."""
    limit = top >> length
    while True:
        first = int(rng.integers(limit // step + 1, 2 * limit // step)) * step - 1
        chain = tuple(((first + 1) << i) - 1 for i in range(length))
        if chain[-1] < top and all(map(is_prime, chain)):
            return chain


def draw_tower(rng: np.random.Generator, length: int, step: int = STEP, top: int = TOP) -> Tower:
    """A random tower of `length` primes below `top`."""
    while True:
        chain = draw_chain(rng, length, step, top)
        turn = largest_prime_factor(chain[0] + 1)
        if turn >= min(LEAST_TURN, top >> 6):
            break
    bases = tuple(_square(rng, p) for p in chain)
    return Tower(chain, bases, turn, tuple(_rotation(rng, p, turn) for p in chain))


def _square(rng: np.random.Generator, p: int) -> int:
    return pow(int(rng.integers(2, p - 1)), 2, p)


def _rotation(rng: np.random.Generator, p: int, turn: int) -> tuple[int, int]:
    while True:
        t = int(rng.integers(1, p))
        norm = pow(1 + t * t, -1, p)
        unit = ((1 - t * t) * norm % p, 2 * t * norm % p)
        cosine, sine = _turned(unit, (p + 1) // turn, p)
        if (cosine, sine) != (1, 0):
            return cosine, sine


def _turned(z: tuple[int, int], times: int, p: int) -> tuple[int, int]:
    out = (1, 0)
    while times:
        if times & 1:
            out = _compose(out, z, p)
        z, times = _compose(z, z, p), times >> 1
    return out


def _compose(a: tuple[int, int], b: tuple[int, int], p: int) -> tuple[int, int]:
    return (a[0] * b[0] - a[1] * b[1]) % p, (a[0] * b[1] + a[1] * b[0]) % p


@functools.lru_cache(maxsize=64)
def towers(seed: int, count: int, length: int, step: int = STEP, top: int = TOP) -> tuple[Tower, ...]:
    """`count` independent random towers for a seed."""
    rng = np.random.default_rng([seed, length, 0x7031])
    return tuple(draw_tower(rng, length, step, top) for _ in range(count))
