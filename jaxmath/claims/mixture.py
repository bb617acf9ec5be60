"""Mixtures of experts: sorting tokens by expert changes nothing, and no token is dropped."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath import definitions, kernels
from jaxmath.definitions import expert, mixture_of_experts
from jaxmath.verify.claim import identity

GALE = "Gale et al. 2022, arXiv:2211.15841, section 3"
# Expert 1 has more tokens than a block holds, expert 2 has none.
PICKED = np.array([[1, 0], [0, 1], [3, 1]])
GIVEN = dict(picked=PICKED)
SIZES = dict(n=3, picks=2, d=2, f=1, experts=4)
GROUPS = dict(at=dict(n=4, d=4, f=2, experts=3), given=dict(sizes=np.array([3, 0, 1])))


@identity(source=GALE, **GROUPS)
def rows_in_blocks_meet_the_matrix_of_their_group(
    x: Float[Array, "n d"], matrices: Float[Array, "experts d f"], sizes: Int[Array, " experts"]
):
    r"""One by one, in blocks of two rows, or by `ragged_dot`: every row meets its own matrix."""
    ways = (1, False), (2, False), (2, True)
    left = tuple(kernels.grouped_product(x, matrices, sizes, block=n, ragged=how) for n, how in ways)
    return left, (definitions.grouped_product(x, matrices, sizes),) * 3


@rows_in_blocks_meet_the_matrix_of_their_group.mutant
def rows_of_a_capacity_of_two_meet_the_matrix_of_their_group(x, matrices, sizes):
    left = kernels.grouped_product(x, matrices, jnp.minimum(sizes, 2), block=2, ragged=False)
    return (left,) * 2, (definitions.grouped_product(x, matrices, sizes),) * 2


@identity(source="chain rule", **GROUPS)
def products_of_groups_pull_back_alike(
    x: Float[Array, "n d"], matrices: Float[Array, "experts d f"], dy: Float[Array, "n f"],
    sizes: Int[Array, " experts"],
):  # fmt: skip
    r"""$\bar x_i = \bar y_i W_{e(i)}^\top$ and $\bar W_e = \sum_{e(i) = e} x_i^\top \bar y_i$."""

    def pullback(product, **how):
        return jax.vjp(lambda x, m: product(x, m, sizes, **how), x, matrices)[1](dy)

    left = pullback(kernels.grouped_product, block=2, ragged=False)
    return left, pullback(definitions.grouped_product)


@products_of_groups_pull_back_alike.mutant
def matrices_of_groups_get_what_their_blocks_hold(x, matrices, dy, sizes):
    def pullback(product, **how):
        return jax.vjp(lambda x, m: product(x, m, sizes, **how), x, matrices)[1](dy)

    dx, dm = pullback(kernels.grouped_product, block=2, ragged=False)
    # The second block of the first group ends with a row of the last one.
    return (dx, dm.at[0].add(x[3:].T @ dy[3:])), pullback(definitions.grouped_product)


@identity(source=GALE, at=SIZES, given=GIVEN)
def sorted_mixtures_are_masked_dense_ones(
    x: Float[Array, "n d"], weights: Float[Array, "n picks"], w: Float[Array, "experts d f"],
    v: Float[Array, "experts d f"], u: Float[Array, "experts f d"], picked: Int[Array, "n picks"],
):  # fmt: skip
    r"""Each expert reads its own tokens only, and the sum is that over all experts of masked answers."""
    left = kernels.mixture_of_experts(x, picked, weights, w, v, u, block=2, ragged=False)
    return left, mixture_of_experts(x, picked, weights, w, v, u)


@sorted_mixtures_are_masked_dense_ones.mutant
def weights_may_be_left_in_the_order_of_experts(x, weights, w, v, u, picked):
    left = kernels.mixture_of_experts(x, picked, weights[:, ::-1], w, v, u, block=2, ragged=False)
    return left, mixture_of_experts(x, picked, weights, w, v, u)


@identity(
    source=GALE, at=dict(n=2, picks=2, d=1, f=1, experts=3), given=dict(picked=np.array([[1, 0], [0, 1]]))
)
def sorted_mixtures_pull_back_alike(
    x: Float[Array, "n d"], weights: Float[Array, "n picks"], w: Float[Array, "experts d f"],
    v: Float[Array, "experts d f"], u: Float[Array, "experts f d"], dy: Float[Array, "n d"],
    picked: Int[Array, "n picks"],
):  # fmt: skip
    r"""Tokens, weights of routers and all matrices get the same cotangents."""

    def pullback(mixture, **how):
        return jax.vjp(lambda *a: mixture(a[0], picked, *a[1:], **how), x, weights, w, v, u)[1](dy)

    return pullback(kernels.mixture_of_experts, block=1, ragged=False), pullback(mixture_of_experts)


@sorted_mixtures_pull_back_alike.mutant
def routers_learn_from_the_first_expert_only(x, weights, w, v, u, dy, picked):
    def pullback(mixture, **how):
        return jax.vjp(lambda *a: mixture(a[0], picked, *a[1:], **how), x, weights, w, v, u)[1](dy)

    dx, dweights, *rest = pullback(kernels.mixture_of_experts, block=1, ragged=False)
    return (dx, dweights.at[:, 1].set(0), *rest), pullback(mixture_of_experts)


@identity(source="symmetry", at=SIZES, given=GIVEN)
def experts_may_be_renamed(
    x: Float[Array, "n d"], weights: Float[Array, "n picks"], w: Float[Array, "experts d f"],
    v: Float[Array, "experts d f"], u: Float[Array, "experts f d"], picked: Int[Array, "n picks"],
):  # fmt: skip
    r"""A permutation of the experts' matrices and of the router's numbers cancel."""
    new = jnp.array([2, 0, 3, 1])
    left = mixture_of_experts(x, jnp.argsort(new)[picked], weights, w[new], v[new], u[new])
    return left, mixture_of_experts(x, picked, weights, w, v, u)


@experts_may_be_renamed.mutant
def experts_may_be_renamed_by_the_inverse(x, weights, w, v, u, picked):
    new = jnp.array([2, 0, 3, 1])
    left = mixture_of_experts(x, new[picked], weights, w[new], v[new], u[new])
    return left, mixture_of_experts(x, picked, weights, w, v, u)


@identity(source="Komatsuzaki et al. 2022, arXiv:2212.05055, section 2 (upcycling)", at=SIZES, given=GIVEN)
def equal_experts_are_one_network(
    x: Float[Array, "n d"], logits: Float[Array, "n picks"], w: Float[Array, "1 d f"],
    v: Float[Array, "1 d f"], u: Float[Array, "1 f d"], picked: Int[Array, "n picks"],
):  # fmt: skip
    r"""If all experts are equal and weights add up to one, a mixture is a dense network."""
    copies = (jnp.broadcast_to(m, (4, *m.shape[1:])) for m in (w, v, u))
    return mixture_of_experts(x, picked, jax.nn.softmax(logits), *copies), expert(x, w[0], v[0], u[0])


@equal_experts_are_one_network.mutant
def equal_experts_are_one_network_without_renormalisation(x, logits, w, v, u, picked):
    copies = (jnp.broadcast_to(m, (4, *m.shape[1:])) for m in (w, v, u))
    among_three = jax.nn.softmax(jnp.concatenate([logits, logits[:, :1]], axis=1))[:, :2]
    return mixture_of_experts(x, picked, among_three, *copies), expert(x, w[0], v[0], u[0])
