r"""Linear attention: a product of features in place of the exponential of a score.

Weights $\phi(q_i) \cdot \phi(k_j)$ let the sum over keys be taken before the query is known: what was
read is a matrix of fixed size, however long the text.

Source: Katharopoulos et al., *Transformers are RNNs* (2020), arXiv:2006.16236, sections 3.2 to 3.4.
Kernel: `jaxmath.kernels.linear_attention`. Claims: `jaxmath.claims.linear_attention`.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.notation import checked


class LinearState(NamedTuple):
    r"""All that linear attention keeps of what was read.

    Attributes:
      sums: $S = \sum_j \phi(k_j) v_j^\top$.
      keys: $z = \sum_j \phi(k_j)$.
    """

    sums: Float[Array, "d e"]
    keys: Float[Array, " d"]


def elu_features(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""$\phi(x) = \mathrm{elu}(x) + 1$: $x + 1$ above zero, $e^x$ below.

    >>> print(elu_features(jnp.array([1.0, 0.0])))
    [2. 1.]
    """
    return jnp.where(x > 0, x + 1, jnp.exp(jnp.where(x > 0, 0, x)))


@checked
def linear_attention(
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m e"],
    mask: Bool[Array, "n m"] | None = None,
) -> Float[Array, "n e"]:
    r"""Attention whose weights are products of features, divided by their sum.

    $$ a_i = \frac{\sum_{j \in M_i} (q_i \cdot k_j)\, v_j}{\sum_{j \in M_i} q_i \cdot k_j}, $$

    zero where the weights sum to zero, as where $M_i$ is empty or its keys are zeros. Features are the
    caller's: pass $\phi(q)$ and $\phi(k)$.

    Args:
      q: features of queries.
      k: features of keys.
      v: values, one per key.
      mask: `mask[i, j]` says whether query `i` may see key `j`.

    >>> q, k, v = jnp.ones((1, 1)), jnp.array([[1.0], [3.0]]), jnp.array([[0.0], [4.0]])
    >>> print(linear_attention(q, k, v))
    [[3.]]
    """
    mask = jnp.ones((q.shape[0], k.shape[0]), bool) if mask is None else mask
    x = jnp.where(mask, q @ k.T, 0)
    return _divided(x @ v, x.sum(1, keepdims=True))


@checked
def linear_attention_step(
    state: LinearState, q: Float[Array, " d"], k: Float[Array, " d"], v: Float[Array, " e"]
) -> tuple[LinearState, Float[Array, " e"]]:
    r"""One position more: $S' = S + k v^\top$, $z' = z + k$, $a = S'^\top q / (z' \cdot q)$.

    The answer is zero where $z' \cdot q = 0$.

    Returns:
      The state after this position, and its answer; the first state is of zeros.
    """
    state = LinearState(state.sums + jnp.outer(k, v), state.keys + k)
    return state, _divided(q @ state.sums, q @ state.keys)


def _divided(x: Array, total: Array) -> Array:
    """The quotient, and zero where the total is."""
    some = total != 0
    # Twice `where`: a derivative of an unused branch must be finite too.
    return jnp.where(some, x / jnp.where(some, total, 1), 0)
