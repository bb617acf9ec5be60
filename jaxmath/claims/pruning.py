"""What is true of pruning."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32

from jaxmath.definitions import brain_damage_saliency, keep_largest, keep_n_of_m, wanda_scores
from jaxmath.verify.claim import distribution, identity

HAN = "Han et al. 2015, arXiv:1506.02626"
SUN = "Sun et al. 2023, Wanda, arXiv:2306.11695"
MISHRA = "Mishra et al. 2021, arXiv:2104.08378"
# All vectors of four of these numbers.
WEIGHTS = np.array(list(itertools.product((-3, -1, 0, 1, 2), repeat=4)), np.float32)
PAIRS = [np.array(kept) for kept in itertools.combinations(range(4), 2)]
Weights = Float32[Array, "625 4"]


def _lost(w, masks) -> list[int]:
    """What is pruned away, squared."""
    return [int(x) for x in (np.where(np.asarray(masks), 0, np.asarray(w)) ** 2).sum(1)]


def _least(w) -> list[int]:
    """The least that any choice of two out of four weights loses."""
    squares = np.asarray(w) ** 2
    return [int(row.sum() - max(row[kept].sum() for kept in PAIRS)) for row in squares]


@distribution(source=f"{HAN}; best k-term approximation", given=dict(w=WEIGHTS))
def the_largest_weights_are_the_best_approximation(w: Weights):
    r"""Of all masks that keep two of four weights, the two largest lose the least in the Euclidean norm."""
    return _lost(w, jax.vmap(lambda w: keep_largest(jnp.abs(w), 2))(w)), _least(w)


@the_largest_weights_are_the_best_approximation.mutant
def the_greatest_weights_are_the_best_approximation(w):
    return _lost(w, jax.vmap(lambda w: keep_largest(w, 2))(w)), _least(w)


@distribution(source=f"{MISHRA}, section 3", given=dict(w=WEIGHTS))
def two_of_four_are_kept_and_no_more(w: Weights):
    r"""Every four in a row keep exactly two, zeros and equal weights included; no two of four are better."""
    masks = jax.vmap(lambda w: keep_n_of_m(jnp.abs(w), 2, 4))(jnp.concatenate([w, w[::-1]], 1))
    halves = np.asarray(masks).reshape(-1, 2, 4)
    return (halves.sum(2), _lost(w, halves[:, 0])), (np.full((625, 2), 2), _least(w))


@two_of_four_are_kept_and_no_more.mutant
def half_of_eight_are_two_of_four(w):
    masks = jax.vmap(lambda w: keep_largest(jnp.abs(w), 4))(jnp.concatenate([w, w[::-1]], 1))
    halves = np.asarray(masks).reshape(-1, 2, 4)
    return (halves.sum(2), _lost(w, halves[:, 0])), (np.full((625, 2), 2), _least(w))


@identity(source=f"{SUN}, eq. (1) and section 3; LeCun et al. 1989, eq. (5)", at=dict(n=3, d=2, f=2))
def wanda_is_brain_damage_of_a_linear_layer(size: Float[Array, "d f"], x: Float[Array, "n d"]):
    r"""The squared score is twice the saliency under $H = x^\top x$; here for positive weights $e^a$."""
    w = jnp.exp(size)
    damage = jax.vmap(lambda row: brain_damage_saliency(row, x.T @ x))(w.T).T
    return wanda_scores(w, x) ** 2, 2 * damage


@wanda_is_brain_damage_of_a_linear_layer.mutant
def magnitude_is_brain_damage_of_a_linear_layer(size, x):
    w = jnp.exp(size)
    damage = jax.vmap(lambda row: brain_damage_saliency(row, x.T @ x))(w.T).T
    return jnp.abs(w) ** 2, 2 * damage


@identity(source=f"{SUN}, section 3: the error of one removed weight", at=dict(n=3, d=2, f=2))
def a_removed_weight_costs_its_squared_score(size: Float[Array, "d f"], x: Float[Array, "n d"]):
    r"""$\lVert x W - x W' \rVert^2$ is the squared score of the one weight that $W'$ lacks.

    Here for positive weights.
    """
    w = jnp.exp(size)
    pruned = w.at[1, 0].set(0.0)
    return ((x @ w - x @ pruned) ** 2).sum(), wanda_scores(w, x)[1, 0] ** 2


@a_removed_weight_costs_its_squared_score.mutant
def two_removed_weights_cost_their_squared_scores(size, x):
    w = jnp.exp(size)
    pruned = w.at[:, 0].set(0.0)
    return ((x @ w - x @ pruned) ** 2).sum(), (wanda_scores(w, x)[:, 0] ** 2).sum()


@identity(source=f"{SUN}; positive scales of activations", at=dict(n=3, d=2, f=1))
def wanda_scores_ignore_a_scale_that_moves(
    size: Float[Array, "d f"], x: Float[Array, "n d"], s: Float[Array, " d"]
):
    r"""A factor moved from the inputs to (positive) weights changes no score, as it changes no product."""
    w, scale = jnp.exp(size), jnp.exp(s)
    return wanda_scores(scale[:, None] * w, x / scale[None, :]), wanda_scores(w, x)


@wanda_scores_ignore_a_scale_that_moves.mutant
def magnitudes_ignore_a_scale_that_moves(size, x, s):
    return jnp.exp(s)[:, None] * jnp.exp(size), jnp.exp(size)
