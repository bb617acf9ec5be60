"""Rotary positions: clocks slowed down for longer texts."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import (
    clock_angles,
    dynamic_ntk_base,
    interpolated_frequencies,
    llama3_frequencies,
    longrope_attention_factor,
    longrope_frequencies,
    ntk_base,
    rotary,
    rotary_frequencies,
    yarn_attention_factor,
    yarn_frequencies,
)
from jaxmath.verify.claim import accounting, identity

CHEN = "Chen et al. 2023, arXiv:2306.15595, eq. (3)"
PENG = "Peng et al. 2023, arXiv:2309.00071"
PLACES = dict(positions=np.array([0, 1, 2]))


@identity(source=CHEN, at=dict(n=3, d=4, r=2), given=PLACES)
def interpolating_frequencies_is_interpolating_positions(
    x: Float[Array, "n d"], frequencies: Float[Array, " r"], s: Float[Array, ""], positions: Int[Array, " n"]
):
    r"""Clocks $\omega / s$ at positions $t$ are clocks $\omega$ at positions $t / s$."""
    slow = clock_angles(positions, interpolated_frequencies(frequencies, s))
    return rotary(x, slow), rotary(x, clock_angles(positions.astype(x.dtype) / s, frequencies))


@interpolating_frequencies_is_interpolating_positions.mutant
def interpolating_frequencies_is_stretching_positions(x, frequencies, s, positions):
    slow = clock_angles(positions, interpolated_frequencies(frequencies, s))
    return rotary(x, slow), rotary(x, clock_angles(positions.astype(x.dtype) * s, frequencies))


@identity(source="definitions of the scalings", at=dict(r=4))
def a_factor_of_one_changes_no_clock(frequencies: Float[Array, " r"], base: Float[Array, ""]):
    r"""Interpolation, NTK, YaRN, LongRoPE and Llama 3 with $s = 1$ are plain rotary positions."""
    one = jnp.ones_like(frequencies)
    left = (
        interpolated_frequencies(frequencies, 1),
        llama3_frequencies(frequencies, 1),
        longrope_frequencies(frequencies, one, one, 9, 8),
        ntk_base(base, 1, 8),
        dynamic_ntk_base(base, 1, 8, 8, 8),
        yarn_frequencies(8, 1, 64),
    )
    return left, (frequencies, frequencies, frequencies, base, base, rotary_frequencies(8))


@a_factor_of_one_changes_no_clock.mutant
def a_dynamic_factor_of_one_changes_no_clock_of_longer_texts(frequencies, base):
    one = jnp.ones_like(frequencies)
    left = (
        interpolated_frequencies(frequencies, 1),
        llama3_frequencies(frequencies, 1),
        longrope_frequencies(frequencies, one, one, 9, 8),
        ntk_base(base, 1, 8),
        dynamic_ntk_base(base, 1, 4, 16, 8),
        yarn_frequencies(8, 1, 64),
    )
    return left, (frequencies, frequencies, frequencies, base, base, rotary_frequencies(8))


@identity(source=f"{PENG}, section 3.1 (NTK-aware)", at=dict())
def ntk_leaves_the_fastest_clock_and_slows_the_slowest_by_the_factor(
    root: Float[Array, ""], s: Float[Array, ""]
):
    r"""With base $b\, s^{d/(d-2)}$: $\omega_0' = \omega_0$ and $\omega_{d/2-1}' = \omega_{d/2-1} / s$."""
    slowed, plain = (rotary_frequencies(4, b) for b in (ntk_base(root**2, s**2, 4), root**2))
    return slowed, jnp.stack([plain[0], plain[1] / s**2])


@ntk_leaves_the_fastest_clock_and_slows_the_slowest_by_the_factor.mutant
def ntk_is_a_base_that_grows_by_the_factor(root, s):
    slowed, plain = (rotary_frequencies(4, b) for b in (root**2 * s**2, root**2))
    return slowed, jnp.stack([plain[0], plain[1] / s**2])


@identity(source="transformers, ROPE_INIT_FUNCTIONS['dynamic']", at=dict())
def dynamic_ntk_sets_in_gently(base: Float[Array, ""], s: Float[Array, ""]):
    r"""The base is $b$ up to $T = L$, whatever the factor; at $T = 2L$ it is that of the factor $s + 1$."""
    left = tuple(dynamic_ntk_base(base, s, 4, length, 64) for length in (16, 64, 128))
    return left, (base, base, ntk_base(base, s + 1, 4))


@dynamic_ntk_sets_in_gently.mutant
def dynamic_ntk_is_ntk_for_the_ratio_of_lengths_times_the_factor(base, s):
    left = tuple(dynamic_ntk_base(base, s, 4, length, 64) for length in (16, 64, 128))
    return left, (base, ntk_base(base, s, 4), ntk_base(base, 2 * s, 4))


@identity(source=f"{PENG}, section 3.4: lengthening queries and keys is a temperature", at=dict(n=3, d=4))
def scores_grow_by_the_square_of_the_attention_factor(
    q: Float[Array, "n d"], k: Float[Array, "n d"], a: Float[Array, "n d//2"], c: Float[Array, ""]
):
    r"""$\langle c R_a q, c R_a k \rangle = c^2 \langle q, k \rangle$."""
    scores = (rotary(q, a, scale=c) * rotary(k, a, "interleaved", c)).sum(1)
    return scores, c**2 * (q * k).sum(1)


@scores_grow_by_the_square_of_the_attention_factor.mutant
def scores_grow_by_the_attention_factor(q, k, a, c):
    return (rotary(q, a, scale=c) * rotary(k, a, scale=c)).sum(1), c * (q * k).sum(1)


@accounting(source="transformers 5.24, ROPE_INIT_FUNCTIONS['longrope'], from 4,096 to 131,072 positions")
def the_attention_factor_of_phi_3_is_the_published_one():
    r"""$\sqrt{1 + \ln 32 / \ln 4096}$."""
    with jax.enable_x64(True):
        return [float(longrope_attention_factor(131_072 / 4_096, 4_096))], ["1.190238071"]


@the_attention_factor_of_phi_3_is_the_published_one.mutant
def the_attention_factor_of_phi_3_is_that_of_yarn():
    with jax.enable_x64(True):
        return [float(yarn_attention_factor(131_072 / 4_096))], ["1.190238071"]
