"""Processors: what does not change what they do, and in which order they may come."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jaxmath.claims.processors._laws import Process, kept, laws
from jaxmath.definitions import processors, softmax
from jaxmath.verify.claim import distribution

ELEMENTARY = "elementary"
LAWS = laws(4, 14)
TRUNCATIONS = {
    "top_k": (processors.top_k, 2),
    "top_p": (processors.top_p, 19 / 32),
    "min_p": (processors.min_p, 9 / 32),
    "typical": (processors.typical, 19 / 32),
    "epsilon": (processors.epsilon, 5 / 32),
    "eta": (processors.eta, 5 / 32),
}
Numbers = dict[str, tuple]


@distribution(source=ELEMENTARY, given=dict(truncations=TRUNCATIONS))
def truncation_follows_a_permutation_of_the_vocabulary(truncations: Numbers):
    r"""Tokens may be numbered in any order; ties stay or go together."""
    w, orders = np.array([5, 5, 3]), [np.array(order) for order in itertools.permutations(range(3))]
    left = {name: [kept(f, w[order], a) for order in orders] for name, (f, a) in truncations.items()}
    return left, {name: [kept(f, w, a)[order] for order in orders] for name, (f, a) in truncations.items()}


@truncation_follows_a_permutation_of_the_vocabulary.mutant
def truncation_by_rank_follows_a_permutation(truncations):
    """Exactly k places of a sorted vocabulary: which of two equal tokens stays depends on their numbers."""

    def ranked(x: Array, k: int) -> Array:
        return jnp.where(jnp.argsort(jnp.argsort(-x, stable=True)) < k, x, -jnp.inf)

    w, orders = np.array([5, 5, 3]), [np.array(order) for order in itertools.permutations(range(3))]
    return [kept(ranked, w[order], 1) for order in orders], [kept(ranked, w, 1)[order] for order in orders]


@distribution(source=ELEMENTARY, given=dict(truncations=TRUNCATIONS))
def truncation_ignores_a_shift(truncations: Numbers):
    r"""Scores are known up to a constant; what is kept does not depend on it."""
    left = {name: [kept(_shifted(f), w, a) for w in LAWS] for name, (f, a) in truncations.items()}
    return left, {name: [kept(f, w, a) for w in LAWS] for name, (f, a) in truncations.items()}


@truncation_ignores_a_shift.mutant
def truncation_at_a_score_ignores_a_shift(truncations):
    def cut(x: Array, at: float) -> Array:
        return jnp.where(x >= at, x, -jnp.inf)

    return [kept(_shifted(cut), w, 1.0) for w in LAWS], [kept(cut, w, 1.0) for w in LAWS]


@distribution(source=ELEMENTARY, given=dict(truncations=TRUNCATIONS))
def truncation_leaves_at_least_one_token(truncations: Numbers):
    r"""Nothing empties the vocabulary, however small its argument."""
    left = {name: [bool(kept(f, w, _least(a)).any()) for w in LAWS] for name, (f, a) in truncations.items()}
    return left, {name: [True for _ in LAWS] for name in truncations}


@truncation_leaves_at_least_one_token.mutant
def truncation_at_a_probability_leaves_at_least_one_token(truncations):
    def cut(x: Array, at: float) -> Array:
        return jnp.where(softmax(x) >= at, x, -jnp.inf)

    return [bool(kept(cut, w, 0.75).any()) for w in LAWS], [True for _ in LAWS]


@distribution(source=ELEMENTARY)
def top_k_min_p_and_bans_may_be_repeated():
    r"""Twice is once, for sets that are told by order, by odds or by name."""
    fs = {
        "top_k": lambda x: processors.top_k(x, 2),
        "min_p": lambda x: processors.min_p(x, 9 / 32),
        "ban": lambda x: processors.ban(x, jnp.array([True, False, False, True])),
    }
    twice = {n: [kept(processors.compose(f, f), w) for w in LAWS] for n, f in fs.items()}
    return twice, {n: [kept(f, w) for w in LAWS] for n, f in fs.items()}


@top_k_min_p_and_bans_may_be_repeated.mutant
def top_p_may_be_repeated():
    """The second nucleus is one of the law that the first left, which is more concentrated."""

    def f(x: Array) -> Array:
        return processors.top_p(x, 23 / 32)

    return [kept(processors.compose(f, f), w) for w in LAWS], [kept(f, w) for w in LAWS]


@distribution(source=ELEMENTARY)
def top_k_and_temperature_may_change_places():
    r"""The order of the tokens does not depend on $T$."""
    return _both_orders(lambda x: processors.top_k(x, 2))


@top_k_and_temperature_may_change_places.mutant
def min_p_and_temperature_may_change_places():
    return _both_orders(lambda x: processors.min_p(x, 9 / 32))


@top_k_and_temperature_may_change_places.mutant
def top_p_and_temperature_may_change_places():
    return _both_orders(lambda x: processors.top_p(x, 19 / 32))


def _both_orders(f: Process) -> tuple[list[np.ndarray], list[np.ndarray]]:
    def warm(x: Array) -> Array:
        return processors.temperature(x, 2.0)

    before, after = processors.compose(f, warm), processors.compose(warm, f)
    return [kept(before, w) for w in LAWS], [kept(after, w) for w in LAWS]


def _shifted(f: Process) -> Process:
    return lambda x, *args: f(x + 3.0, *args)


def _least(argument: float) -> float:
    return 1 if isinstance(argument, int) else 2.0**-60
