"""What is true of the best of several samples."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import best_of_n, best_of_n_divergence, kl, softmax
from jaxmath.verify.claim import accounting, bound, identity

BEIRAMI = "Beirami et al. 2024, arXiv:2401.01879"
DRAWS = np.array(list(itertools.product(range(3), repeat=3)))
Scores = Float[Array, " v"]
Scalar = Float[Array, ""]


@identity(source=f"{BEIRAMI}, lemma 1", at=dict(v=3))
def the_law_of_the_best_is_a_difference_of_powers(x: Scores):
    r"""Over all $3^3$ triples of answers the best has the law $F_i^3 - F_{i-1}^3$, whatever the policy."""
    p = softmax(x)
    likelihood = jnp.prod(p[DRAWS], axis=1)
    best = jnp.stack([jnp.where(DRAWS.max(1) == i, likelihood, 0).sum() for i in range(3)])
    return best_of_n(p, 3), best


@the_law_of_the_best_is_a_difference_of_powers.mutant
def the_law_of_the_best_is_a_power_of_the_law(x):
    p = softmax(x)
    likelihood = jnp.prod(p[DRAWS], axis=1)
    best = jnp.stack([jnp.where(DRAWS.max(1) == i, likelihood, 0).sum() for i in range(3)])
    return p**3 / (p**3).sum(), best


@identity(source=f"{BEIRAMI}, lemma 1", at=dict(v=3))
def the_law_of_the_best_is_a_law_and_one_sample_is_no_choice(x: Scores):
    r"""$\sum_i q_i = 1$ for every $n$; here for $n = 4$, and $q = p$ for $n = 1$."""
    p = softmax(x)
    return (best_of_n(p, 4).sum(), best_of_n(p, 1)), (jnp.ones(()), p)


@the_law_of_the_best_is_a_law_and_one_sample_is_no_choice.mutant
def two_samples_are_no_choice(x):
    p = softmax(x)
    return (best_of_n(p, 4).sum(), best_of_n(p, 2)), (jnp.ones(()), p)


@bound(source=f"{BEIRAMI}, theorem 3.1", box=dict(p=(0.05, 0.95)), sharp=None)
def the_best_of_four_is_no_farther_than_without_ties(p: Scalar):
    r"""$D(q \Vert p) \le \log n - \frac{n - 1}{n}$; for two answers and $n = 4$ it is strict by far."""
    law = jnp.stack([1 - p, p])
    return kl(best_of_n(law, 4), law), best_of_n_divergence(4.0)


@the_best_of_four_is_no_farther_than_without_ties.mutant
def the_best_of_four_is_no_farther_than_half_of_it(p):
    law = jnp.stack([1 - p, p])
    return kl(best_of_n(law, 4), law), best_of_n_divergence(4.0) / 2


@bound(
    source=f"{BEIRAMI}, theorem 3.1; Hilton 2023, KL divergence of max-of-n",
    box=dict(top=(1 / 32, 1 / 8)),
    slack=1e-3,
    sharp=dict(top=1 / 16),
)
def many_answers_come_near_the_divergence_without_ties(top: Scalar):
    r"""With 15 equally likely answers and a best one, $D(q \Vert p)$ for $n = 2$ nearly attains the bound."""
    law = _with_a_best(top)
    return kl(best_of_n(law, 2), law), best_of_n_divergence(2.0)


@many_answers_come_near_the_divergence_without_ties.mutant
def many_answers_exceed_the_divergence_without_ties(top):
    law = _with_a_best(top)
    return best_of_n_divergence(2.0), kl(best_of_n(law, 2), law)


@accounting(source="Stiennon et al. 2020, arXiv:2009.01325, appendix G.3; Hilton 2023")
def the_divergence_without_ties_has_published_values():
    r"""$\log n - (n - 1) / n$ in nats: 1.2 for the best of eight, 3.2 of 64."""
    return [float(best_of_n_divergence(n)) for n in (8.0, 64.0)], ["1.2", "3.2"]


@the_divergence_without_ties_has_published_values.mutant
def the_divergence_without_ties_is_a_logarithm():
    return [float(jnp.log(n)) for n in (8.0, 64.0)], ["1.2", "3.2"]


@identity(source="order statistics: the expected greatest of n uniform numbers", at=dict(v=3))
def two_samples_gain_half_the_mean_difference(x: Scores, reward: Scores):
    r"""$\mathbb E[\max(r_i, r_j)] = \mathbb E[r] + \sum_{i < j} p_i p_j (r_j - r_i)$.

    For answers in order of reward, without ties or with them.
    """
    p = softmax(x)
    gain = sum(p[i] * p[j] * (reward[j] - reward[i]) for j in range(3) for i in range(j))
    return best_of_n(p, 2) @ reward, p @ reward + gain


@two_samples_gain_half_the_mean_difference.mutant
def two_samples_gain_the_mean_difference(x, reward):
    p = softmax(x)
    gain = sum(p[i] * p[j] * (reward[j] - reward[i]) for j in range(3) for i in range(j))
    return best_of_n(p, 2) @ reward, p @ reward + 2 * gain


def _with_a_best(top: Array) -> Array:
    """15 equally likely answers, and one with the given probability."""
    return jnp.concatenate([jnp.broadcast_to((1 - top) / 15, (15,)), top[None]])
