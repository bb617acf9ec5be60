"""Watermarks: lists of favoured tokens."""

import itertools
from fractions import Fraction
from math import comb

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import softmax, watermarks
from jaxmath.verify.claim import accounting, bound, distribution, identity

KIRCHENBAUER = "Kirchenbauer et al. 2023, arXiv:2301.10226"
LISTS = [np.array(g) for g in itertools.product((False, True), repeat=4) if sum(g) == 2]
LAWS = [np.array(w) / 16 for w in ((4, 4, 4, 4), (7, 5, 3, 1), (13, 1, 1, 1), (8, 8, 0, 0))]
CASES = [(hits, tokens) for tokens in (1, 5, 12) for hits in range(tokens + 1)]
Scalar = Float[Array, ""]


@accounting(source=f"{KIRCHENBAUER}, section 2: a false positive rate of 3e-5 for z > 4")
def four_deviations_are_three_in_a_hundred_thousand():
    r"""$1 - \Phi(4)$, on one side."""
    return [float(watermarks.normal_tail(4.0))], ["3e-5"]


@four_deviations_are_three_in_a_hundred_thousand.mutant
def four_deviations_are_counted_on_both_sides():
    return [2 * float(watermarks.normal_tail(4.0))], ["3e-5"]


@distribution(
    source="binomial law; incomplete beta function", given=dict(tail=watermarks.green_tail), roundings=400
)
def the_exact_tail_is_the_sum_of_binomial_terms(tail: Process):
    r"""$\sum_{k \ge g} \binom Tk \gamma^k (1 - \gamma)^{T - k}$, at $\gamma = 1/4$ and $T$ of 1, 5 and 12."""
    found = [float(tail(float(max(g, 1)), float(t), 0.25)) for g, t in CASES]
    return found, [float(_tail(max(g, 1), t)) for g, t in CASES]


@the_exact_tail_is_the_sum_of_binomial_terms.mutant
def the_exact_tail_is_that_of_the_normal_law(tail):
    scores = [watermarks.z_score(float(max(g, 1)), float(t), 0.25) for g, t in CASES]
    return [float(watermarks.normal_tail(z)) for z in scores], [float(_tail(max(g, 1), t)) for g, t in CASES]


@distribution(source="binomial law")
def the_z_score_is_standardised():
    r"""Mean 0 and variance 1 over all texts without a watermark, at $\gamma = 1/4$ and $T = 12$."""
    scores = np.array([float(watermarks.z_score(float(g), 12.0, 0.25)) for g in range(13)])
    law = np.array([float(_tail(g, 12) - _tail(g + 1, 12)) for g in range(13)])
    return [float(law @ scores), float(law @ scores**2)], [0.0, 1.0]


@the_z_score_is_standardised.mutant
def the_z_score_is_standardised_by_the_share_alone():
    scores = np.array([(g - 3) / np.sqrt(12 * 0.25) for g in range(13)])
    law = np.array([float(_tail(g, 12) - _tail(g + 1, 12)) for g in range(13)])
    return [float(law @ scores), float(law @ scores**2)], [0.0, 1.0]


@distribution(source=f"{KIRCHENBAUER}, theorem 4.2 and lemma C.1")
def green_tokens_are_at_least_as_many_as_spread_allows():
    r"""$\Pr[\text{green}] \ge \frac{\gamma \alpha}{1 + (\alpha - 1) \gamma} S(p, z)$, $\alpha = e^\delta$.

    $z = (1 - \gamma)(\alpha - 1) / (1 + (\alpha - 1) \gamma)$; over all lists of half the vocabulary.
    """
    pairs = [(p, delta) for p in LAWS for delta in (0.5, 2.0)]
    return [_green(p, delta) >= _floor(p, delta) - 1e-12 for p, delta in pairs], [True for _ in pairs]


@green_tokens_are_at_least_as_many_as_spread_allows.mutant
def green_tokens_are_as_many_as_for_equal_tokens():
    pairs = [(p, delta) for p in LAWS for delta in (0.5, 2.0)]
    shares = [float(jnp.exp(d) / (1 + jnp.exp(d))) for _, d in pairs]
    return [_green(p, delta) >= share - 1e-12 for (p, delta), share in zip(pairs, shares, strict=True)], [
        True for _ in pairs
    ]


@identity(source=f"{KIRCHENBAUER}, eq. (1)", given=dict(green=np.array([True, False, True, False])))
def favoured_tokens_have_odds_that_grow(x: Float[Array, "4"], delta: Scalar, green: Array):
    r"""$p'_i \propto p_i e^{\delta [i \in G]}$: odds change between the lists only."""
    tilt = jnp.exp(x + delta * jnp.where(green, 1.0, 0.0))
    return softmax(watermarks.favour(x, green, delta)), tilt / tilt.sum()


@favoured_tokens_have_odds_that_grow.mutant
def favoured_tokens_have_probabilities_that_grow(x, delta, green):
    p = softmax(x) * jnp.exp(delta * jnp.where(green, 1.0, 0.0))
    return softmax(watermarks.favour(x, green, delta)), p


@bound(
    source=f"{KIRCHENBAUER}, definition 4.1",
    box=dict(a=(-4, 4), z=(0, 4)),
    sharp=dict(a=0.0, z=2.0),
    slack=0.01,
)
def spike_entropy_is_greatest_for_equal_tokens(a: Scalar, z: Scalar):
    r"""$\sum_i p_i / (1 + z p_i) \le v / (v + z)$, here for two tokens."""
    return watermarks.spike_entropy(softmax(jnp.stack([a, jnp.zeros_like(a)])), z), 2 / (2 + z)


@spike_entropy_is_greatest_for_equal_tokens.mutant
def spike_entropy_is_that_of_a_certain_token_at_most(a, z):
    return watermarks.spike_entropy(softmax(jnp.stack([a, jnp.zeros_like(a)])), z), 1 / (1 + z)


def _tail(hits: int, tokens: int) -> Fraction:
    q = Fraction(1, 4)
    terms = (comb(tokens, k) * q**k * (1 - q) ** (tokens - k) for k in range(hits, tokens + 1))
    return sum(terms, Fraction(0))


def _green(p: np.ndarray, delta: float) -> float:
    """The probability of a green token, on average over all lists."""
    laws = [jax.nn.softmax(watermarks.favour(jnp.log(jnp.asarray(p)), jnp.asarray(g), delta)) for g in LISTS]
    return float(np.mean([np.asarray(law)[g].sum() for law, g in zip(laws, LISTS, strict=True)]))


def _floor(p: np.ndarray, delta: float) -> float:
    alpha = float(np.exp(delta))
    z = (alpha - 1) / 2 / (1 + (alpha - 1) / 2)
    return alpha / 2 / (1 + (alpha - 1) / 2) * float(watermarks.spike_entropy(jnp.asarray(p), z))
