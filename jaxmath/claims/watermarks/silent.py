"""Watermarks: the law of the text is the model's."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import samplers, softmax, watermarks
from jaxmath.verify.claim import derivative, distribution, identity

AARONSON = "Aaronson 2023, Watermarking of large language models (talk)"
KUDITIPUDI = "Kuditipudi et al. 2023, arXiv:2307.15593, theorem 1 and section 2.3"
SYNTHID = "Dathathri et al. 2024, Nature 634, supplement C (non-distortionary for two samples)"
WEIGHTS = [w for w in itertools.product(range(9), repeat=3) if sum(w) == 8]
ORDERS = [np.array(order) for order in itertools.permutations(range(3))]
BITS = list(itertools.product((0, 1), repeat=3))
Logits = Float[Array, " v"]


@identity(source=AARONSON, at=dict(v=3))
def the_exponential_watermark_keeps_the_law(x: Logits, w: Float[Array, ""]):
    r"""$\Pr[\arg\max_i u_i^{1/p_i} = i, \max \in dw] = p_i\, dw$ for $w$ in $(0, 1)$.

    So token and maximum are independent. Here $w = e^{-e^{-a}}$, and $\Pr[u^{1/p} \le w] = w^p$.
    """
    p, log_w = softmax(x), -jnp.exp(-w)
    density = p * jnp.exp((p - 1) * log_w)
    others = jnp.exp((1 - p) * log_w)
    return density * others, p


@the_exponential_watermark_keeps_the_law.mutant
def the_exponential_watermark_with_powers_upside_down_keeps_the_law(x, w):
    p, log_w = softmax(x), -jnp.exp(-w)
    density = jnp.exp((1 / p - 1) * log_w) / p
    others = jnp.exp(((1 / p).sum() - 1 / p) * log_w)
    return density * others, p


@distribution(source=AARONSON, given=dict(sample=watermarks.exponential_token))
def the_exponential_watermark_is_gumbel_noise(sample: Process):
    r"""$\arg\max \frac{\log u_i}{p_i} = \arg\max (\log p_i - \log(-\log u_i))$, with a key."""
    p, u = jnp.array([0.5, 0.25, 0.25, 0.0]), jnp.asarray(np.random.default_rng(0).uniform(size=(64, 4)))
    noisy = jax.vmap(lambda u: samplers.gumbel_max(jnp.log(p), samplers.gumbel(u)))(u)
    return np.asarray(jax.vmap(lambda u: sample(p, u))(u)), np.asarray(noisy)


@the_exponential_watermark_is_gumbel_noise.mutant
def the_exponential_watermark_multiplies(sample):
    p, u = jnp.array([0.5, 0.25, 0.25, 0.0]), jnp.asarray(np.random.default_rng(0).uniform(size=(64, 4)))
    return np.asarray(jax.vmap(lambda u: sample(p, u))(u)), np.asarray(jnp.argmax(u * p[None, :], axis=1))


@derivative(source="Erlang law: a sum of exponential numbers")
def the_exponential_score_has_the_tail_of_a_sum_of_waits(s: Float[Array, ""]):
    r"""$\frac d{ds} e^{-s} (1 + s + \frac{s^2}2) = -e^{-s} \frac{s^2}2$, the density of three waits.

    And $-\log(1 - u)$ of a uniform number is a wait: $e^{-s} = 1 - u$.
    """

    def tail(s: Array) -> Array:
        wait = watermarks.exponential_score(-jnp.expm1(-s)[None])
        return jnp.exp(-wait) * (1 + wait + wait**2 / 2)

    return tail, lambda s, dy: (-dy * jnp.exp(-s) * s**2 / 2,)


@the_exponential_score_has_the_tail_of_a_sum_of_waits.mutant
def the_exponential_score_has_the_tail_of_two_waits(s):
    return lambda s: jnp.exp(-s) * (1 + s), lambda s, dy: (-dy * jnp.exp(-s) * s**2 / 2,)


@distribution(source="Erlang law: a sum of exponential numbers", roundings=400)
def the_exponential_tail_is_a_poisson_sum():
    r"""$e^{-s} \sum_{k < T} s^k / k!$ for scores of 0.5, 3 and 9 of one, three and eight tokens."""
    cases = [(s, t) for s in (0.5, 3.0, 9.0) for t in (1, 3, 8)]
    factorials = np.cumprod([1.0, *range(1, 8)])
    right = [float(np.exp(-s) * sum(s**k / factorials[k] for k in range(t))) for s, t in cases]
    return [float(watermarks.exponential_tail(s, float(t))) for s, t in cases], right


@the_exponential_tail_is_a_poisson_sum.mutant
def the_exponential_tail_is_that_of_one_wait():
    return [float(watermarks.exponential_tail(3.0, 3.0))], [float(np.exp(-3.0))]


@distribution(source=KUDITIPUDI, given=dict(sample=watermarks.permuted_token))
def inversion_in_any_order_keeps_the_law(sample: Process):
    r"""Of eight uniform numbers $k / 8$ as many give token $i$ as it has eighths, in each of six orders."""
    return [_counts(sample, order) for order in ORDERS], [np.array(WEIGHTS) for _ in ORDERS]


@inversion_in_any_order_keeps_the_law.mutant
def inversion_may_forget_to_go_back_to_the_vocabulary(sample):
    def forgetful(p: Array, u: Array, order: Array) -> Array:
        return samplers.inverse_cdf(p[order], u)

    return [_counts(forgetful, order) for order in ORDERS], [np.array(WEIGHTS) for _ in ORDERS]


@distribution(source=SYNTHID)
def a_tournament_of_two_keeps_the_law_on_average():
    r"""Over all $2^3$ values of $g$ the mean law is $p$; each is that of the game itself."""
    p = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    laws = [
        np.asarray(watermarks.tournament(jnp.array([0.5, 0.25, 0.25]), jnp.array(g, float))) for g in BITS
    ]
    played = [[float(x) for x in _game(p, g, 2)] for g in BITS]
    return (laws, np.mean(laws, 0)), ([np.array(x) for x in played], np.array([0.5, 0.25, 0.25]))


@a_tournament_of_two_keeps_the_law_on_average.mutant
def a_tournament_of_three_keeps_the_law_on_average():
    p = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    laws = [[float(x) for x in _game(p, g, 3)] for g in BITS]
    return np.mean(laws, 0), np.array([0.5, 0.25, 0.25])


@a_tournament_of_two_keeps_the_law_on_average.mutant
def a_list_of_favoured_tokens_keeps_the_law_on_average():
    logits = jnp.log(jnp.array([0.5, 0.25, 0.25]))
    laws = [softmax(watermarks.favour(logits, jnp.array(g) == 1, 2.0)) for g in BITS]
    return np.mean(laws, 0, dtype=float), np.array([0.5, 0.25, 0.25])


def _game(p: list[Fraction], g: tuple[int, ...], players: int) -> list[Fraction]:
    """The law of a token drawn from those of the greatest g among several drawn from p."""
    law = [Fraction(0)] * 3
    for tokens in itertools.product(range(3), repeat=players):
        chance = Fraction(1)
        for token in tokens:
            chance *= p[token]
        best = [token for token in tokens if g[token] == max(g[t] for t in tokens)]
        for token in best:
            law[token] += chance / len(best)
    return law


def _counts(sample: Process, order: np.ndarray) -> np.ndarray:
    laws = jnp.asarray(WEIGHTS, jnp.result_type(float)) / 8
    draw = jax.vmap(jax.vmap(lambda p, u: sample(p, u, jnp.asarray(order)), (None, 0)), (0, None))
    tokens = np.asarray(draw(laws, jnp.arange(8) / 8))
    return np.stack([(tokens == token).sum(1) for token in range(3)], axis=1)
