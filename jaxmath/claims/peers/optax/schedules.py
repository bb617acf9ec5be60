"""Optax: schedules of the learning rate, at every real step count."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxmath import definitions
from jaxmath.claims.peers.optax._steps import Scalar, documented
from jaxmath.verify.claim import distribution, identity


@identity(source=documented("linear_schedule"))
def a_linear_schedule_is_a_line_between_two_levels(t: Scalar, start: Scalar, end: Scalar):
    r"""From one value to another in ten steps, and level before and after."""
    with jax.numpy_dtype_promotion("standard"):
        found = optax.linear_schedule(start, end, 10)(t)
    part = jnp.clip(t, 0, 10) / 10
    return found, start + (end - start) * part


@a_linear_schedule_is_a_line_between_two_levels.mutant
def a_linear_schedule_goes_on_after_its_end(t, start, end):
    with jax.numpy_dtype_promotion("standard"):
        found = optax.linear_schedule(start, end, 10)(t)
    return found, start + (end - start) * t / 10


def _table(schedule, steps: int = 120) -> dict[str, np.ndarray]:
    with jax.numpy_dtype_promotion("standard"):
        return {"rates": np.asarray([float(schedule(jnp.asarray(t, float))) for t in range(steps)])}


def _joined(decay: int) -> optax.Schedule:
    level = optax.constant_schedule(1.0)
    parts = [optax.linear_schedule(0.0, 1.0, 10), level, optax.linear_schedule(1.0, 0.0, decay)]
    return optax.join_schedules(parts, [10, 80])


@distribution(source=documented("join_schedules"), roundings=8)
def warmup_stable_decay_may_be_joined_from_lines():
    r"""Ten steps up, level to 80, twenty down: the textbook's, from three of Optax's joined at 10 and 80."""
    textbook = _table(lambda t: definitions.warmup_stable_decay(t, 10.0, 80.0, 20.0))
    return _table(_joined(20)), textbook


@warmup_stable_decay_may_be_joined_from_lines.mutant
def warmup_stable_decay_may_be_joined_without_counting_from_the_boundary():
    textbook = _table(lambda t: definitions.warmup_stable_decay(t, 10.0, 80.0, 20.0))
    return _table(_joined(100)), textbook


@distribution(source=documented("cosine_decay_schedule"), roundings=8)
def a_cosine_schedule_is_the_textbook():
    r"""At each of 120 steps `cosine_decay_schedule(1, 100, 0.1)` is half a wave from 1 to 0.1, then level."""
    textbook = _table(lambda t: definitions.cosine(t, 100.0, 0.1))
    return _table(optax.cosine_decay_schedule(1.0, 100, 0.1)), textbook


@a_cosine_schedule_is_the_textbook.mutant
def a_cosine_schedule_counts_its_floor_in_units_of_the_peak():
    textbook = _table(lambda t: definitions.cosine(t, 100.0, 0.1))
    return _table(optax.cosine_decay_schedule(2.0, 100, 0.1)), textbook


@distribution(source=documented("warmup_cosine_decay_schedule, argument decay_steps"), roundings=16)
def the_decay_steps_of_a_warmup_cosine_include_the_warmup():
    r"""With ten steps of warmup and `decay_steps=100` the wave is ninety steps long."""
    found = _table(optax.warmup_cosine_decay_schedule(0.0, 1.0, 10, 100))
    textbook = _table(lambda t: definitions.warmup(t, 10.0) if t < 10 else definitions.cosine(t - 10, 90.0))
    return found, textbook


@the_decay_steps_of_a_warmup_cosine_include_the_warmup.mutant
def the_decay_steps_of_a_warmup_cosine_come_after_the_warmup():
    found = _table(optax.warmup_cosine_decay_schedule(0.0, 1.0, 10, 100))
    textbook = _table(lambda t: definitions.warmup(t, 10.0) if t < 10 else definitions.cosine(t - 10, 100.0))
    return found, textbook
