"""What is true of attention rollout."""

import itertools
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions.rollout import attention_rollout
from jaxmath.definitions.softmax import softmax
from jaxmath.verify.claim import distribution, identity

ABNAR = "Abnar & Zuidema 2020, Quantifying attention flow in transformers, arXiv:2005.00928"
Scalar = Float[Array, ""]
Layers = Float[Array, "l n n"]
WEIGHTS = np.array([[[4, 0, 0], [1, 3, 0], [1, 1, 2]], [[4, 0, 0], [3, 1, 0], [0, 2, 2]]]) / 4


@identity(source=ABNAR, at=dict(l=3, n=2))
def rolled_out_weights_are_laws(x: Layers, r: Scalar):
    r"""Rows of the rollout of any attention weights add up to one, whatever passes unchanged."""
    return attention_rollout(softmax(x), r).sum(1), jnp.ones(2)


@rolled_out_weights_are_laws.mutant
def columns_of_rolled_out_weights_are_laws(x, r):
    return attention_rollout(softmax(x), r).sum(0), jnp.ones(2)


@identity(source=f"{ABNAR}; triangular matrices", at=dict(l=2, n=3))
def rolled_out_causal_weights_are_causal(x: Layers, r: Scalar):
    r"""What no layer sees the rollout does not; a position keeps $\prod_l ((1 - r) a_l + r)$ of itself."""
    found = attention_rollout(jnp.tril(x), r)
    kept = ((1 - r) * jnp.diagonal(x, axis1=1, axis2=2) + r).prod(0)
    return (jnp.triu(found, 1), jnp.diagonal(found)), (jnp.zeros((3, 3)), kept)


@rolled_out_causal_weights_are_causal.mutant
def rolled_out_causal_weights_keep_the_residual_only(x, r):
    found = attention_rollout(jnp.tril(x), r)
    return (jnp.triu(found, 1), jnp.diagonal(found)), (jnp.zeros((3, 3)), jnp.full(3, r**2))


@identity(source="means are idempotent", at=dict(n=3))
def layers_that_look_everywhere_forget_in_proportion(x: Float[Array, " n"], r: Scalar):
    r"""Where every layer takes the mean of all positions, $r^L$ of each is left and the rest is the mean."""
    found = attention_rollout(jnp.full((3, 3, 3), 1 / jnp.asarray(3.0)), r) @ x
    return found, r**3 * x + (1 - r**3) * x.mean()


@layers_that_look_everywhere_forget_in_proportion.mutant
def layers_that_look_everywhere_forget_at_once(x, r):
    found = attention_rollout(jnp.full((3, 3, 3), 1 / jnp.asarray(3.0)), r) @ x
    return found, r * x + (1 - r) * x.mean()


def _walks(weights: np.ndarray) -> list[list[Fraction]]:
    """Where walks end that go down the layers, each way with its probability."""
    layers, n, _ = weights.shape
    found = [[Fraction(0)] * n for _ in range(n)]
    for start, *way in itertools.product(range(n), repeat=layers + 1):
        chance = Fraction(1)
        for layer, (i, j) in zip(weights[::-1], itertools.pairwise([start, *way]), strict=True):
            chance *= (Fraction(layer[i, j]) + (i == j)) / 2
        found[start][way[-1]] += chance
    return found


def _rolled(weights: np.ndarray) -> list[list[Fraction]]:
    found = np.asarray(attention_rollout(jnp.asarray(weights)))
    return [[Fraction(float(x)) for x in row] for row in found]


@distribution(source=ABNAR)
def a_rollout_is_the_law_of_a_walk_down_the_layers():
    r"""All ways from the last layer to the first: a coin to stay, and else where attention looks."""
    return _rolled(WEIGHTS), _walks(WEIGHTS)


@a_rollout_is_the_law_of_a_walk_down_the_layers.mutant
def a_rollout_is_the_law_of_a_walk_up_the_layers():
    return _rolled(WEIGHTS), _walks(WEIGHTS[::-1])
