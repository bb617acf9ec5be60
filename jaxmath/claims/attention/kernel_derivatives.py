"""Attention: the kernel's hand-written derivatives are the textbook's."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.verify.claim import derivative

DAO = "Dao et al. 2022, arXiv:2205.14135, appendix B.2"
SIZES = dict(n=3, m=3, d=2, e=2)
# Two queries, two keys, one head at once: more than one block of each, and the last one is not full.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


def _pullback(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: jax.vjp(function, *args[:-1])[1](args[-1])


def _pushforward(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda args, tangents: jax.jvp(function, args, tangents)[1]


@derivative(source=DAO, at=SIZES)
def the_kernel_has_the_pullback_of_attention(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""Blocks of probabilities are computed anew from the log-sum-exp, and give $dq$, $dk$ and $dv$."""
    return definitions.attention, _pullback(attention)


@the_kernel_has_the_pullback_of_attention.mutant
def the_kernel_has_the_pullback_of_causal_attention(q, k, v):
    return definitions.attention, _pullback(functools.partial(attention, causal=True))


@derivative(source=DAO, at=SIZES, mode="jvp")
def the_kernel_has_the_pushforward_of_attention(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""In one pass over the keys, beside the log-sum-exp that is known already."""
    return definitions.attention, _pushforward(attention)


@the_kernel_has_the_pushforward_of_attention.mutant
def the_kernel_has_a_pushforward_without_values(q, k, v):
    return definitions.attention, _pushforward(lambda q, k, v: attention(q, k, jax.lax.stop_gradient(v)))


SEEN = dict(mask=np.array([[1, 0, 1], [0, 0, 0], [1, 1, 0]], bool))


@derivative(source=DAO, at=SIZES, given=SEEN)
def every_operand_has_its_cotangent(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m e"],
    mask: Bool[Array, "n m"],
    bias: Float[Array, "n m"],
    sink: Float[Array, ""],
):
    r"""Mask, bias, soft-cap and sink together, with a row that sees the sink only."""

    def function(attend, q, k, v, mask, bias, sink):
        return attend(q, k, v, mask, bias, sink=sink, soft_cap=2.0)

    ours = functools.partial(function, attention)
    return functools.partial(function, definitions.attention), _pullback_but(ours, mask=3)


@every_operand_has_its_cotangent.mutant
def a_sink_has_no_cotangent(q, k, v, mask, bias, sink):
    def function(attend, stop, q, k, v, mask, bias, sink):
        return attend(q, k, v, mask, bias, sink=jax.lax.stop_gradient(sink) if stop else sink, soft_cap=2.0)

    ours = functools.partial(function, attention, True)
    return functools.partial(function, definitions.attention, False), _pullback_but(ours, mask=3)


@every_operand_has_its_cotangent.mutant
def a_bias_has_the_cotangent_of_a_capped_bias(q, k, v, mask, bias, sink):
    def function(attend, before, q, k, v, mask, bias, sink):
        return attend(q, k, v, mask, bias, sink=sink, soft_cap=2.0, **before)

    ours = functools.partial(function, attention, dict(bias_before_cap=True))
    return functools.partial(function, definitions.attention, {}), _pullback_but(ours, mask=3)


def _pullback_but(function: Callable[..., Any], mask: int) -> Callable[..., Any]:
    """The pullback to all arguments but the one in this place, which is no number."""

    def vjp(*args):
        given, fixed = [*args[:-1]], args[mask]
        del given[mask]
        return jax.vjp(lambda *x: function(*x[:mask], fixed, *x[mask:]), *given)[1](args[-1])

    return vjp


@derivative(source="chain rule", at=dict(n=3, m=3, d=2, e=2))
def a_shared_bias_and_slopes_have_sums_for_cotangents(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"],
    row: Float[Array, "m"], slope: Float[Array, ""], scale: Float[Array, ""],
):  # fmt: skip
    r"""A bias of the keys is summed over queries, a slope and the scale over all pairs."""

    def textbook(q, k, v, row, slope, scale):
        bias = row[None, :] + definitions.alibi_bias(slope[None], 3, 3)[0]
        return definitions.attention(q, k, v, masks.causal(3), bias, scale=scale)

    def ours(q, k, v, row, slope, scale):
        return attention(q, k, v, bias=row[None], slopes=slope, scale=scale, causal=True)

    return textbook, _pullback(ours)


@a_shared_bias_and_slopes_have_sums_for_cotangents.mutant
def a_shared_bias_has_the_mean_for_a_cotangent(q, k, v, row, slope, scale):
    def textbook(q, k, v, row, slope, scale):
        bias = row[None, :] + definitions.alibi_bias(slope[None], 3, 3)[0]
        return definitions.attention(q, k, v, masks.causal(3), bias, scale=scale)

    def ours(q, k, v, row, slope, scale):
        return attention(q, k, v, bias=row[None] / 3, slopes=slope, scale=scale, causal=True)

    return textbook, _pullback(ours)


@derivative(source="Dao 2023, arXiv:2307.08691, section 3.1.1", at=SIZES)
def the_log_sum_exp_has_its_derivative(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"]
):
    r"""It is an output like another: $d(q k^\top / \sqrt d) = p \odot dL$, and nothing for the values."""
    return lambda q, k, v: definitions.attention_lse(q, k), _pullback(
        lambda q, k, v: attention(q, k, v, return_lse=True)[1]
    )


@the_log_sum_exp_has_its_derivative.mutant
def the_log_sum_exp_is_a_constant(q, k, v):
    return lambda q, k, v: definitions.attention_lse(q, k), _pullback(
        lambda q, k, v: jax.lax.stop_gradient(attention(q, k, v, return_lse=True)[1])
    )
