"""Traps: generation of texts."""

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from jaxmath.verify.claim import distribution, trap

Law = tuple[Fraction, ...]
Text = tuple[int, ...]

# Weights of the next token, after each beginning; what is not listed is uniform.
WEIGHTS: Mapping[Text, Sequence[int]] = {
    (): (8, 7, 1),
    (1,): (1, 1, 0),
    (0, 0): (1, 0, 0),
    (0, 1): (1, 0, 0),
    (0, 2): (1, 0, 0),
}


def _normalised(weights: Sequence[Fraction | int]) -> Law:
    return tuple(Fraction(w) / sum(weights) for w in weights)


def _next(text: Text) -> Law:
    return _normalised(WEIGHTS.get(text, (1, 1, 1)))


def _best(width: int) -> Fraction:
    """The likelihood of the text of three tokens that a beam of a width finds."""
    beam: list[tuple[Fraction, Text]] = [(Fraction(1), ())]
    for _ in range(3):
        longer = [(p * q, (*text, token)) for p, text in beam for token, q in enumerate(_next(text))]
        beam = sorted(longer, key=lambda entry: (-entry[0], entry[1]))[:width]
    return beam[0][0]


@trap()
@distribution(source="beam search as an approximation of the likeliest text that improves with its width")
def a_wider_beam_finds_no_less_likely_text():
    """Of three tokens, the text found with two beams is at least as likely as the greedy one."""
    greedy, two = _best(1), _best(2)
    return {"likelihood": two}, {"likelihood": max(greedy, two)}


@a_wider_beam_finds_no_less_likely_text.truth
@distribution(source="a beam that holds every beginning is an exhaustive search")
def a_beam_of_all_beginnings_finds_the_likeliest_text():
    """With nine beams, as many as there are beginnings of two tokens, it is the likeliest of all."""
    texts = itertools.product(range(3), repeat=3)
    likelihoods = [prod(_next(text[:i])[text[i]] for i in range(3)) for text in texts]
    return {"likelihood": _best(9)}, {"likelihood": max(likelihoods)}


FIRST = (Fraction(9, 10), Fraction(1, 10))
ALLOWED = (Fraction(1, 9), Fraction(1))  # the probability that a text with this first token ends as allowed
CONDITIONAL = _normalised([p * q for p, q in zip(FIRST, ALLOWED, strict=True)])


@trap()
@distribution(source="constrained decoding by masks, said to sample the model's law given the constraint")
def masked_decoding_samples_the_conditional_law():
    """Tokens that no allowed text begins with are masked; what is left is the law given the constraint."""
    return _normalised([p * (q > 0) for p, q in zip(FIRST, ALLOWED, strict=True)]), CONDITIONAL


@masked_decoding_samples_the_conditional_law.truth
@distribution(source="definition of a conditional law, token by token")
def decoding_with_the_probability_of_success_samples_the_conditional_law():
    """It is that law if a token is weighed by the probability that a text which begins so ends as allowed."""
    joint = [p * q for p, q in zip(FIRST, ALLOWED, strict=True)]
    success = sum(joint, Fraction(0))
    # A token's weight is that of keeping it: how much likelier success is after it than before it.
    kept = [p * (q / success) for p, q in zip(FIRST, ALLOWED, strict=True)]
    return tuple(kept), CONDITIONAL
