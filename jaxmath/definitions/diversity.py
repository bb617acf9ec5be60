r"""How varied a collection of texts is.

Source: Friedman & Dieng, *The Vendi score* (2023), arXiv:2210.02410, definition 3.1;
Li et al., *A diversity-promoting objective function* (2016), arXiv:1510.03055 (distinct-n).
Claims: `jaxmath.claims.diversity`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions.information import entropy
from jaxmath.notation import checked


@checked
def vendi(similarity: Float[Array, "b b"]) -> Float[Array, ""]:
    r"""The effective number of different items, $\exp H(\lambda)$, $\lambda$ the eigenvalues of $K / n$.

    Args:
      similarity: $K$, positive semidefinite with ones on the diagonal.

    >>> print(vendi(jnp.ones((3, 3))).round(3))
    1.0
    """
    eigenvalues = jnp.linalg.eigvalsh(similarity / similarity.shape[0])
    return jnp.exp(entropy(jnp.maximum(eigenvalues, 0)))


@checked
def distinct_n(tokens: Int[Array, " t"], n: int) -> Float[Array, ""]:
    r"""The share of the $n$-grams of a text that are different from all before them.

    >>> print(distinct_n(jnp.array([0, 1, 0, 1, 0]), 2))
    0.5
    """
    count = tokens.shape[0] - n + 1
    grams = jnp.stack([tokens[i : i + count] for i in range(n)], axis=1)
    same = (grams[:, None] == grams[None, :]).all(-1)
    earlier = jnp.tril(same, -1).any(1)
    return (~earlier).mean(dtype=jnp.result_type(float))


@checked
def plug_in_entropy(tokens: Int[Array, " t"]) -> Float[Array, ""]:
    r"""The entropy of the shares of tokens in a sample, $-\sum_i \frac{c_i}{t} \log \frac{c_i}{t}$.

    >>> print(plug_in_entropy(jnp.array([0, 1, 0, 1])) / jnp.log(2.0))
    1.0
    """
    share = (tokens[:, None] == tokens[None, :]).mean(1, dtype=jnp.result_type(float))
    return -jnp.log(share).mean()
