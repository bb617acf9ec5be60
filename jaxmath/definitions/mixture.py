r"""Mixtures of experts: every token is answered by the few networks that a router picks for it.

Source: Shazeer et al., *Outrageously large neural networks* (2017), arXiv:1701.06538, eq. (1); Jiang et al.,
*Mixtral of experts* (2024), arXiv:2401.04088, section 2.1; DeepSeek-AI, *DeepSeekMoE* (2024),
arXiv:2401.06066, eq. (9) (shared experts).
Kernel: `jaxmath.kernels.mixture`.  Claims: `jaxmath.claims.mixture`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions.glu import swiglu
from jaxmath.notation import checked


def expert(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"], u: Float[Array, "f d"]
) -> Float[Array, "n d"]:
    r"""A gated network, $(\mathrm{silu}(x W) \odot x V)\, U$."""
    return swiglu(x, w, v) @ u


def gates(
    picked: Int[Array, "n picks"], weights: Float[Array, "n picks"], experts: int
) -> Float[Array, "n {experts}"]:
    r"""A row of weights over all experts per token; zero for those that were not picked.

    >>> print(gates(jnp.array([[2, 0]]), jnp.array([[0.75, 0.25]]), 3))
    [[0.25 0.   0.75]]
    """
    return (jax.nn.one_hot(picked, experts, dtype=weights.dtype) * weights[:, :, None]).sum(1)


@checked
def mixture_of_experts(
    x: Float[Array, "n d"],
    picked: Int[Array, "n picks"],
    weights: Float[Array, "n picks"],
    w: Float[Array, "experts d f"],
    v: Float[Array, "experts d f"],
    u: Float[Array, "experts f d"],
) -> Float[Array, "n d"]:
    r"""The weighted sum of what the picked experts answer, $y_t = \sum_{e \in P_t} g_{te}\, E_e(x_t)$.

    Every expert answers every token here, and most answers are multiplied by zero. No token is dropped.
    A shared expert is one that is added: `mixture_of_experts(...) + expert(x, ...)`.

    Args:
      x: a vector per token.
      picked: $P$, the numbers of $k$ different experts per token, see `top_k_router`.
      weights: $g$, one for each of them.
      w: weights of the gates, one matrix an expert.
      v: weights of the values.
      u: weights of the read-out.

    >>> one = jnp.ones((2, 1, 1))
    >>> halves = mixture_of_experts(one[0], jnp.array([[0, 1]]), jnp.array([[0.5, 0.5]]), one, one, one)
    >>> print((halves == expert(one[0], one[0], one[0], one[0])).all())
    True
    """
    answers = jax.vmap(expert, in_axes=(None, 0, 0, 0))(x, w, v, u)
    return jnp.einsum("ne,end->nd", gates(picked, weights, w.shape[0]), answers)
