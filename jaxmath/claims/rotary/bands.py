"""Rotary positions: bands of fast clocks, which are left alone, and of slow ones."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import (
    llama3_frequencies,
    rotary_frequencies,
    rotations,
    yarn_attention_factor,
    yarn_frequencies,
)
from jaxmath.verify.claim import accounting, bound, identity

PENG = "Peng et al. 2023, arXiv:2309.00071, section 3.2"
LLAMA = "transformers 5.24, ROPE_INIT_FUNCTIONS['llama3']"
# In a text of 2 pi positions a clock goes round as often as its frequency says.
LENGTH = 2 * np.pi
SPEEDS = dict(at=dict(r=1), box=dict(frequencies=(0.1, 8)), slack=1e-9)


@identity(source=LLAMA, at=dict(r=5))
def llama_3_has_three_bands(frequencies: Float[Array, " r"], s: Float[Array, ""]):
    r"""After $r$ rotations: $\omega / s$ if $r < 1$, $\omega$ if $r > 4$, a mean of both between."""
    r = rotations(frequencies, 64)
    gamma = (r - 1) / 3
    mean = (1 - gamma) * frequencies / s + gamma * frequencies
    bands = jnp.where(r < 1, frequencies / s, jnp.where(r > 4, frequencies, mean))
    return llama3_frequencies(frequencies, s, original=64), bands


@llama_3_has_three_bands.mutant
def llama_3_has_two_bands(frequencies, s):
    r = rotations(frequencies, 64)
    return llama3_frequencies(frequencies, s, original=64), jnp.where(r < 1, frequencies / s, frequencies)


@llama_3_has_three_bands.mutant
def llama_3_slows_fast_clocks(frequencies, s):
    wavelengths = 64 / rotations(frequencies, 64)
    gamma = (wavelengths - 1) / 3
    mean = (1 - gamma) * frequencies / s + gamma * frequencies
    bands = jnp.where(wavelengths < 1, frequencies / s, jnp.where(wavelengths > 4, frequencies, mean))
    return llama3_frequencies(frequencies, s, original=64), bands


@llama_3_has_three_bands.mutant
def llama_3_mixes_wavelengths(frequencies, s):
    r = rotations(frequencies, 64)
    gamma = (r - 1) / 3
    mean = frequencies / (gamma + (1 - gamma) * s)
    bands = jnp.where(r < 1, frequencies / s, jnp.where(r > 4, frequencies, mean))
    return llama3_frequencies(frequencies, s, original=64), bands


@bound(source=PENG, sharp=dict(frequencies=np.array([0.1])), **SPEEDS)
def no_clock_is_slowed_by_more_than_the_factor(frequencies: Float[Array, " r"]):
    r"""$\omega / s \le \omega'$, here with $s = 8$; equal for slow clocks."""
    return frequencies / 8, llama3_frequencies(frequencies, 8, original=LENGTH)


@no_clock_is_slowed_by_more_than_the_factor.mutant
def no_clock_is_slowed_by_more_than_half_the_factor(frequencies):
    return frequencies / 4, llama3_frequencies(frequencies, 8, original=LENGTH)


@bound(source=PENG, sharp=dict(frequencies=np.array([8.0])), **SPEEDS)
def no_clock_is_made_faster(frequencies: Float[Array, " r"]):
    r"""$\omega' \le \omega$; equal for fast clocks."""
    return llama3_frequencies(frequencies, 8, original=LENGTH), frequencies


@no_clock_is_made_faster.mutant
def every_clock_is_made_slower(frequencies):
    return llama3_frequencies(frequencies, 8, original=LENGTH), frequencies * 0.99


@bound(source="a ramp times its argument rises", box=dict(clock=(0.1, 8), gap=(0.1, 1)), sharp=None)
def clocks_keep_their_order(clock: Float[Array, ""], gap: Float[Array, ""]):
    r"""A faster clock remains faster: no pair overtakes another."""
    slow, fast = (llama3_frequencies(x[None], 8, original=LENGTH)[0] for x in (clock, clock + gap))
    return slow, fast


@clocks_keep_their_order.mutant
def clocks_keep_their_distance(clock, gap):
    slow, fast = (llama3_frequencies(x[None], 8, original=LENGTH)[0] for x in (clock, clock + gap))
    return slow + gap, fast


@identity(source="the authors' code of YaRN; transformers, ROPE_INIT_FUNCTIONS['yarn']")
def yarn_leaves_fast_pairs_and_slows_slow_ones_by_the_factor(s: Float[Array, ""]):
    r"""At $d = 16$, $b = 10^4$, $L = 4096$: pairs 0 to 2 stay, pairs 6 and 7 are interpolated."""
    plain, slowed = rotary_frequencies(16), yarn_frequencies(16, s, 4096)
    return (slowed[:3], slowed[6:]), (plain[:3], plain[6:] / s)


@yarn_leaves_fast_pairs_and_slows_slow_ones_by_the_factor.mutant
def yarn_has_one_pair_fewer_between_its_bands(s):
    plain, slowed = rotary_frequencies(16), yarn_frequencies(16, s, 4096)
    return (slowed[:3], slowed[5:]), (plain[:3], plain[5:] / s)


@accounting(source="transformers, ROPE_INIT_FUNCTIONS['yarn'], s = 16, L = 4096, d = 128: 0, 20, 30, 40, 63")
def frequencies_and_attention_factor_are_those_of_yarn():
    r"""Clocks of Yarn-Llama-2 with 65,536 positions, and how much vectors grow."""
    with jax.enable_x64(True):
        clocks = yarn_frequencies(128, 16.0, 4096).tolist()
        figures = [clocks[i] for i in (0, 20, 30, 40, 63)] + [float(yarn_attention_factor(16.0))]
    return figures, ["1", "0.05623413", "0.00852684", "8.8178896e-4", "7.217387e-6", "1.2772588722"]


@frequencies_and_attention_factor_are_those_of_yarn.mutant
def frequencies_are_those_of_the_paper_of_yarn():
    with jax.enable_x64(True):
        clocks = llama3_frequencies(rotary_frequencies(128), 16.0, 1, 32, 4096).tolist()
        figures = [clocks[i] for i in (0, 20, 30, 40, 63)] + [float(yarn_attention_factor(16.0))]
    return figures, ["1", "0.05623413", "0.00852684", "8.8178896e-4", "7.217387e-6", "1.2772588722"]
