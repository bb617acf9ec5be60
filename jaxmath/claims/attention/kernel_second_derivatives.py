"""Attention: second derivatives of the kernel, in every order of modes."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath import definitions, kernels
from jaxmath.verify.claim import identity

PEARLMUTTER = "Pearlmutter 1994, Neural Computation 6(1), section 3.1"
SIZES = dict(n=2, m=3, d=1, e=2)
SEEN = dict(mask=np.array([[1, 0, 1], [0, 0, 0]], bool))
# Two queries, two keys, one head at once: more than one block of keys, and the last one is not full.
attention = functools.partial(kernels.attention, block=(2, 2, 1))


def _loss(attend: Callable[..., Any], do: Array, *how: Any) -> Callable[..., Any]:
    return lambda q, k, v: jnp.vdot(attend(q, k, v, *how), do)


def _products(loss: Callable[..., Any], point: tuple, direction: tuple) -> tuple:
    """The Hessian times a direction: forward over reverse, reverse over forward, reverse over reverse."""
    gradient = jax.grad(loss, (0, 1, 2))

    def along(*x):
        return jax.jvp(loss, x, direction)[1]

    def dot(*x):
        return sum(jnp.vdot(a, b) for a, b in zip(gradient(*x), direction, strict=True))

    return (
        jax.jvp(gradient, point, direction)[1],
        jax.grad(along, (0, 1, 2))(*point),
        jax.grad(dot, (0, 1, 2))(*point),
    )


@identity(source=PEARLMUTTER, at=SIZES)
def hessians_times_vectors_are_those_of_attention(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], do: Float[Array, "n e"],
    dq: Float[Array, "n d"], dk: Float[Array, "m d"], dv: Float[Array, "m e"],
):  # fmt: skip
    r"""In all three orders of modes."""
    ours = _products(_loss(attention, do), (q, k, v), (dq, dk, dv))
    theirs = _products(_loss(definitions.attention, do), (q, k, v), (dq, dk, dv))
    return ours, (theirs[0],) * 3


@hessians_times_vectors_are_those_of_attention.mutant
def hessians_times_vectors_need_no_derivative_of_the_denominator(q, k, v, do, dq, dk, dv):
    def frozen(q, k, v):
        x = definitions.attention_scores(q, k)
        return jnp.exp(x - jax.lax.stop_gradient(definitions.logsumexp(x))[:, None]) @ v

    ours = _products(_loss(attention, do), (q, k, v), (dq, dk, dv))
    return ours, (_products(_loss(frozen, do), (q, k, v), (dq, dk, dv))[0],) * 3


@identity(source=PEARLMUTTER, at=SIZES, given=SEEN)
def hessians_times_vectors_keep_the_mask(
    q: Float[Array, "n d"], k: Float[Array, "m d"], v: Float[Array, "m e"], mask: Bool[Array, "n m"],
    do: Float[Array, "n e"], dq: Float[Array, "n d"], dk: Float[Array, "m d"], dv: Float[Array, "m e"],
):  # fmt: skip
    r"""With keys that are hidden and a row that sees nothing, also in all three orders."""
    ours = _products(_loss(attention, do, mask), (q, k, v), (dq, dk, dv))
    theirs = _products(_loss(definitions.attention, do, mask), (q, k, v), (dq, dk, dv))
    return ours, (theirs[0],) * 3


@hessians_times_vectors_keep_the_mask.mutant
def hessians_times_vectors_may_forget_the_mask(q, k, v, mask, do, dq, dk, dv):
    ours = _products(_loss(attention, do, mask), (q, k, v), (dq, dk, dv))
    theirs = _products(_loss(definitions.attention, do), (q, k, v), (dq, dk, dv))
    return ours, (theirs[0],) * 3
