r"""Identifiability of attention: which part of the weights has a say in the answer.

Source: Brunner et al., *On identifiability in transformers* (2020), arXiv:1908.04211, section 3
(null space of the values, effective attention).
Claims: `jaxmath.claims.identifiability`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


@checked
def null_directions(v: Float[Array, "m e"]) -> Float[Array, "_ m"]:
    r"""Changes of a row of attention weights that change neither the answer nor the sum of the row.

    There are $m - e - 1$ rows, orthogonal to each other, to every column of $v$ and to ones; more such
    changes exist if values are linearly dependent.

    Args:
      v: values, one per key, more keys than a value has entries and one.

    Raises:
      ValueError: if there are too few keys.

    >>> print(jnp.abs(null_directions(jnp.array([[0.0], [1.0], [2.0]])) * jnp.sqrt(6.0)).round(4))
    [[1. 2. 1.]]
    """
    m, e = v.shape
    if m <= e + 1:
        raise ValueError(
            f"null_directions: v must have more than e + 1 keys, but it has m={m} and e={e}. "
            "Weights of so few keys are known by their answer, where values are in general position."
        )
    whole = jnp.concatenate([v, jnp.ones((m, 1), v.dtype)], axis=1)
    return jnp.linalg.qr(whole, mode="complete")[0][:, e + 1 :].T


@checked
def effective_attention(p: Float[Array, "n m"], v: Float[Array, "m e"]) -> Float[Array, "n m"]:
    r"""Weights without the part that values do not see, $P V V^+$; their answer is the same.

    Entries may be negative, and rows need not add up to one.

    Args:
      p: attention weights.
      v: values, one per key; times the output projection of the head, to see what it sees.

    >>> print(effective_attention(jnp.array([[0.5, 0.25, 0.25]]), jnp.array([[1.0], [0.0], [0.0]])))
    [[0.5 0.  0. ]]
    """
    return p @ v @ jnp.linalg.pinv(v)
