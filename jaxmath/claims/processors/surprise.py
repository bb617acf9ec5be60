"""Processors: truncation by surprise, and what half precision does to sums over a vocabulary."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jaxmath.claims.processors._laws import Process, kept, laws, subsets
from jaxmath.definitions import processors, softmax
from jaxmath.verify.claim import distribution

MEISTER = "Meister et al. 2023, arXiv:2202.00666, eq. (8)"
HEWITT = "Hewitt, Manning & Liang 2022, arXiv:2210.15191, section 4"
LAWS = laws(4, 16)
MASSES = (1 / 32, 11 / 32, 17 / 32, 25 / 32)


@distribution(source=MEISTER, given=dict(process=processors.typical))
def typical_tokens_are_nearest_to_the_entropy(process: Process):
    r"""Of the sets of mass $\tau$ that hold everything nearer to $H$ than their last, the smallest."""
    cases = [(w, m, kept(process, w, m)) for w in LAWS for m in MASSES]
    return [keep for *_, keep in cases], [_typical(w, m) for w, m, _ in cases]


@typical_tokens_are_nearest_to_the_entropy.mutant
def typical_tokens_are_the_likeliest(process):
    cases = [(w, m, kept(process, w, m)) for w in LAWS for m in MASSES]
    return [keep for *_, keep in cases], [kept(processors.top_p, w, m) for w, m, _ in cases]


@distribution(source=MEISTER, given=dict(process=processors.typical))
def the_likeliest_token_may_not_be_typical(process: Process):
    r"""For $p = (\frac12, \frac14, \frac18, \frac18)$, $H$ is 1.75 bits: the second token comes first."""
    return kept(process, np.array([4, 2, 1, 1]), 0.2), np.array([False, True, False, False])


@the_likeliest_token_may_not_be_typical.mutant
def the_likeliest_token_is_always_typical(process):
    return bool(kept(process, np.array([4, 2, 1, 1]), 0.2)[0]), True


@distribution(source=HEWITT, given=dict(epsilon=processors.epsilon, eta=processors.eta))
def eta_keeps_all_that_epsilon_keeps(epsilon: Process, eta: Process):
    r"""$\min(\epsilon, \sqrt\epsilon e^{-H}) \le \epsilon$; kept are $p_i \ge \epsilon$ and the likeliest."""
    cases = [(w, c, kept(epsilon, w, c), kept(eta, w, c)) for w in LAWS for c in MASSES]
    left = [(small, bool((large | ~small).all())) for _, _, small, large in cases]
    return left, [((w >= c * 16) | (w == w.max()), True) for w, c, *_ in cases]


@eta_keeps_all_that_epsilon_keeps.mutant
def epsilon_keeps_all_that_eta_keeps(epsilon, eta):
    cases = [(kept(epsilon, w, c), kept(eta, w, c)) for w in LAWS for c in MASSES]
    return [bool((small | ~large).all()) for small, large in cases], [True for _ in cases]


@distribution(source=HEWITT, given=dict(process=processors.eta))
def eta_falls_with_entropy(process: Process):
    r"""The cut-off is $\min(\epsilon, \sqrt\epsilon\, e^{-H(p)})$, in nats."""
    cases = [(w, c, kept(process, w, c)) for w in LAWS for c in MASSES]
    return [keep for *_, keep in cases], [_eta(w, c, 1.0) for w, c, _ in cases]


@eta_falls_with_entropy.mutant
def eta_falls_with_entropy_in_bits(process):
    cases = [(w, c, kept(process, w, c)) for w in LAWS for c in MASSES]
    return [keep for *_, keep in cases], [_eta(w, c, np.log(2)) for w, c, _ in cases]


@distribution(
    source="vllm, transformers and others: nuclei in half precision",
    given=dict(process=processors.top_p),
)
def the_nucleus_survives_half_precision(process: Process):
    r"""A half, 128 tokens of 1/512 and 256 of 1/1024, in bfloat16: sets of 1, 129 and 385 tokens.

    A mass of $10^{-8}$ keeps the likeliest token.
    """
    found = [np.asarray(process(_peaked(), p), np.float32) for p in (0.4, 0.6, 0.9, 1e-8)]
    return [int((x > -np.inf).sum()) for x in found], [1, 129, 385, 1]


@the_nucleus_survives_half_precision.mutant
def the_nucleus_survives_sums_in_half_precision(process):
    return [_half(p) for p in (0.4, 0.6, 0.9, 1e-8)], [1, 129, 385, 1]


def _peaked() -> Array:
    weights = np.concatenate([[512.0], np.full(128, 2.0), np.full(256, 1.0)])
    return jnp.log(jnp.asarray(weights)).astype(jnp.bfloat16)


def _half(mass: float) -> int:
    """The size of the set where probabilities are added up in bfloat16, one after the other."""
    order = np.sort(np.asarray(softmax(_peaked())))[::-1]
    before = np.add.accumulate(order) - order
    return int((order >= order[before.astype(np.float32) < mass].min()).sum())


def _typical(weights: np.ndarray, mass: float) -> np.ndarray:
    p = weights / weights.sum()
    distance = np.abs(np.log(p) - (p * np.log(p)).sum())
    closed = [s for s in subsets(len(p)) if distance[s].max() < min(distance[~s], default=np.inf)]
    return min((s for s in closed if p[s].sum() >= mass), key=np.sum)


def _eta(weights: np.ndarray, cutoff: float, unit: float) -> np.ndarray:
    p = weights / weights.sum()
    entropy = -(p * np.log(p)).sum() / unit
    return (p >= min(cutoff, np.sqrt(cutoff) * np.exp(-entropy))) | (p == p.max())
