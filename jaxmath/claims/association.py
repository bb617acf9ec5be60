"""What is true of associations of embeddings."""

import itertools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.claims.processors._laws import Process
from jaxmath.definitions import association
from jaxmath.verify.claim import bound, distribution, identity

CALISKAN = "Caliskan, Bryson & Narayanan 2017, arXiv:1608.07187, methods"
Set = Float[Array, "n d"]


@identity(source=CALISKAN, at=dict(n=2, d=2))
def weat_changes_sign_with_either_pair(x: Set, y: Set, a: Set, b: Set):
    r"""$d(X, Y, A, B) = -d(Y, X, A, B) = -d(X, Y, B, A)$."""
    d = _weat(x, y, a, b)
    return (d, d), (-_weat(y, x, a, b), -_weat(x, y, b, a))


@weat_changes_sign_with_either_pair.mutant
def weat_keeps_its_sign(x, y, a, b):
    d = _weat(x, y, a, b)
    return (d, d), (_weat(y, x, a, b), _weat(x, y, b, a))


@identity(source=CALISKAN)
def weat_ignores_rotations(x: Float[Array, "2 2"], y: Float[Array, "2 2"], t: Float[Array, ""]):
    r"""Only angles count: all embeddings may be turned by one rotation."""
    one, other = jnp.eye(2), jnp.array([[0.0, 1.0], [-1.0, 0.0]])
    turn = jnp.cos(t) * one + jnp.sin(t) * other
    return association.association(x @ turn, y @ turn, turn), association.association(x, y, one)


@weat_ignores_rotations.mutant
def weat_ignores_shears(x, y, t):
    shear = jnp.eye(2) + t * jnp.array([[0.0, 1.0], [0.0, 0.0]])
    return association.association(x @ shear, y @ shear, shear), association.association(x, y, jnp.eye(2))


@identity(source=CALISKAN)
def weat_ignores_lengths(x: Float[Array, "2 2"], y: Float[Array, "2 2"], c: Float[Array, "2"]):
    r"""Any embedding may be made longer, on its own."""
    longer = jnp.exp(c)[:, None]
    return association.association(longer * x, longer * y, x), association.association(x, y, x)


@weat_ignores_lengths.mutant
def weat_ignores_shifts(x, y, c):
    moved = c[:, None]
    return association.association(moved + x, moved + y, x), association.association(x, y, x)


@identity(source="analysis of variance", at=dict(n=3))
def the_variance_splits_into_within_and_between(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$d^2 = 4 \Delta^2 / (4 V + \Delta^2)$, $\Delta$ the difference of means, $V$ the mean variance within.

    So $|d| \le 2$ for sets of one size, attained where nothing varies within.
    """
    within = (((x - x.mean()) ** 2).mean() + ((y - y.mean()) ** 2).mean()) / 2
    gap = (x.mean() - y.mean()) ** 2
    return association.effect_size(x, y) ** 2, 4 * gap / (4 * within + gap)


@the_variance_splits_into_within_and_between.mutant
def the_variance_is_that_of_a_sample(x, y):
    within = (((x - x.mean()) ** 2).mean() + ((y - y.mean()) ** 2).mean()) / 2
    gap = (x.mean() - y.mean()) ** 2
    return association.effect_size(x, y) ** 2, 4 * gap / (4 * within + gap) * 5 / 6


@bound(source=CALISKAN, at=dict(n=2), box=dict(x=(0.25, 1)), sharp=dict(x=[0.5, 0.5]), slack=0.01)
def weat_is_at_most_two(x: Float[Array, " n"]):
    r"""$d \le 2$ for population deviations and sets of one size; here against two words at $-1/2$."""
    return association.effect_size(x, jnp.full(2, -0.5, x.dtype)), jnp.full((), 2.0)


@weat_is_at_most_two.mutant
def weat_is_at_most_two_for_sets_of_any_size(x):
    return association.effect_size(x, jnp.full(1, -0.5, x.dtype)), jnp.full((), 2.0)


@distribution(source=CALISKAN, given=dict(p_value=association.permutation_p_value))
def the_p_value_is_the_share_of_splits_as_extreme(p_value: Process):
    r"""Of the 20 ways to choose three of six words; so it is a multiple of 1/20 and at least that."""
    sets = [np.array(s) for s in itertools.permutations((0, 1, 2, 4, 8, 16), 3)][::7]
    other = [np.setdiff1d([0, 1, 2, 4, 8, 16], s) for s in sets]
    found = [
        float(p_value(jnp.asarray(s / 16), jnp.asarray(o / 16))) for s, o in zip(sets, other, strict=True)
    ]
    splits = [sum(c) for c in itertools.combinations((0, 1, 2, 4, 8, 16), 3)]
    return [round(20 * p) for p in found], [sum(total >= s.sum() for total in splits) for s in sets]


@the_p_value_is_the_share_of_splits_as_extreme.mutant
def the_p_value_counts_greater_splits_only(p_value):
    sets, other = np.array([4, 8, 16]), np.array([0, 1, 2])
    return [round(20 * float(p_value(jnp.asarray(sets / 16), jnp.asarray(other / 16))))], [0]


@bound(
    source="Birkhoff 1957, contraction in Hilbert's metric",
    box=dict(a=(-2, 2), t=(0, 4)),
    slack=0.02,
    sharp=dict(a=-1.0, t=2.0),
)
def an_exchanged_word_moves_the_answer_by_the_spread_of_its_scores(a: Float[Array, ""], t: Float[Array, ""]):
    r"""The gap is at most $\tanh(\mathrm{osc}(x - x') / 4)$; a constant added to the scores is no gap."""
    x = jnp.stack([a, jnp.zeros_like(a)])
    moved = jnp.stack([a + t + 1, jnp.ones_like(a)])
    return association.counterfactual_gap(x, moved), jnp.tanh(t / 4)


@an_exchanged_word_moves_the_answer_by_the_spread_of_its_scores.mutant
def an_exchanged_word_moves_the_answer_by_a_fifth_of_the_spread(a, t):
    x = jnp.stack([a, jnp.zeros_like(a)])
    moved = jnp.stack([a + t + 1, jnp.ones_like(a)])
    return association.counterfactual_gap(x, moved), jnp.tanh(t / 5)


def _weat(x: Array, y: Array, a: Array, b: Array) -> Array:
    return association.effect_size(association.association(x, a, b), association.association(y, a, b))
