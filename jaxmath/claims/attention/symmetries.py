"""Attention: what leaves it as it is, and what moves with it."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions import attention, attention_lse, attention_scores, attention_weights
from jaxmath.verify.claim import identity

SIZES = dict(n=2, m=4, d=3, e=2)
VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, eq. (1)"
MASK = np.array([[True, False, True, True], [False, True, True, False]])
ORDER = np.array([2, 0, 3, 1])


@identity(source=VASWANI, at=SIZES)
def attention_is_a_mean_of_values(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""$a_i = \sum_j e^{x_{ij}} v_j / \sum_j e^{x_{ij}}$ with $x = q k^\top / \sqrt d$."""
    e = jnp.exp(jnp.einsum("nd,md->nm", q, k) / jnp.sqrt(q.shape[-1]))
    return attention(q, k, v), jnp.einsum("nm,me->ne", e, v) / e.sum(1)[:, None]


@attention_is_a_mean_of_values.mutant
def attention_divides_by_the_dimension_itself(q, k, v):
    e = jnp.exp(jnp.einsum("nd,md->nm", q, k) / q.shape[-1])
    return attention(q, k, v), jnp.einsum("nm,me->ne", e, v) / e.sum(1)[:, None]


@identity(source=VASWANI, at=SIZES, given=dict(mask=MASK, order=ORDER))
def the_order_of_keys_does_not_matter(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"],
    mask: Bool[Array, "n m"], order: Int[Array, " m"],
):  # fmt: skip
    r"""Keys, values and columns of the mask may be permuted together."""
    return attention(q, k[order], v[order], mask[:, order]), attention(q, k, v, mask)


@the_order_of_keys_does_not_matter.mutant
def the_order_of_keys_does_not_matter_to_the_mask(q, k, v, mask, order):
    return attention(q, k[order], v[order], mask), attention(q, k, v, mask)


@identity(source=VASWANI, at=dict(n=4, m=3, d=2, e=3), given=dict(order=ORDER))
def answers_follow_the_order_of_queries(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], order: Int[Array, " n"]
):
    r"""Permuted queries give permuted answers."""
    return attention(q[order], k, v), attention(q, k, v)[order]


@answers_follow_the_order_of_queries.mutant
def answers_follow_the_inverse_order_of_queries(q, k, v, order):
    return attention(q[order], k, v), attention(q, k, v)[jnp.argsort(order)]


@identity(source="softmax ignores a shift", at=SIZES)
def a_vector_added_to_all_keys_changes_nothing(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], c: Float[Array, " d"]
):
    r"""It shifts every score of a query alike: a bias of keys is of no use."""
    return attention(q, k + c[None, :], v), attention(q, k, v)


@a_vector_added_to_all_keys_changes_nothing.mutant
def a_vector_added_to_all_queries_changes_nothing(q, k, v, c):
    return attention(q + c[None, :], k, v), attention(q, k, v)


@identity(source="linearity of the mean", at=SIZES)
def attention_is_affine_in_the_values(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"],
    b: Float[Array, "e 5"], c: Float[Array, " 5"],
):  # fmt: skip
    r"""$\mathrm{attention}(q, k, v B + c) = \mathrm{attention}(q, k, v)\, B + c$."""
    return attention(q, k, v @ b + c[None, :]), attention(q, k, v) @ b + c[None, :]


@attention_is_affine_in_the_values.mutant
def attention_adds_the_shift_once_per_key(q, k, v, b, c):
    return attention(q, k, v @ b + c[None, :]), attention(q, k, v) @ b + k.shape[0] * c[None, :]


@identity(source="Elhage et al. 2021, A mathematical framework for transformer circuits", at=SIZES)
def a_map_may_move_from_queries_to_keys(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], a: Float[Array, "d d"]
):
    r"""Only $q A k^\top$ matters: $\mathrm{attention}(q A, k, v) = \mathrm{attention}(q, k A^\top, v)$."""
    return attention(q @ a, k, v), attention(q, k @ a.T, v)


@a_map_may_move_from_queries_to_keys.mutant
def a_map_may_move_from_queries_to_keys_untransposed(q, k, v, a):
    return attention(q @ a, k, v), attention(q, k @ a, v)


@identity(source="Tsai et al. 2019, arXiv:1908.11775, section 3.1", at=SIZES)
def attention_is_kernel_regression(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""With the bias $-\tfrac12 \lVert k_j \rVert^2$ it is Nadaraya-Watson with a Gaussian kernel."""
    kernel = jnp.exp(-((q[:, None, :] - k[None, :, :]) ** 2).sum(-1) / 2)
    bias = jnp.broadcast_to(-(k**2).sum(-1) / 2, kernel.shape)
    return attention(q, k, v, bias=bias, scale=1.0), kernel @ v / kernel.sum(1, keepdims=True)


@attention_is_kernel_regression.mutant
def attention_without_bias_is_kernel_regression(q, k, v):
    kernel = jnp.exp(-((q[:, None, :] - k[None, :, :]) ** 2).sum(-1) / 2)
    return attention(q, k, v, scale=1.0), kernel @ v / kernel.sum(1, keepdims=True)


@identity(source="definition of the mean", at=SIZES)
def repeated_keys_change_nothing(q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""Every key twice: weights halve, answers stay."""
    twice = [jnp.concatenate([a, a]) for a in (k, v)]
    return attention(q, *twice), attention(q, k, v)


@repeated_keys_change_nothing.mutant
def one_repeated_key_changes_nothing(q, k, v):
    twice = [jnp.concatenate([a, a[:1]]) for a in (k, v)]
    return attention(q, *twice), attention(q, k, v)


@identity(source=VASWANI, at=SIZES)
def a_query_of_zero_takes_the_plain_mean(k: Float[Array, "m d"], v: Float[Array, "m e"]):
    r"""All scores are equal: $a = \frac1m \sum_j v_j$."""
    return attention(jnp.zeros((1, k.shape[1])), k, v), v.mean(0, keepdims=True)


@a_query_of_zero_takes_the_plain_mean.mutant
def a_query_of_zero_takes_nothing(k, v):
    return attention(jnp.zeros((1, k.shape[1])), k, v), 0 * v.mean(0, keepdims=True)


@identity(source=VASWANI, at=SIZES, given=dict(mask=MASK))
def the_log_denominator_normalises(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], mask: Bool[Array, "n m"]
):
    r"""$p_{ij} = e^{x_{ij} - L_i}$ with $L$ of `attention_lse`, where the mask allows."""
    p = jnp.exp(attention_scores(q, k) - attention_lse(q, k, mask)[:, None])
    return attention_weights(q, k, mask), jnp.where(mask, p, 0)


@the_log_denominator_normalises.mutant
def the_log_denominator_without_the_mask_normalises(q, k, v, mask):
    p = jnp.exp(attention_scores(q, k) - attention_lse(q, k)[:, None])
    return attention_weights(q, k, mask), jnp.where(mask, p, 0)
