"""What is true of attention flow."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.definitions.attention_flow import attention_flow, maximum_flow
from jaxmath.definitions.rollout import attention_rollout
from jaxmath.verify.claim import distribution

ABNAR = "Abnar & Zuidema 2020, Quantifying attention flow in transformers, arXiv:2005.00928"
FORD = "Ford & Fulkerson 1956, Maximal flow through a network"
# Weights in sixteenths, so that all sums and products here are exact.
RAISED = np.random.default_rng(1).multinomial(16, np.ones(3) / 3, (4, 2, 3)) / 16
CAUSAL = np.array([[[16, 0, 0], [4, 12, 0], [2, 6, 8]], [[16, 0, 0], [8, 8, 0], [1, 10, 5]]]) / 16
ONE_WAY = np.array([[0, 4, 2, 0, 0], [0, 0, 1, 3, 0], [0, 0, 0, 0, 5], [0, 0, 2, 0, 1], [0, 0, 0, 0, 0]])

_flow = jax.jit(attention_flow)


def _flows(weights: np.ndarray) -> list[Fraction]:
    return [Fraction(float(x)) for x in np.asarray(_flow(jnp.asarray(weights))).ravel()]


def _rollouts(weights: np.ndarray) -> list[Fraction]:
    return [Fraction(float(x)) for x in np.asarray(attention_rollout(jnp.asarray(weights))).ravel()]


def _cuts(capacity: np.ndarray, source: int, sink: int) -> list[int]:
    """What crosses from one side to the other, for every way to part the two ends."""
    n = len(capacity)
    found = []
    for sides in itertools.product((False, True), repeat=n):
        side = np.array(sides)
        if side[source] and not side[sink]:
            found.append(int(capacity[side][:, ~side].sum()))
    return found


def _pairs(n: int) -> list[tuple[int, int]]:
    return list(itertools.permutations(range(n), 2))


def _maxima(capacity: np.ndarray) -> list[int]:
    find = jax.jit(jax.vmap(maximum_flow, (None, 0, 0)))
    ends = np.array(_pairs(len(capacity)))
    found = find(jnp.asarray(capacity, jnp.float32), jnp.asarray(ends[:, 0]), jnp.asarray(ends[:, 1]))
    return [int(x) for x in found]


@distribution(source=FORD)
def the_maximal_flow_is_the_minimal_cut():
    r"""Between any two nodes of a network of five, against all ways to part them."""
    return _maxima(ONE_WAY), [min(_cuts(ONE_WAY, *ends)) for ends in _pairs(5)]


@the_maximal_flow_is_the_minimal_cut.mutant
def the_maximal_flow_is_what_leaves_and_arrives():
    bounds = [int(min(ONE_WAY[i].sum(), ONE_WAY[:, j].sum())) for i, j in _pairs(5)]
    return _maxima(ONE_WAY), bounds


@distribution(source=f"{ABNAR}; a rollout is one way to send a unit")
def attention_flow_is_at_least_attention_rollout():
    r"""What a rollout sends down to an input fits through all edges, so that the maximum is no less."""
    pairs = [(f, r) for w in RAISED for f, r in zip(_flows(w), _rollouts(w), strict=True)]
    return [max(f, r) for f, r in pairs], [f for f, _ in pairs]


@attention_flow_is_at_least_attention_rollout.mutant
def attention_flow_is_attention_rollout():
    return [f for w in RAISED for f in _flows(w)], [r for w in RAISED for r in _rollouts(w)]


@distribution(source=ABNAR)
def the_flow_of_one_layer_is_its_rollout():
    r"""There is one way only from a position to an input."""
    return [_flows(w[:1]) for w in RAISED], [_rollouts(w[:1]) for w in RAISED]


@the_flow_of_one_layer_is_its_rollout.mutant
def the_flow_of_one_layer_is_its_attention():
    plain = [[Fraction(float(x)) for x in w[0].ravel()] for w in RAISED]
    return [_flows(w[:1]) for w in RAISED], plain


@distribution(source=ABNAR)
def attention_flow_is_at_most_one_and_not_a_law():
    r"""No more than one can leave a position; flows to all inputs, each alone, add up to more here."""
    flows = [_flows(w) for w in RAISED]
    over = [sum(f[i : i + 3]) > 1 for f in flows for i in (0, 3, 6)]
    return [max(f) <= 1 for f in flows] + over, [True] * (len(flows) + len(over))


@attention_flow_is_at_most_one_and_not_a_law.mutant
def attention_flow_is_a_law():
    flows = [_flows(w) for w in RAISED]
    return [sum(f[i : i + 3]) for f in flows for i in (0, 3, 6)], [Fraction(1)] * (3 * len(flows))


@distribution(source=ABNAR)
def attention_flow_of_causal_weights_is_causal():
    r"""Nothing flows to a later input, and all of the first position's flow stays there."""
    f = np.array(_flows(CAUSAL)).reshape(3, 3)
    return [f[0, 1], f[0, 2], f[1, 2], f[0, 0]], [Fraction(x) for x in (0, 0, 0, 1)]


@attention_flow_of_causal_weights_is_causal.mutant
def attention_flow_goes_up():
    f = np.array(_flows(CAUSAL)).reshape(3, 3).T
    return [f[0, 1], f[0, 2], f[1, 2], f[0, 0]], [Fraction(x) for x in (0, 0, 0, 1)]
