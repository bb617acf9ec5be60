"""Samplers: Gumbel noise, in exact arithmetic and in floating point."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.samplers._bits import every_pattern
from jaxmath.definitions import logsumexp, samplers, softmax
from jaxmath.verify.claim import accounting, distribution, identity

MADDISON = "Maddison, Tarlow & Minka 2014, arXiv:1411.0030, section 2"
KOOL = "Kool, van Hoof & Welling 2019, arXiv:1903.06059, section 2.3"
DOCSTRING = "JAX 0.10.2, jax.random.gumbel: float32 values up to about 16"
Logits = Float[Array, " v"]
Scalar = Float[Array, ""]


@identity(source="Gumbel 1954, Statistical theory of extreme values")
def noise_inverts_the_distribution_function(a: Scalar):
    r"""$u = e^{-e^{-a}}$ gives $g = a$: a uniform $u$ makes $\Pr[g \le a] = e^{-e^{-a}}$."""
    return samplers.gumbel(jnp.exp(-jnp.exp(-a))), a


@noise_inverts_the_distribution_function.mutant
def noise_is_minus_the_logarithm_of_exponential_noise_with_its_sign_lost(a):
    return samplers.gumbel(jnp.exp(-jnp.exp(a))), a


@identity(source=MADDISON, at=dict(v=3))
def the_greatest_noisy_score_has_the_law_of_softmax(x: Logits, m: Scalar):
    r"""$\Pr[\arg\max = i, \max \in dm] = p_i f(m - \mathrm{LSE}(x))\, dm$, $f$ the Gumbel density.

    So the token has law $\mathrm{softmax}(x)$, the maximum that of $\mathrm{LSE}(x)$ plus Gumbel noise, and
    they are independent.
    """
    return _density(m - x) * _others(m - x), softmax(x) * _density(m - logsumexp(x))


@the_greatest_noisy_score_has_the_law_of_softmax.mutant
def the_greatest_noisy_score_lies_around_the_greatest_score(x, m):
    return _density(m - x) * _others(m - x), softmax(x) * _density(m - x.max())


@identity(source=KOOL, at=dict(v=4))
def the_second_noisy_score_is_drawn_without_putting_back(x: Logits, m: Scalar):
    r"""First 1, then $j$ at $m$: $\frac{p_j}{1 - p_1} f(m - \mathrm{LSE}_{-1}) - p_j f(m - \mathrm{LSE})$.

    Densities integrate to one, so the first two tokens come in this order with probability
    $p_1 p_j / (1 - p_1)$.
    """
    p = softmax(x)
    first_is_greater = 1 - jnp.exp(-jnp.exp(-(m - x[0])))
    joint = first_is_greater * (_density(m - x[1:]) * _others(m - x[1:]))
    return joint, p[1:] / (1 - p[0]) * _density(m - logsumexp(x[1:])) - p[1:] * _density(m - logsumexp(x))


@the_second_noisy_score_is_drawn_without_putting_back.mutant
def the_second_noisy_score_is_drawn_with_putting_back(x, m):
    p = softmax(x)
    first_is_greater = 1 - jnp.exp(-jnp.exp(-(m - x[0])))
    joint = first_is_greater * (_density(m - x[1:]) * _others(m - x[1:]))
    return joint, p[1:] * _density(m - logsumexp(x[1:])) - p[1:] * _density(m - logsumexp(x))


@identity(source="Jang, Gu & Poole 2017, arXiv:1611.01144, eq. (2)", at=dict(v=3))
def gumbel_softmax_has_the_odds_of_noisy_scores(x: Logits, g: Logits, t: Scalar):
    r"""$T \log (y_i / y_j) = (x_i + g_i) - (x_j + g_j)$: for $T \to 0$ the token of the maximum is left."""
    log_y = jnp.log(samplers.gumbel_softmax(x, g, t))
    return t * (log_y[:, None] - log_y[None, :]), (x + g)[:, None] - (x + g)[None, :]


@gumbel_softmax_has_the_odds_of_noisy_scores.mutant
def gumbel_softmax_cools_the_scores_only(x, g, t):
    log_y = jnp.log(samplers.gumbel_softmax(x, g, t))
    return log_y[:, None] - log_y[None, :], (x / t + g)[:, None] - (x / t + g)[None, :]


@accounting(source=DOCSTRING)
def float32_noise_spans_twenty():
    r"""All $2^{23}$ values that JAX's default noise can take lie in $[-4.47, 15.94]$."""
    noise = np.asarray(jax.random.gumbel(every_pattern(), (2**23,), jnp.float32), np.float64)
    top, low = float(noise.max()), float(noise.min())
    return [top, low, top - low], ["15.9424", "-4.4698", "20.412"]


@float32_noise_spans_twenty.mutant
def float32_noise_spans_what_its_exponent_allows():
    noise = np.asarray(jax.random.gumbel(every_pattern(), (2**23,), jnp.float32), np.float64)
    return [float(noise.max())], ["87.3"]


@distribution(source=DOCSTRING)
def a_token_far_below_is_never_drawn_in_low_resolution():
    r"""Of all $2^{14}$ pairs of bfloat16 noise none draws a token of odds $e^{-9.5}$; some draw $e^{-4}$."""
    return [_draws(9.5) > 0, _draws(4.0) > 0], [False, True]


@a_token_far_below_is_never_drawn_in_low_resolution.mutant
def a_token_is_drawn_as_often_as_its_probability_says():
    return [_draws(gap) for gap in (4.0, 9.5)], [round(2**14 / (1 + np.exp(gap))) for gap in (4.0, 9.5)]


def _density(a: Array) -> Array:
    return jnp.exp(-a - jnp.exp(-a))


def _others(a: Array) -> Array:
    """The product of the distribution functions of all others, for each."""
    return jnp.exp(-(jnp.exp(-a).sum() - jnp.exp(-a)))


def _draws(gap: float) -> int:
    """How many pairs of bfloat16 noise make jax.random.categorical draw the second of two tokens."""
    logits = jnp.array([0.0, -gap], jnp.bfloat16)
    return int(jax.random.categorical(every_pattern(), logits, shape=(2**14,)).sum())
