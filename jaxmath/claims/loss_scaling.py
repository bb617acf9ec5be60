"""What is true of loss scaling."""

import itertools
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from jaxmath.definitions import LossScale, adjusted_scale, scaled_grad
from jaxmath.verify.claim import accounting, distribution

MICIKEVICIUS = "Micikevicius et al. 2017, arXiv:1710.03740, section 3.2"
Adjust = Callable[..., LossScale]
RUNS = [np.array(run) for run in itertools.product((True, False), repeat=6)]


def _survivors(scale: float) -> tuple[int, int]:
    """Float16 numbers that do not overflow: how many come back as they were, and how many there are."""
    numbers = np.arange(2**16, dtype=np.uint16).view(np.float16)
    numbers = numbers[np.isfinite(numbers)].astype(np.float64)
    numbers = numbers[np.abs(numbers) * scale <= 65504]
    there = jnp.asarray(numbers, jnp.float16) * jnp.asarray(scale, jnp.float16)
    back = np.asarray(there, np.float64) / scale
    return int((back == numbers).sum()), len(numbers)


@distribution(source=f"{MICIKEVICIUS}: a power of two is an exponent")
def a_power_of_two_changes_no_digit():
    r"""$(c x) / c = x$ in float16 for $c = 2^3, 2^8, 2^{15}$ and every $x$ that does not overflow."""
    found = [_survivors(2.0**k) for k in (3, 8, 15)]
    return [same for same, _ in found], [number for _, number in found]


@a_power_of_two_changes_no_digit.mutant
def a_thousand_changes_no_digit():
    same, number = _survivors(1000.0)
    return same, number


@accounting(source="float16: the least number above zero is 2^-24 = 5.96e-8")
def a_tiny_gradient_survives_its_scale():
    r"""$10^{-8}$ is 0 without a scale and $9.997 \cdot 10^{-9}$ with $2^{15}$."""
    half, slope = jnp.ones((), jnp.float16), jnp.asarray(1e-8, jnp.float32)

    def loss(x):
        return (x.astype(jnp.float32) * slope).astype(jnp.float16)

    return [float(scaled_grad(loss, half, scale)) for scale in (1.0, 2.0**15)], ["0", "9.997e-9"]


@a_tiny_gradient_survives_its_scale.mutant
def a_tiny_gradient_survives_a_division_in_half_precision():
    """The division is where it would be lost again."""
    half, slope = jnp.ones((), jnp.float16), jnp.asarray(1e-8, jnp.float32)
    scaled = (half.astype(jnp.float32) * slope * 2**15).astype(jnp.float16)
    return [float(scaled / jnp.asarray(2.0**15, jnp.float16))], ["9.997e-9"]


def _final(adjust: Adjust, run: np.ndarray, patience: int) -> float:
    state = LossScale(jnp.array(1024.0), jnp.array(0))
    for finite in run:
        state = adjust(state, jnp.array(finite), patience)
    return float(state.scale)


def _expected(run: np.ndarray, patience: int, forgets: bool = True) -> float:
    """Halved for each failure, and doubled for each `patience` successes without one between."""
    parts = (
        "".join("1" if finite else "0" for finite in run).split("0") if forgets else ["1" * int(run.sum())]
    )
    return 1024.0 * 2.0 ** (sum(len(part) // patience for part in parts) - int((~run).sum()))


@distribution(
    source=f"{MICIKEVICIUS}: a scale that is found while training", given=dict(adjust=adjusted_scale)
)
def a_scale_halves_with_failures_and_doubles_with_patience(adjust: Adjust):
    r"""For all $2^6$ runs of six steps, with a patience of two."""
    return [_final(adjust, run, 2) for run in RUNS], [_expected(run, 2) for run in RUNS]


@a_scale_halves_with_failures_and_doubles_with_patience.mutant
def a_scale_does_not_forget_successes_at_a_failure(adjust):
    return [_final(adjust, run, 2) for run in RUNS], [_expected(run, 2, forgets=False) for run in RUNS]
