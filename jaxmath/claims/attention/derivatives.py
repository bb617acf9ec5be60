"""Attention: hand-written backward passes."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import attention, attention_weights
from jaxmath.verify.claim import derivative, identity

DAO = "Dao et al. 2022, arXiv:2205.14135, appendix B.2"
SIZES = dict(n=2, m=5, d=3, e=4)
SEEN = np.array([[True, False, True, True, False], [False, False, False, False, False]])


def _backward(q: Array, k: Array, v: Array, p: Array, do: Array, drop: bool = False) -> tuple[Array, ...]:
    """The backward pass for probabilities `p`; with `drop`, without the correction by row sums."""
    dp = do @ v.T
    ds = p * (dp if drop else dp - (p * dp).sum(-1, keepdims=True))
    return ds @ k / jnp.sqrt(q.shape[-1]), ds.T @ q / jnp.sqrt(q.shape[-1]), p.T @ do


@derivative(source=DAO, at=SIZES)
def attention_has_the_textbook_backward_pass(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""Cotangents of scores are $ds = p \odot (dp - \mathrm{rowsum}(p \odot dp))$.

    $dv = p^\top do$, $dp = do\, v^\top$, $dq = ds\, k / \sqrt d$, $dk = ds^\top q / \sqrt d$.
    """
    return attention, lambda q, k, v, do: _backward(q, k, v, attention_weights(q, k), do)


@attention_has_the_textbook_backward_pass.mutant
def attention_has_a_backward_pass_without_the_row_sums(q, k, v):
    return attention, lambda q, k, v, do: _backward(q, k, v, attention_weights(q, k), do, drop=True)


@attention_has_the_textbook_backward_pass.mutant
def attention_has_a_backward_pass_that_scales_twice(q, k, v):
    def vjp(q, k, v, do):
        dq, dk, dv = _backward(q, k, v, attention_weights(q, k), do)
        return dq / jnp.sqrt(q.shape[-1]), dk, dv

    return attention, vjp


@derivative(source=DAO, at=SIZES, given=dict(mask=SEEN))
def a_mask_leaves_the_backward_pass_as_it_is(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], mask: Bool[Array, "n m"]
):
    r"""With masked probabilities the same formulas hold, for a row that may see nothing as well."""
    return attention, lambda q, k, v, mask, do: _backward(q, k, v, attention_weights(q, k, mask), do)


@a_mask_leaves_the_backward_pass_as_it_is.mutant
def the_backward_pass_may_forget_the_mask(q, k, v, mask):
    return attention, lambda q, k, v, mask, do: _backward(q, k, v, attention_weights(q, k), do)


@derivative(source=DAO, at=SIZES)
def a_bias_has_the_gradient_of_the_scores(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], bias: Float[Array, "n m"]
):
    r"""$d\mathrm{bias} = ds$."""

    def attend(q, k, v, bias):
        return attention(q, k, v, bias=bias)

    def vjp(q, k, v, bias, do):
        p = attention_weights(q, k, bias=bias)
        dp = do @ v.T
        return *_backward(q, k, v, p, do), p * (dp - (p * dp).sum(-1, keepdims=True))

    return attend, vjp


@a_bias_has_the_gradient_of_the_scores.mutant
def a_bias_has_the_gradient_of_the_probabilities(q, k, v, bias):
    def attend(q, k, v, bias):
        return attention(q, k, v, bias=bias)

    def vjp(q, k, v, bias, do):
        return *_backward(q, k, v, attention_weights(q, k, bias=bias), do), do @ v.T

    return attend, vjp


@identity(source=DAO, at=SIZES)
def the_correction_is_the_product_of_output_and_its_cotangent(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], do: Float[Array, "n e"]
):
    r"""$\mathrm{rowsum}(p \odot dp) = \mathrm{rowsum}(o \odot do)$."""
    p = attention_weights(q, k)
    return (p * (do @ v.T)).sum(-1), (attention(q, k, v) * do).sum(-1)


@the_correction_is_the_product_of_output_and_its_cotangent.mutant
def the_correction_is_the_sum_of_the_cotangent(q, k, v, do):
    p = attention_weights(q, k)
    return (p * (do @ v.T)).sum(-1), do.sum(-1)
