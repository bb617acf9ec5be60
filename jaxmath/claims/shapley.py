"""What is true of Shapley values."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxmath.definitions import (
    baseline_shapley,
    coalitions,
    gradient_times_input,
    integrated_gradients,
    quadrature,
    shapley_values,
)
from jaxmath.verify.claim import identity

SHAPLEY = "Shapley 1953, A value for n-person games"
AUMANN = "Sundararajan & Najmi 2019, arXiv:1908.08474, on Aumann-Shapley and Shapley-Shubik"
Worths = Float[Array, "8"]
Row = Float[Array, " d"]


@identity(source=f"{SHAPLEY}, axiom 2: efficiency")
def shapley_values_add_up_to_the_whole(worths: Worths):
    r"""$\sum_i \phi_i = v(N) - v(\emptyset)$, here of three players."""
    return shapley_values(worths).sum(), worths[7] - worths[0]


@shapley_values_add_up_to_the_whole.mutant
def what_is_lost_without_each_player_adds_up_to_the_whole(worths):
    without = worths[jnp.array([3, 5, 6])]
    return (worths[7] - without).sum(), worths[7] - worths[0]


@shapley_values_add_up_to_the_whole.mutant
def means_over_all_coalitions_add_up_to_the_whole(worths):
    """Banzhaf's value."""
    signs = jnp.where(coalitions(3), 1.0, -1.0).astype(worths.dtype)
    return (worths @ signs).sum() / 4, worths[7] - worths[0]


@identity(source=f"{SHAPLEY}, section 3: random orders")
def shapley_values_are_means_over_orders(worths: Worths):
    r"""Of what a player adds to those who came before, over all $3!$ orders."""
    return shapley_values(worths), _over_orders(worths, list(itertools.permutations(range(3))))


@shapley_values_are_means_over_orders.mutant
def shapley_values_are_means_over_rotations_of_one_order(worths):
    return shapley_values(worths), _over_orders(worths, [(0, 1, 2), (1, 2, 0), (2, 0, 1)])


def _over_orders(worths: Array, orders: list[tuple[int, ...]]) -> Array:
    gains = np.zeros((3, 8))
    for order in orders:
        for place, player in enumerate(order):
            before = sum(4 >> i for i in order[:place])
            gains[player, before + (4 >> player)] += 1
            gains[player, before] -= 1
    return jnp.asarray(gains, worths.dtype) @ worths / len(orders)


@identity(source=f"{SHAPLEY}, axioms 1 and 3: symmetry, additivity; a dummy adds its own worth")
def equals_share_alike_and_dummies_keep_their_own(
    worths: Float[Array, "4"], others: Worths, own: Float[Array, ""]
):
    r"""$\phi_1 = \phi_2$ where $v$ counts only how many of them there are; games add up.

    Player 3 brings `own` to every coalition, and gets it.
    """
    count = coalitions(3)[:, :2].sum(1)
    alone = jnp.where(coalitions(3)[:, 2], own, 0 * own)
    symmetric = worths[count] + alone
    first, second, dummy = shapley_values(symmetric)
    both = shapley_values(symmetric + others)
    return (first, dummy, both), (second, own, shapley_values(symmetric) + shapley_values(others))


@equals_share_alike_and_dummies_keep_their_own.mutant
def equals_share_alike_whatever_the_third_thinks_of_them(worths, others, own):
    first, second, _ = shapley_values(others)
    return (first, own, first), (second, own, first)


def _quadratic(a: Array, b: Array):
    return lambda x: x @ a @ x + b @ x


@identity(source=AUMANN, at=dict(d=3))
def shapley_values_of_a_quadratic_are_integrated_gradients(x: Row, base: Row, a: Float[Array, "d d"], b: Row):
    r"""For $f = x^\top A x + b^\top x$ and any baseline: a product is shared alike by both."""
    f = _quadratic(a, b)
    return baseline_shapley(f, x, base), integrated_gradients(f, x, base, quadrature.gauss_legendre(1))


@shapley_values_of_a_quadratic_are_integrated_gradients.mutant
def shapley_values_of_a_cubic_are_integrated_gradients(x, base, a, b):
    r"""Of $x_1^2 x_2$ Shapley gives a half to each, integrated gradients two thirds to the first."""

    def f(x):
        return x[0] ** 2 * x[1]

    rule = jax.tree.map(lambda w: w.astype(x.dtype), quadrature.gauss_legendre(2))
    return baseline_shapley(f, x, 0 * x), integrated_gradients(f, x, 0 * x, rule)


@shapley_values_of_a_quadratic_are_integrated_gradients.mutant
def shapley_values_of_a_quadratic_are_gradients_times_inputs(x, base, a, b):
    f = _quadratic(a, b)
    return baseline_shapley(f, x, 0 * x), gradient_times_input(f, x)
