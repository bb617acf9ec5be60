"""What is true of stochastic rounding."""

from fractions import Fraction

import jax.numpy as jnp
import numpy as np

from jaxmath.definitions import stochastic_bfloat16, stochastic_round
from jaxmath.verify.claim import distribution

GUPTA = "Gupta et al. 2015, arXiv:1502.02551, section 3, eq. (1)"
WAYS = 2**16
# Both signs, large and small, numbers of bfloat16 and numbers half way between two of them; a subnormal one.
NUMBERS = np.array([1.1, -1.1, 3.0, 1.00390625, 7e30, -7e-30, 1e-40, 0.0], np.float32)


def _outcomes() -> np.ndarray:
    """Each number rounded in all ways: one row per number."""
    bits = jnp.broadcast_to(jnp.arange(WAYS, dtype=jnp.uint32), (NUMBERS.size, WAYS))
    numbers = jnp.broadcast_to(jnp.asarray(NUMBERS)[:, None], bits.shape)
    return np.asarray(stochastic_bfloat16(numbers, bits).astype(jnp.float32))


def _mean(row: np.ndarray) -> Fraction:
    values, times = np.unique(row, return_counts=True)
    pairs = zip(values.tolist(), times.tolist(), strict=True)
    return sum((Fraction(value) * time for value, time in pairs), Fraction(0)) / row.size


def _by_number(values: list[Fraction]) -> dict[str, Fraction]:
    return {str(number): value for number, value in zip(NUMBERS.tolist(), values, strict=True)}


@distribution(source=GUPTA)
def rounding_to_bfloat16_is_unbiased():
    r"""Over all $2^{16}$ random bits the mean of what a number is rounded to is the number, exactly."""
    return _by_number([_mean(row) for row in _outcomes()]), _by_number(
        [Fraction(x) for x in NUMBERS.tolist()]
    )


@rounding_to_bfloat16_is_unbiased.mutant
def rounding_to_the_nearest_bfloat16_is_unbiased():
    nearest = jnp.asarray(NUMBERS).astype(jnp.bfloat16).astype(jnp.float32)
    found = [Fraction(x) for x in np.asarray(nearest).tolist()]
    return _by_number(found), _by_number([Fraction(x) for x in NUMBERS.tolist()])


@distribution(source=f"{GUPTA}: to one of the two neighbours")
def rounding_to_bfloat16_goes_to_a_neighbour():
    r"""Every outcome is the number cut off, or the next one away from zero; a bfloat16 number stays."""
    cut = (NUMBERS.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    after = (cut.view(np.uint32) + np.uint32(0x10000)).view(np.float32)
    seen = [set(np.unique(row).tolist()) for row in _outcomes()]
    allowed = [
        {a} if a == x else {a, b}
        for a, b, x in zip(cut.tolist(), after.tolist(), NUMBERS.tolist(), strict=True)
    ]
    return [sorted(map(Fraction, each)) for each in seen], [sorted(map(Fraction, each)) for each in allowed]


@rounding_to_bfloat16_goes_to_a_neighbour.mutant
def rounding_to_bfloat16_always_cuts_off():
    cut = (NUMBERS.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    return [Fraction(x) for x in _outcomes().max(1).tolist()], [Fraction(x) for x in cut.tolist()]


@distribution(source=f"{GUPTA}; variance of a Bernoulli variable")
def rounding_to_a_grid_has_the_variance_of_a_coin():
    r"""For $x = k + f$ over $2^8$ equally likely $u$ the mean is $x$ and the variance $f (1 - f)$."""
    return _moments(stochastic_round), _coin()


@rounding_to_a_grid_has_the_variance_of_a_coin.mutant
def rounding_down_or_up_by_a_fair_coin_has_the_variance_of_a_coin():
    return _moments(lambda x, u, step: step * (jnp.floor(x / step) + jnp.floor(u + 0.5))), _coin()


FRACTIONS = [Fraction(k, 8) for k in (-11, 0, 3, 12, 21)]


def _moments(rounding) -> dict[str, tuple[Fraction, Fraction]]:
    uniform = jnp.arange(256, dtype=jnp.float32) / 256
    found = {}
    for x in FRACTIONS:
        out = rounding(jnp.full(256, float(x), jnp.float32), uniform, jnp.float32(1.0))
        values = [Fraction(value) for value in np.asarray(out).tolist()]
        mean = sum(values, Fraction(0)) / 256
        found[str(x)] = (mean, sum(((value - mean) ** 2 for value in values), Fraction(0)) / 256)
    return found


def _coin() -> dict[str, tuple[Fraction, Fraction]]:
    return {str(x): (x, (x % 1) * (1 - x % 1)) for x in FRACTIONS}


@distribution(
    source="Gupta et al. 2015, section 1: small updates vanish when they are rounded to the nearest"
)
def small_updates_survive_on_average_only_if_rounded_stochastically():
    r"""$1 + 2^{-10}$ is 1 to the nearest bfloat16, and $1 + 2^{-10}$ in the mean if rounded by chance."""
    x = jnp.float32(1 + 2.0**-10)
    bits = jnp.arange(WAYS, dtype=jnp.uint32)
    rounded = np.asarray(stochastic_bfloat16(jnp.broadcast_to(x, bits.shape), bits).astype(jnp.float32))
    nearest = Fraction(float(x.astype(jnp.bfloat16)))
    return {"nearest": nearest, "stochastic": _mean(rounded)}, {
        "nearest": Fraction(1),
        "stochastic": 1 + Fraction(1, 1024),
    }


@small_updates_survive_on_average_only_if_rounded_stochastically.mutant
def small_updates_survive_if_rounded_to_the_nearest():
    x = jnp.float32(1 + 2.0**-10)
    return {"nearest": Fraction(float(x.astype(jnp.bfloat16)))}, {"nearest": 1 + Fraction(1, 1024)}
