"""What is true of speculative sampling."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import softmax, speculative
from jaxmath.verify.claim import accounting, distribution, identity

LEVIATHAN = "Leviathan, Kalman & Matias 2023, arXiv:2211.17192"
# Weights of laws of the first token, and of the second after each first one. Thresholds p / q are
# quarters and corrections twelfths.
P = np.array([[1, 3, 4], [4, 2, 2], [2, 2, 4], [4, 4, 0]])
Q = np.array([[4, 2, 2], [4, 2, 2], [4, 4, 0], [2, 4, 2]])
OTHER = np.array([[2, 2, 4], [4, 2, 2], [2, 4, 2], [2, 4, 2]])
Logits = Float[Array, " v"]


@identity(source=f"{LEVIATHAN}, appendix A.1", at=dict(v=2))
def accepted_and_corrected_tokens_have_the_law_of_the_model(x: Logits, y: Logits):
    r"""$q_i \min(1, p_i / q_i) + \Pr[\text{reject}]\, r_i = p_i$, for any masses."""
    return _law(jnp.exp(x), jnp.exp(y), speculative.residual), jnp.exp(x)


@accepted_and_corrected_tokens_have_the_law_of_the_model.mutant
def corrections_may_be_drawn_from_the_model(x, y):
    return _law(softmax(x), softmax(y), lambda p, q: p), softmax(x)


@accepted_and_corrected_tokens_have_the_law_of_the_model.mutant
def corrections_may_be_drawn_from_the_absolute_difference(x, y):
    def residual(p: Array, q: Array) -> Array:
        return jnp.abs(p - q) / jnp.abs(p - q).sum()

    return _law(softmax(x), softmax(y), residual), softmax(x)


@identity(source=f"{LEVIATHAN}, theorem 3.5", at=dict(v=2))
def proposals_are_accepted_where_the_laws_overlap(x: Logits, y: Logits):
    r"""$\sum_i q_i \min(1, p_i / q_i) = \sum_i \min(p_i, q_i)$, which is $1 - \mathrm{TV}(p, q)$ for laws."""
    p, q = jnp.exp(x), jnp.exp(y)
    return q @ speculative.acceptance(p, q), jnp.minimum(p, q).sum()


@proposals_are_accepted_where_the_laws_overlap.mutant
def proposals_are_accepted_by_the_likelihood_ratio(x, y):
    p, q = jnp.exp(x), jnp.exp(y)
    return q @ (p / q), jnp.minimum(p, q).sum()


@distribution(source=f"{LEVIATHAN}, algorithm 1", given=dict(sample=speculative.speculate))
def two_proposals_give_the_joint_law_of_the_model(sample: Process):
    r"""The first two tokens, by enumeration of proposals and uniform numbers; laws depend on the first."""
    return _joint(sample, Q, Q), _model()


@two_proposals_give_the_joint_law_of_the_model.mutant
def proposals_may_come_from_another_law_than_is_divided_by(sample):
    """As when the draft is sampled at a temperature and its probabilities are taken without."""
    return _joint(sample, Q, OTHER), _model()


@two_proposals_give_the_joint_law_of_the_model.mutant
def proposals_are_accepted_where_they_are_the_likeliest(sample):
    def greedy(drafts: Array, p: Array, q: Array, u: Array, correction: Array) -> tuple[Array, Array]:
        likeliest = jnp.argmax(p[:-1], axis=1) == drafts
        return sample(drafts, p, q, jnp.where(likeliest, 0.0, 1.0), correction)

    return _joint(greedy, Q, Q), _model()


@identity(source=f"{LEVIATHAN}, eq. (1)")
def a_run_gives_a_geometric_number_of_tokens(a: Float[Array, ""]):
    r"""$1 + \alpha + \dots + \alpha^\gamma = (1 - \alpha^{\gamma + 1}) / (1 - \alpha)$; here $\gamma = 3$."""
    return speculative.expected_tokens(a, 3), 1 + a + a**2 + a**3


@a_run_gives_a_geometric_number_of_tokens.mutant
def a_run_gives_accepted_tokens_only(a):
    return speculative.expected_tokens(a, 3), a + a**2 + a**3


@accounting(source=f"{LEVIATHAN}, table 1: operations and speed at no cost of the draft")
def the_table_of_gains_is_that_of_the_formula():
    r"""Operations grow by $(\gamma + 1) / \mathbb E[\#]$ and speed by $\mathbb E[\#]$."""
    cases = [(0.6, 2), (0.7, 3), (0.8, 2), (0.8, 5), (0.9, 2), (0.9, 10)]
    published = [
        "1.53",
        "1.96",
        "1.58",
        "2.53",
        "1.23",
        "2.44",
        "1.63",
        "3.69",
        "1.11",
        "2.71",
        "1.60",
        "6.86",
    ]
    figures = [((g + 1) / speculative.speed_up(a, g, 0), speculative.speed_up(a, g, 0)) for a, g in cases]
    return [x for pair in figures for x in pair], published


@the_table_of_gains_is_that_of_the_formula.mutant
def the_table_of_gains_counts_proposals_only():
    cases = [(0.6, 2), (0.7, 3)]
    return [speculative.expected_tokens(a, g - 1) for a, g in cases], ["1.96", "2.53"]


def _law(p: Array, q: Array, residual: Process) -> Array:
    accepted = q * speculative.acceptance(p, q)
    return accepted + (p.sum() - accepted.sum()) * residual(p, q)


def _model() -> list[Fraction]:
    return [Fraction(int(P[0, a] * P[1 + a, b]), 64) for a, b in itertools.product(range(3), repeat=2)]


def _joint(sample: Process, told: np.ndarray, drawn: np.ndarray) -> list[Fraction]:
    """The law of the first two tokens; a second one that was not drawn comes from the model."""
    grid = itertools.product(range(3), range(3), range(4), range(4), range(24))
    a, b, u, w, c = np.array(list(grid)).T
    p = jnp.asarray(np.stack([P[0 * a], P[1 + a], np.broadcast_to(P[0], (len(a), 3))], axis=1) / 8)
    q = jnp.asarray(np.stack([told[0 * a], told[1 + a]], axis=1) / 8)
    uniform, correction = (np.stack([u, w], axis=1) + 0.5) / 4, (c + 0.5) / 24
    drafts = jnp.asarray(np.stack([a, b], axis=1))
    tokens, counts = jax.vmap(sample)(drafts, p, q, jnp.asarray(uniform), jnp.asarray(correction))
    law = np.zeros((3, 3), dtype=object) + Fraction(0)
    weights = drawn[0, a] * drawn[1 + a, b]
    for (first, second, _), count, weight in zip(
        tokens.tolist(), counts.tolist(), weights.tolist(), strict=True
    ):
        share = Fraction(weight, 64 * 4 * 4 * 24)
        law[first] += [
            share * (second == t if count > 1 else Fraction(int(P[1 + first, t]), 8)) for t in range(3)
        ]
    return law.ravel().tolist()
