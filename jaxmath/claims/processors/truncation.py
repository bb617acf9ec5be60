"""Processors: truncation to the likeliest tokens."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process, kept, laws, subsets
from jaxmath.definitions import log_softmax, logsumexp, processors, softmax
from jaxmath.verify.claim import bound, distribution, identity

HOLTZMAN = "Holtzman et al. 2020, arXiv:1904.09751, eq. (2)"
ELEMENTARY = "elementary"
LAWS = laws(4, 16)
# Odd numbers of 32nds: never a sum of whole 16ths, so that no rounding decides.
MASSES = (1 / 32, 11 / 32, 17 / 32, 25 / 32, 31 / 32)
SOME = np.array([True, False, True, False])
Logits = Float[Array, " v"]


@identity(source=ELEMENTARY, at=dict(v=4), given=dict(keep=SOME))
def truncation_costs_the_logarithm_of_the_mass_that_is_kept(x: Logits, keep: Array):
    r"""$\mathrm{KL}(p_S \Vert p) = -\log p(S)$, whatever the set $S$."""
    cut = processors.ban(x, ~keep)
    divergence = softmax(cut)[SOME] @ (log_softmax(cut) - log_softmax(x))[SOME]
    return divergence, logsumexp(x) - logsumexp(x[SOME])


@truncation_costs_the_logarithm_of_the_mass_that_is_kept.mutant
def truncation_costs_the_logarithm_of_the_mass_that_is_cut(x, keep):
    cut = processors.ban(x, ~keep)
    divergence = softmax(cut)[SOME] @ (log_softmax(cut) - log_softmax(x))[SOME]
    return divergence, logsumexp(x) - logsumexp(x[~SOME])


@identity(source=ELEMENTARY, at=dict(v=3))
def temperature_raises_odds_to_a_power(x: Logits, t: Float[Array, ""]):
    r"""$\log (p_i / p_j)$ is divided by $T$."""
    log_p = jnp.log(softmax(processors.temperature(x, t)))
    plain = jnp.log(softmax(x))
    return t * (log_p[:, None] - log_p[None, :]), plain[:, None] - plain[None, :]


@temperature_raises_odds_to_a_power.mutant
def temperature_multiplies_log_odds(x, t):
    log_p = jnp.log(softmax(processors.temperature(x, t)))
    plain = jnp.log(softmax(x))
    return log_p[:, None] - log_p[None, :], t * (plain[:, None] - plain[None, :])


@bound(source=ELEMENTARY, box=dict(gap=(0.5, 4), other=(0, 4)), sharp=dict(gap=0.5, other=0), slack=1e-3)
def cold_sampling_is_greedy(gap: Float[Array, ""], other: Float[Array, ""]):
    r"""$1 - p_{\max} \le \epsilon / (1 + \epsilon)$ for $\epsilon = (v - 1) e^{-\Delta / T}$."""
    x = jnp.stack([jnp.zeros_like(gap), -gap, -gap - other])
    rest = 2 * jnp.exp(-gap / 0.5)
    return softmax(processors.temperature(x, 0.5))[1:].sum(), rest / (1 + rest)


@cold_sampling_is_greedy.mutant
def cold_sampling_is_greedy_with_the_temperature_upside_down(gap, other):
    x = jnp.stack([jnp.zeros_like(gap), -gap, -gap - other])
    rest = 2 * jnp.exp(-gap / 0.5)
    return softmax(processors.temperature(x, 2.0))[1:].sum(), rest / (1 + rest)


@distribution(source="Fan, Lewis & Dauphin 2018, arXiv:1805.04833", given=dict(process=processors.top_k))
def top_k_keeps_the_most_mass_that_k_tokens_can_have(process: Process):
    r"""$|S| = k$, and no other $k$ tokens are likelier: TV and KL to the model are as small as can be."""
    cases = [(w, k, kept(process, w, k)) for w in LAWS for k in (1, 2, 3)]
    best = [max(w[list(c)].sum() for c in itertools.combinations(range(4), k)) for w, k, _ in cases]
    return [(keep.sum(), w[keep].sum()) for w, _, keep in cases], [
        (k, b) for (_, k, _), b in zip(cases, best, strict=True)
    ]


@top_k_keeps_the_most_mass_that_k_tokens_can_have.mutant
def top_k_keeps_one_token_more(process):
    cases = [(w, k, kept(process, w, k)) for w in LAWS for k in (1, 2, 3)]
    return [keep.sum() for _, _, keep in cases], [k + 1 for _, k, _ in cases]


@distribution(source=HOLTZMAN, given=dict(process=processors.top_p))
def the_nucleus_is_the_smallest_set_of_its_mass(process: Process):
    r"""The set has mass $P$ or more, no smaller set has, and none of its size has more mass."""
    cases = [(w, p, kept(process, w, p)) for w in LAWS for p in MASSES]
    return [(keep.sum(), w[keep].sum()) for w, _, keep in cases], [_smallest(w, p) for w, p, _ in cases]


@the_nucleus_is_the_smallest_set_of_its_mass.mutant
def the_nucleus_ends_before_the_token_that_crosses(process):
    """As in several public decoders: the crossing token is dropped, and a small mass leaves nothing."""
    cases = [(w, p, kept(_inclusive, w, p)) for w in LAWS for p in MASSES]
    return [(keep.sum(), w[keep].sum()) for w, _, keep in cases], [_smallest(w, p) for w, p, _ in cases]


@distribution(source=HOLTZMAN, given=dict(process=processors.top_p))
def the_nucleus_holds_the_token_that_meets_the_mass_exactly(process: Process):
    r"""For $p = (\frac12, \frac14, \frac14)$ the nucleus of mass $\frac12$ is the first token alone."""
    w = np.array([1, 2, 1])
    left = np.stack([kept(process, w, p) for p in (0.5, 0.0625, 1.0)])
    return left, np.array([[False, True, False], [False, True, False], [True, True, True]])


@the_nucleus_holds_the_token_that_meets_the_mass_exactly.mutant
def the_nucleus_goes_on_until_the_mass_is_exceeded(process):
    w = np.array([1, 2, 1])
    return kept(process, w, 0.5), np.ones(3, bool)


@distribution(source="Nguyen et al. 2024, arXiv:2407.01082, section 4", given=dict(process=processors.min_p))
def min_p_is_a_share_of_the_greatest_probability(process: Process):
    r"""Kept are the tokens with $p_i \ge b \max p$; so $|S| \le 1 / (b \max p)$."""
    cases = [(w, b, kept(process, w, b)) for w in LAWS for b in (1 / 32, 9 / 32, 17 / 32)]
    left = [(keep, keep.sum() * b * w.max() <= 16) for w, b, keep in cases]
    return left, [(w >= b * w.max(), True) for w, b, _ in cases]


@min_p_is_a_share_of_the_greatest_probability.mutant
def min_p_is_a_share_of_one(process):
    cases = [(w, b, kept(process, w, b)) for w in LAWS for b in (1 / 32, 9 / 32, 17 / 32)]
    return [keep for *_, keep in cases], [w >= b * 16 for w, b, _ in cases]


def _inclusive(logits: Array, p: float) -> Array:
    order = jnp.sort(softmax(logits), descending=True)
    last = jnp.min(jnp.where(jnp.cumsum(order) <= p, order, jnp.inf))
    return jnp.where(softmax(logits) >= last, logits, -jnp.inf)


def _smallest(weights: np.ndarray, p: float) -> tuple[int, int]:
    """The least size of a set whose mass is at least P, and the greatest mass of a set of that size."""
    sets = [s for s in subsets(len(weights)) if weights[s].sum() >= p * weights.sum()]
    size = min(int(s.sum()) for s in sets)
    return size, max(int(weights[s].sum()) for s in sets if s.sum() == size)
