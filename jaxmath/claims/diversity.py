"""What is true of measures of diversity."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import diversity, entropy
from jaxmath.verify.claim import bound, distribution

FRIEDMAN = "Friedman & Dieng 2023, arXiv:2210.02410, lemma 3.2"
SIZES = [(1,), (4,), (1, 1, 1, 1), (3, 1), (2, 2), (1, 2, 3)]
TEXTS = [np.array(text) for text in itertools.product((0, 1), repeat=5)]
# An eigenvalue of a matrix of size n is off by some n^2 units in the last place; near zero, -x log x
# magnifies that by log(1 / u) = 37; and there are n of them.
EIGENVALUES = 37 * 6**3
LAW = np.array([4.0, 2.0, 2.0]) / 8


@distribution(source=FRIEDMAN, given=dict(vendi=diversity.vendi), roundings=EIGENVALUES)
def vendi_is_the_effective_number_of_groups(vendi: Process):
    r"""Copies within groups and nothing in common between: $\exp H(\text{shares})$, from 1 to $n$."""
    shares = [np.array(sizes) / sum(sizes) for sizes in SIZES]
    left = [float(vendi(_groups(sizes))) for sizes in SIZES]
    return left, [float(np.exp(-(p * np.log(p)).sum())) for p in shares]


@vendi_is_the_effective_number_of_groups.mutant
def vendi_is_the_number_of_groups(vendi):
    return [float(vendi(_groups(sizes))) for sizes in SIZES], [float(len(sizes)) for sizes in SIZES]


@distribution(source=FRIEDMAN, given=dict(vendi=diversity.vendi), roundings=EIGENVALUES)
def vendi_does_not_count_copies_of_the_whole(vendi: Process):
    r"""Every item twice is the same collection: eigenvalues of $K \otimes \mathbf 1 \mathbf 1^\top / 2n$."""
    k = jnp.array([[1.0, 0.5, 0.25], [0.5, 1.0, 0.125], [0.25, 0.125, 1.0]])
    return float(vendi(jnp.kron(k, jnp.ones((2, 2))))), float(vendi(k))


@vendi_does_not_count_copies_of_the_whole.mutant
def vendi_does_not_count_copies_of_one_item(vendi):
    k = jnp.array([[1.0, 0.5, 0.25], [0.5, 1.0, 0.125], [0.25, 0.125, 1.0]])
    again = jnp.array([0, 0, 1, 2])
    return float(vendi(k[again][:, again])), float(vendi(k))


@distribution(source="Li et al. 2016, arXiv:1510.03055, section 5", given=dict(distinct=diversity.distinct_n))
def distinct_is_the_share_of_different_ngrams(distinct: Process):
    r"""Different $n$-grams over all $n$-grams, for every text of two words and length five."""
    cases = [(x, n) for x in TEXTS[:16] for n in (1, 2)]
    left = [round(float(distinct(jnp.asarray(x), n)) * (6 - n)) for x, n in cases]
    return left, [len({tuple(x[i : i + n].tolist()) for i in range(6 - n)}) for x, n in cases]


@distinct_is_the_share_of_different_ngrams.mutant
def distinct_is_the_share_of_ngrams_that_occur_once(distinct):
    cases = [(x, n) for x in TEXTS[:16] for n in (1, 2)]
    left = [round(float(distinct(jnp.asarray(x), n)) * (6 - n)) for x, n in cases]
    grams = [[tuple(x[i : i + n].tolist()) for i in range(6 - n)] for x, n in cases]
    return left, [sum(g.count(one) == 1 for one in g) for g in grams]


@distribution(source="Miller 1955; Paninski 2003, section 4", given=dict(estimate=diversity.plug_in_entropy))
def the_plug_in_entropy_of_a_pair_is_a_probability_of_difference(estimate: Process):
    r"""$\mathbb E \hat H = (1 - \sum_i p_i^2) \log 2$ for two tokens of law $p$, below $H(p)$."""
    return _expected(estimate), (1 - (LAW**2).sum()) * np.log(2)


@the_plug_in_entropy_of_a_pair_is_a_probability_of_difference.mutant
def the_plug_in_entropy_is_right_on_average(estimate):
    return _expected(estimate), float(-(LAW * np.log(LAW)).sum())


@bound(source="Paninski 2003, section 4 (Jensen)", box=dict(p=(0.01, 0.99)), sharp=None)
def the_plug_in_entropy_of_a_pair_is_too_low(p: Float[Array, ""]):
    r"""$2 p (1 - p) \log 2 \le H(p, 1 - p)$: samples look less varied than their law."""
    return 2 * p * (1 - p) * jnp.log(jnp.full((), 2.0, p.dtype)), entropy(jnp.stack([p, 1 - p]))


@the_plug_in_entropy_of_a_pair_is_too_low.mutant
def the_plug_in_entropy_of_a_pair_is_too_high(p):
    return entropy(jnp.stack([p, 1 - p])), 2 * p * (1 - p) * jnp.log(jnp.full((), 2.0, p.dtype))


def _groups(sizes: tuple[int, ...]) -> Array:
    group = np.repeat(np.arange(len(sizes)), sizes)
    return jnp.asarray(group[:, None] == group[None, :], jnp.result_type(float))


def _expected(estimate: Process) -> float:
    pairs = itertools.product(range(3), repeat=2)
    return float(sum(LAW[a] * LAW[b] * float(estimate(jnp.array([a, b]))) for a, b in pairs))
