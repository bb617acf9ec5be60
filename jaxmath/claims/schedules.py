"""What is true of schedules of the learning rate."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import cosine, inverse_root, inverse_time, warmup, warmup_stable_decay
from jaxmath.verify.claim import accounting, bound, identity

VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, eq. (3)"
HU = "Hu et al. 2024, MiniCPM, arXiv:2404.06395, section 4.2"
Scalar = Float[Array, ""]


@accounting(source=f"{VASWANI}, at d = 512 and 4000 steps of warmup")
def the_first_transformer_had_a_peak_of_seven_ten_thousandths():
    r"""The peak is $(d w)^{-1/2} = 6.988 \cdot 10^{-4}$, at the last step of the warmup."""
    rates = [float(inverse_root(t, 512.0, 4000.0)) for t in (3999, 4000, 4001)]
    return (rates[1], rates.index(max(rates))), ("6.98771e-4", 1)


@the_first_transformer_had_a_peak_of_seven_ten_thousandths.mutant
def the_first_transformer_had_a_peak_at_the_root_of_its_width():
    return float(inverse_root(4000, 512.0, 4000.0)), "4.41942e-2"


@identity(source=VASWANI)
def the_inverse_root_is_continuous_at_the_end_of_the_warmup(d: Scalar, steps: Scalar):
    r"""Both branches meet at $t = w$ in $(d w)^{-1/2}$, and four times the steps halve the rate."""
    d, steps = d**2, steps**2
    peak = 1 / (jnp.sqrt(d) * jnp.sqrt(steps))
    return steps * (1 / jnp.sqrt(steps)) ** 3 / jnp.sqrt(d), peak


@the_inverse_root_is_continuous_at_the_end_of_the_warmup.mutant
def the_inverse_root_has_a_warmup_in_proportion_to_its_length(d, steps):
    d, steps = d**2, steps**2
    peak = 1 / (jnp.sqrt(d) * jnp.sqrt(steps))
    return steps / steps**2 / jnp.sqrt(d), peak


@accounting(source="Loshchilov & Hutter 2016, arXiv:1608.03983, eq. (5)")
def a_cosine_has_known_values_at_its_quarters():
    r"""From 1 to 0.1: 0.8682 after a quarter, 0.55 after a half, 0.2318 after three, 0.1 from the end on."""
    found = [float(cosine(t, 100.0, 0.1)) for t in (0, 25, 50, 75, 100, 150)]
    return found, ["1.0000", "0.8682", "0.5500", "0.2318", "0.1000", "0.1000"]


@a_cosine_has_known_values_at_its_quarters.mutant
def a_cosine_is_a_straight_line():
    found = [float(cosine(t, 100.0, 0.1)) for t in (0, 25, 50, 75, 100)]
    return found, ["1.0000", "0.7750", "0.5500", "0.3250", "0.1000"]


@accounting(source="symmetry of the cosine about its middle")
def a_cosine_has_the_mean_of_its_ends_as_its_mean():
    r"""$\eta(T / 2 - t) + \eta(T / 2 + t) = 1 + l$: here 1.1, and 0.55 in the mean of all 101 steps."""
    rates = [float(cosine(t, 100.0, 0.1)) for t in range(101)]
    return (rates[20] + rates[80], sum(rates) / 101), ("1.10000", "0.55000")


@a_cosine_has_the_mean_of_its_ends_as_its_mean.mutant
def a_squared_cosine_has_the_mean_of_its_ends_as_its_mean():
    rates = [float(cosine(t, 100.0, 0.1)) ** 2 for t in range(101)]
    return sum(rates) / 101, "0.50500"


@accounting(source=HU)
def warmup_stable_decay_has_known_values():
    r"""Ten steps up, level to step 80, twenty steps down to a tenth: 0, 0.5, 1, 1, 0.55, 0.1, 0.1."""
    found = [float(warmup_stable_decay(t, 10.0, 80.0, 20.0, 0.1)) for t in (0, 5, 10, 80, 90, 100, 200)]
    return found, ["0", "0.5", "1", "1", "0.55", "0.1", "0.1"]


@warmup_stable_decay_has_known_values.mutant
def warmup_stable_decay_decays_from_the_warmup_on():
    found = [float(warmup_stable_decay(t, 10.0, 80.0, 20.0, 0.1)) for t in (10, 45)]
    return found, ["1", "0.65"]


@bound(
    source="Robbins & Monro 1951: step sizes whose sum diverges",
    box=dict(t=(0, 20), steps=(1, 10)),
    slack=0.01,
    sharp=None,
)
def an_inverse_time_rate_falls_no_faster_than_one_over_t(t: Scalar, steps: Scalar):
    r"""$\frac{1}{1 + t} \le \frac{1}{1 + t / T} \le 1$ for $T \ge 1$: the rates add up to infinity."""
    rate = inverse_time(t, steps)
    return (1 / (1 + t), rate), (rate, jnp.ones_like(rate))


@an_inverse_time_rate_falls_no_faster_than_one_over_t.mutant
def an_inverse_time_rate_falls_no_faster_than_an_inverse_root(t, steps):
    rate = inverse_time(t, steps)
    return (1 / jnp.sqrt(1 + t), rate), (rate, jnp.ones_like(rate))


@bound(source="definition", box=dict(t=(0, 200)), slack=1e-3, sharp=dict(t=50.0))
def rates_stay_between_zero_and_one(t: Scalar):
    r"""All schedules are shares of a peak rate: between 0 and 1 at every step."""
    rates = jnp.stack([warmup(t, 10.0), warmup_stable_decay(t, 10.0, 80.0, 20.0, 0.1), inverse_time(t, 10.0)])
    return (-rates, rates), (jnp.zeros_like(rates), jnp.ones_like(rates))


@rates_stay_between_zero_and_one.mutant
def rates_of_a_line_that_is_not_cut_stay_between_zero_and_one(t):
    rates = jnp.stack([t / 10.0, 1 - (t - 80.0) / 20.0, inverse_time(t, 10.0)])
    return (-rates, rates), (jnp.zeros_like(rates), jnp.ones_like(rates))
