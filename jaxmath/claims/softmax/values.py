"""Softmax: formula, invariances, masks."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions import log_softmax, logsumexp, softmax
from jaxmath.verify.claim import identity

BOYD = "Boyd & Vandenberghe, Convex Optimization (2004), section 3.1.5"
SOME = np.array([[True, False, True, True, False], [False, True, False, False, False]])


@identity(source="Bridle 1990, eq. (10)", at=dict(n=3, m=5))
def softmax_is_exponentials_over_their_sum(x: Float[Array, "n m"]):
    r"""The shift that keeps exponentials in range cancels: $p_i = e^{x_i} / \sum_j e^{x_j}$."""
    e = jnp.exp(x)
    return softmax(x), e / e.sum(-1, keepdims=True)


@softmax_is_exponentials_over_their_sum.mutant
def softmax_divides_by_the_sum_along_the_other_axis(x):
    e = jnp.exp(x)
    return softmax(x), e / e.sum(0, keepdims=True)


@identity(source=BOYD, at=dict(n=5))
def softmax_ignores_a_shift(x: Float[Array, " n"], c: Float[Array, ""]):
    r"""A constant added to all scores changes nothing."""
    return softmax(x + c), softmax(x)


@softmax_ignores_a_shift.mutant
def softmax_ignores_a_scale(x, c):
    return softmax(x * c), softmax(x)


@identity(source=BOYD, at=dict(n=5))
def logsumexp_moves_with_a_shift(x: Float[Array, " n"], c: Float[Array, ""]):
    r"""$\mathrm{LSE}(x + c \mathbf 1) = \mathrm{LSE}(x) + c$."""
    return logsumexp(x + c), logsumexp(x) + c


@logsumexp_moves_with_a_shift.mutant
def logsumexp_ignores_a_shift(x, c):
    return logsumexp(x + c), logsumexp(x)


@identity(source="probability axioms", at=dict(n=2, m=5), given=dict(where=SOME))
def probabilities_add_up_to_one(x: Float[Array, "n m"], where: Bool[Array, "n m"]):
    r"""$\sum_i p_i = 1$ under any mask that leaves something to see."""
    return softmax(x, where).sum(-1), jnp.ones(x.shape[0])


@probabilities_add_up_to_one.mutant
def probabilities_under_the_mask_add_up_to_one_without_it(x, where):
    return jnp.where(where, softmax(x), 0).sum(-1), jnp.ones(x.shape[0])


@identity(source="definition of conditional probability", at=dict(n=2, m=5), given=dict(where=SOME))
def a_mask_conditions_on_what_is_seen(x: Float[Array, "n m"], where: Bool[Array, "n m"]):
    r"""Masked softmax is the conditional law of softmax, given the entries in the mask."""
    seen = jnp.where(where, softmax(x), 0)
    return softmax(x, where), seen / seen.sum(-1, keepdims=True)


@a_mask_conditions_on_what_is_seen.mutant
def a_mask_sets_scores_to_zero(x, where):
    return softmax(x, where), softmax(jnp.where(where, x, 0))


@identity(
    source="Dao et al., FlashAttention-2 (2023), released code: rows without keys give zeros", at=dict(n=4)
)
def nothing_to_see_gives_zeros_with_zero_gradient(x: Float[Array, " n"], dy: Float[Array, " n"]):
    r"""With an empty mask both the probabilities and the pulled back cotangent are zero."""
    p, pull = jax.vjp(lambda x: softmax(x, jnp.zeros(x.shape, bool)), x)
    return (p, pull(dy)[0]), (jnp.zeros(x.shape), jnp.zeros(x.shape))


@nothing_to_see_gives_zeros_with_zero_gradient.mutant
def nothing_to_see_gives_the_uniform_law(x, dy):
    p, pull = jax.vjp(lambda x: softmax(x, jnp.zeros(x.shape, bool)), x)
    return (p, pull(dy)[0]), (jnp.ones(x.shape) / x.shape[0], jnp.zeros(x.shape))


@identity(source="definition", at=dict(n=5), given=dict(order=np.array([3, 0, 4, 1, 2])))
def softmax_commutes_with_permutations(x: Float[Array, " n"], order: Int[Array, " n"]):
    r"""Softmax does not know the order of its entries."""
    return softmax(x[order]), softmax(x)[order]


@softmax_commutes_with_permutations.mutant
def softmax_undoes_permutations(x, order):
    return softmax(x[order]), softmax(x)


@identity(source="product of experts: Hinton 2002, eq. (1)", at=dict(n=4))
def sums_of_scores_multiply_probabilities(x: Float[Array, " n"], y: Float[Array, " n"]):
    r"""$\mathrm{softmax}(x + y)$ is the normalised product of both softmaxes."""
    product = softmax(x) * softmax(y)
    return softmax(x + y), product / product.sum()


@sums_of_scores_multiply_probabilities.mutant
def sums_of_scores_average_probabilities(x, y):
    return softmax(x + y), (softmax(x) + softmax(y)) / 2


@identity(source=BOYD, at=dict(n=4))
def log_softmax_is_the_logarithm_of_softmax(x: Float[Array, " n"]):
    r"""$e^{\log p} = p$, and $\log p_i = x_i - \mathrm{LSE}(x)$."""
    return (jnp.exp(log_softmax(x)), log_softmax(x)), (softmax(x), x - logsumexp(x))


@log_softmax_is_the_logarithm_of_softmax.mutant
def log_softmax_subtracts_the_mean(x):
    return (jnp.exp(log_softmax(x)), log_softmax(x)), (softmax(x), x - x.mean())


@identity(source="definition", at=dict(n=4))
def log_softmax_is_a_projection(x: Float[Array, " n"]):
    r"""Taking it twice is taking it once: log-probabilities are normalised scores."""
    return log_softmax(log_softmax(x)), log_softmax(x)


@log_softmax_is_a_projection.mutant
def softmax_is_a_projection(x):
    return softmax(softmax(x)), softmax(x)


@identity(source="Milakov & Gimelshein 2018, arXiv:1805.02867, section 3.1", at=dict(n=3, m=4))
def logsumexp_of_parts_is_logsumexp_of_the_whole(x: Float[Array, " n"], y: Float[Array, " m"]):
    r"""$\mathrm{LSE}(x, y) = \mathrm{LSE}(\mathrm{LSE}(x), \mathrm{LSE}(y))$: vocabularies can be split."""
    parts = jnp.stack([logsumexp(x), logsumexp(y)])
    return logsumexp(parts), logsumexp(jnp.concatenate([x, y]))


@logsumexp_of_parts_is_logsumexp_of_the_whole.mutant
def logsumexp_of_parts_is_their_mean(x, y):
    return (logsumexp(x) + logsumexp(y)) / 2, logsumexp(jnp.concatenate([x, y]))
