"""What is true of beam search."""

import itertools
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import beam
from jaxmath.verify.claim import distribution, identity

GRAVES = "Graves 2012, arXiv:1211.3711, section 3"
Model = dict[tuple[int, ...], list[int]]
# Models of two tokens: whole-number weights of the next one after every beginning.
BEGINNINGS = [b for n in range(3) for b in itertools.product((0, 1), repeat=n)]
MODELS = [
    dict(zip(BEGINNINGS, np.random.default_rng(i).integers(1, 99, (7, 2)).tolist(), strict=True))
    for i in range(6)
]
# A model of three tokens. Greedy search finds 0 0 0; a beam of two leaves the beginning 0 0 too early.
EVEN = {b: [34, 33, 33] for n in range(3) for b in itertools.product((0, 1, 2), repeat=n)}
ASTRAY = {**EVEN, (): [36, 34, 30], (1,): [50, 49, 1], (0, 0): [98, 1, 1]}


@distribution(source=GRAVES, given=dict(search=beam.beam_search))
def a_beam_of_one_is_greedy(search: Process):
    r"""Each token is the likeliest after those before it."""
    return [_best(search, m, 1)[0] for m in MODELS], [_greedy(m) for m in MODELS]


@a_beam_of_one_is_greedy.mutant
def a_beam_of_one_finds_the_likeliest_text(search):
    return [_best(search, m, 1)[0] for m in MODELS], [_likeliest(m)[0] for m in MODELS]


@distribution(source=GRAVES, given=dict(search=beam.beam_search))
def a_beam_of_all_beginnings_finds_the_likeliest_text(search: Process):
    r"""A width of $v^{T - 1}$ loses no beginning, so what it finds is the maximum over all texts."""
    return [_best(search, m, 4) for m in MODELS], [_likeliest(m) for m in MODELS]


@a_beam_of_all_beginnings_finds_the_likeliest_text.mutant
def a_beam_of_all_beginnings_is_greedy(search):
    return [_best(search, m, 4)[0] for m in MODELS], [_greedy(m) for m in MODELS]


@distribution(source=GRAVES, given=dict(search=beam.beam_search))
def scores_are_log_probabilities_of_texts(search: Process):
    r"""The score of every text in the beam is $\sum_t \log p(x_t \mid x_{<t})$, and they come in order."""
    found = [search(_log_p(m), 3, 3) for m in MODELS]
    return [np.asarray(s) for _, s in found], _logs(found)


@scores_are_log_probabilities_of_texts.mutant
def scores_are_means_over_tokens(search):
    found = [search(_log_p(m), 3, 3) for m in MODELS]
    return [np.asarray(s) for _, s in found], [r / 3 for r in _logs(found)]


@distribution(
    source="Meister, Cotterell & Vieira 2020, arXiv:2010.02650", given=dict(search=beam.beam_search)
)
def a_wider_beam_may_find_a_worse_text(search: Process):
    r"""A width of one finds a text of probability 0.119952, a width of two one of 0.0578."""
    found = [_best(search, ASTRAY, width)[1] for width in (1, 2)]
    return found, [Fraction("0.119952"), Fraction("0.0578")]


@a_wider_beam_may_find_a_worse_text.mutant
def a_wider_beam_finds_a_text_as_good(search):
    found = [_best(search, ASTRAY, width)[1] for width in (1, 2)]
    return found[1] >= found[0], True


@identity(source="Wu et al. 2016, arXiv:1609.08144, eq. (14)")
def a_length_penalty_is_a_power_of_the_length(a: Float[Array, ""], b: Float[Array, ""]):
    r"""One token is not penalised, seven are by $2^\alpha$; exponents add up."""
    left = beam.length_penalty(7, a) * beam.length_penalty(7, b), beam.length_penalty(1, a)
    return left, (beam.length_penalty(7, a + b), jnp.ones(()))


@a_length_penalty_is_a_power_of_the_length.mutant
def a_length_penalty_begins_at_no_token(a, b):
    left = beam.length_penalty(7, a) * beam.length_penalty(7, b), beam.length_penalty(0, a)
    return left, (beam.length_penalty(7, a + b), jnp.ones(()))


def _logs(found: list) -> list[np.ndarray]:
    """Log-probabilities of the texts found, the greatest first."""
    texts = [[_probability(m, t) for t in x.tolist()] for (x, _), m in zip(found, MODELS, strict=True)]
    return [np.log(np.array(sorted(p, reverse=True), float)) for p in texts]


def _law(model: Model, beginning: tuple[int, ...]) -> list[Fraction]:
    return [Fraction(w, sum(model[beginning])) for w in model[beginning]]


def _log_p(model: Model) -> Process:
    def log_p(texts: Array) -> Array:
        laws = [_law(model, tuple(text)) for text in texts.tolist()]
        return jnp.log(jnp.asarray([[float(x) for x in law] for law in laws]))

    return log_p


def _probability(model: Model, text: list[int]) -> Fraction:
    factors = [_law(model, tuple(text[:i]))[token] for i, token in enumerate(text)]
    return factors[0] * factors[1] * factors[2]


def _best(search: Process, model: Model, width: int) -> tuple[list[int], Fraction]:
    text = search(_log_p(model), 3, width)[0][0].tolist()
    return text, _probability(model, text)


def _likeliest(model: Model) -> tuple[list[int], Fraction]:
    texts = [list(text) for text in itertools.product((0, 1), repeat=3)]
    best = max(texts, key=lambda text: _probability(model, text))
    return best, _probability(model, best)


def _greedy(model: Model) -> list[int]:
    text: list[int] = []
    for _ in range(3):
        law = _law(model, tuple(text))
        text.append(law.index(max(law)))
    return text
