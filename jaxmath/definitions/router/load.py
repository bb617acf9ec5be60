r"""What keeps the load of experts even.

Source: Fedus, Zoph & Shazeer, *Switch transformers* (2021), arXiv:2101.03961, eq. (4) to (6); Zoph et al.,
*ST-MoE* (2022), arXiv:2202.08906, eq. (5); DeepSeek-AI, *DeepSeek-V3* (2024), arXiv:2412.19437, section 2.1.
Claims: `jaxmath.claims.router`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import logsumexp
from jaxmath.notation import checked


@checked
def load_balance_loss(
    probabilities: Float[Array, "n experts"], picked: Int[Array, "n picks"]
) -> Float[Array, ""]:
    r"""$E \sum_e f_e P_e$: shares of choices times mean probabilities; 1 if both are even.

    Only $P$ has a derivative. Departs from Switch, where $k = 1$: $f_e$ is the share among all $n k$ choices.

    Args:
      probabilities: of each expert, by token.
      picked: the experts of each token.

    >>> print(load_balance_loss(jnp.full((2, 2), 0.5), jnp.array([[0], [1]])))
    1.0
    """
    n, experts = probabilities.shape
    chosen = jax.nn.one_hot(picked, experts, dtype=probabilities.dtype).sum((0, 1))
    return experts * (chosen / picked.size * probabilities.mean(0)).sum()


@checked
def router_z_loss(logits: Float[Array, "n experts"]) -> Float[Array, ""]:
    r"""The mean square of log-denominators, $\frac1n \sum_t (\log \sum_e e^{x_{te}})^2$."""
    return (logsumexp(logits) ** 2).mean()


@checked
def balanced_bias(
    bias: Float[Array, " experts"], picked: Int[Array, "n picks"], rate: Scalar = 1e-3
) -> Float[Array, " experts"]:
    r"""The bias of `sigmoid_router` after a step, $b_e + u\, \mathrm{sign}(\bar c - c_e)$ for loads $c$.

    >>> print(balanced_bias(jnp.zeros(2), jnp.array([[0], [0]]), 0.5))
    [-0.5  0.5]
    """
    # In integers, so that an even load is even.
    loads = jax.nn.one_hot(picked, bias.shape[0], dtype=jnp.int32).sum((0, 1))
    return bias + rate * jnp.sign(picked.size - bias.shape[0] * loads).astype(bias.dtype)
