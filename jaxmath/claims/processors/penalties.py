"""Processors: penalties, bans and guidance."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import processors, softmax
from jaxmath.verify.claim import distribution, identity

OPENAI = "OpenAI, API reference, frequency_penalty and presence_penalty"
KESKAR = "Keskar et al. 2019, CTRL, arXiv:1909.05858, section 4.1"
SANCHEZ = "Sanchez et al. 2023, arXiv:2306.17806, eq. (7)"
HISTORY = np.array([-1, 2, 0, 2])
HISTORIES = [np.array(h) for h in itertools.product((0, 1), repeat=4)] + [np.array([-1, -1, 0, 0])]
Logits = Float[Array, " v"]
Scalar = Float[Array, ""]


@identity(source=OPENAI, at=dict(v=4), given=dict(history=HISTORY))
def a_frequency_penalty_tilts_the_law(x: Logits, a: Scalar, c: Scalar, history: Int[Array, " t=4"]):
    r"""The new law is in proportion to $p_i e^{-\alpha c_i}$, whatever constant is added to the scores."""
    tilt = softmax(x) * jnp.exp(-a * jnp.array([1.0, 0.0, 2.0, 0.0]))
    return softmax(processors.frequency_penalty(x + c, history, a)), tilt / tilt.sum()


@a_frequency_penalty_tilts_the_law.mutant
def a_presence_penalty_tilts_the_law_by_counts(x, a, c, history):
    tilt = softmax(x) * jnp.exp(-a * jnp.array([1.0, 0.0, 2.0, 0.0]))
    return softmax(processors.presence_penalty(x + c, history, a)), tilt / tilt.sum()


@a_frequency_penalty_tilts_the_law.mutant
def a_repetition_penalty_does_not_depend_on_a_constant(x, a, c, history):
    both = (processors.repetition_penalty(y, history, 1.25) for y in (x + c, x))
    return softmax(next(both)), softmax(next(both))


@identity(source=OPENAI, at=dict(v=4), given=dict(history=HISTORY))
def a_presence_penalty_counts_once(x: Logits, a: Scalar, history: Int[Array, " t=4"]):
    r"""A token used twice loses what one used once does; pads are no tokens."""
    return processors.presence_penalty(x, history, a), x - a * jnp.array([1.0, 0.0, 1.0, 0.0])


@a_presence_penalty_counts_once.mutant
def a_presence_penalty_counts_pads_as_the_last_token(x, a, history):
    return processors.presence_penalty(x, history, a), x - a * jnp.array([1.0, 0.0, 1.0, 1.0])


@distribution(source=KESKAR, given=dict(process=processors.repetition_penalty))
def a_repetition_penalty_lowers_used_tokens_of_either_sign(process: Process):
    r"""$x / \theta$ above zero and $x \theta$ below: used tokens are never raised, others never touched."""
    x = jnp.array([3.0, -3.0, 0.0, 2.0, -2.0])
    return np.asarray(process(x, jnp.array([0, 1, 2]), 2.0)), np.array([1.5, -6.0, 0.0, 2.0, -2.0])


@a_repetition_penalty_lowers_used_tokens_of_either_sign.mutant
def a_repetition_penalty_divides(process):
    x = jnp.array([3.0, -3.0, 0.0, 2.0, -2.0])
    return np.asarray(process(x, jnp.array([0, 1, 2]), 2.0)), np.array([1.5, -1.5, 0.0, 2.0, -2.0])


@distribution(
    source="Paulus, Xiong & Socher 2017, arXiv:1705.04304", given=dict(process=processors.no_repeat_ngram)
)
def no_ngram_is_repeated(process: Process):
    r"""Banned are the tokens, and only they, that would make the last $n$ tokens a second copy."""
    cases = [(h, n) for h in HISTORIES for n in (1, 2, 3)]
    return [_banned(process, *case) for case in cases], [_repeats(*case, 0) for case in cases]


@no_ngram_is_repeated.mutant
def no_shorter_ngram_is_repeated(process):
    cases = [(h, n) for h in HISTORIES for n in (2, 3)]
    return [_banned(process, *case) for case in cases], [_repeats(*case, 1) for case in cases]


@distribution(source="elementary", given=dict(ban=processors.ban_phrase, force=processors.force))
def a_phrase_is_banned_at_its_last_token(ban: Process, force: Process):
    r"""Only after all its other tokens; a forced token is certain, and a negative one forces nothing."""
    phrase, x = jnp.array([1, 0, 1]), jnp.zeros(2)
    histories = [jnp.asarray(h) for h in HISTORIES]
    left = [np.asarray(ban(x, h, phrase)) == -np.inf for h in histories]
    right = [np.array([False, list(h[-2:]) == [1, 0]]) for h in HISTORIES]
    forced = [np.asarray(softmax(force(x, token))) for token in (0, 1, -1)]
    return (left, forced), (right, [np.array(p) for p in ([1.0, 0.0], [0.0, 1.0], [0.5, 0.5])])


@a_phrase_is_banned_at_its_last_token.mutant
def a_phrase_is_banned_at_its_first_token(ban, force):
    phrase, x = jnp.array([1, 0, 1]), jnp.zeros(2)
    return [np.asarray(ban(x, jnp.asarray(h), phrase)) == -np.inf for h in HISTORIES], [
        np.array([False, True]) for _ in HISTORIES
    ]


@identity(source=SANCHEZ, at=dict(v=3))
def guidance_is_a_geometric_mixture(x: Logits, y: Logits, g: Scalar, c: Scalar):
    r"""The law is in proportion to $p_c^\gamma p_u^{1 - \gamma}$; constants in the scores cancel."""
    law = softmax(processors.guided(x + c, y, g))
    tilt = jnp.exp(g * x + (1 - g) * y)
    return law, tilt / tilt.sum()


@guidance_is_a_geometric_mixture.mutant
def guidance_of_zero_is_the_conditional_model(x, y, g, c):
    """The other convention, in which the scale is one less."""
    tilt = jnp.exp((1 + g) * x - g * y)
    return softmax(processors.guided(x + c, y, g)), tilt / tilt.sum()


@distribution(source="Li et al. 2022, arXiv:2210.15097, eq. (2)", given=dict(process=processors.contrastive))
def contrast_is_the_odds_between_two_models(process: Process):
    r"""The law is in proportion to $p_e / p_a$ on the plausible tokens, $p_e \ge \alpha \max p_e$."""
    law = softmax(process(*_models(), 0.25))
    return np.asarray(law), np.array([0.25, 0.75, 0.0])


@contrast_is_the_odds_between_two_models.mutant
def contrast_favours_what_neither_model_expects(process):
    """Without a plausibility cut the last token, unlikely to both, is the likeliest."""
    return np.asarray(softmax(process(*_models(), 0.0))), np.array([0.25, 0.75, 0.0])


def _models() -> tuple[Array, Array]:
    """Scores whose odds between the models are 1, 3 and 8."""
    expert, amateur = np.array([8.0, 6.0, 1.0]), np.array([8.0, 2.0, 0.125])
    return jnp.log(jnp.asarray(expert)), jnp.log(jnp.asarray(amateur))


def _banned(process: Process, history: np.ndarray, n: int) -> np.ndarray:
    return np.asarray(process(jnp.zeros(2), jnp.asarray(history), n)) == -np.inf


def _repeats(history: np.ndarray, n: int, shorter: int) -> np.ndarray:
    n -= shorter
    grams = [tuple(history[i : i + n].tolist()) for i in range(len(history) - n + 1)]
    full = [gram for gram in grams if min(gram) >= 0]
    return np.array([tuple([*history.tolist(), a][-n:]) in full for a in range(2)])
