r"""Embedding and read-out: from token numbers to vectors, and from vectors to scores of tokens.

Source: Phuong & Hutter, *Formal Algorithms for Transformers* (2022), arXiv:2207.09238, algorithms 1 and 7;
Press & Wolf, *Using the output embedding to improve language models* (2016), arXiv:1608.05859 (tied).
Claims: `jaxmath.claims.embedding`.
"""

import jax
from jaxtyping import Array, Float, Int

from jaxmath.notation import checked


@checked
def embed(ids: Int[Array, "*shape"], table: Float[Array, "v d"]) -> Float[Array, "*shape d"]:
    r"""Row `ids[t]` of the table, for every $t$; zeros for a number outside the vocabulary.

    >>> import jax.numpy as jnp
    >>> print(embed(jnp.array([1, 0, 7]), jnp.array([[1.0, 2.0], [3.0, 4.0]])))
    [[3. 4.]
     [1. 2.]
     [0. 0.]]
    """
    return table.at[ids].get(mode="fill", fill_value=0, wrap_negative_indices=False)


@checked
def embed_one_hot(ids: Int[Array, "*shape"], table: Float[Array, "v d"]) -> Float[Array, "*shape d"]:
    r"""The product of one-hot vectors and the table.

    >>> import jax.numpy as jnp
    >>> print(embed_one_hot(jnp.array([1, 0]), jnp.array([[1.0, 2.0], [3.0, 4.0]])))
    [[3. 4.]
     [1. 2.]]
    """
    return jax.nn.one_hot(ids, table.shape[0], dtype=table.dtype) @ table


@checked
def unembed(x: Float[Array, "*shape d"], table: Float[Array, "v d"]) -> Float[Array, "*shape v"]:
    r"""The score of token $i$ is $\langle x, \mathrm{table}_i \rangle$; tied if it is the table of `embed`.

    Departs from the source: returns scores (logits), of which the source takes the softmax.

    >>> import jax.numpy as jnp
    >>> print(unembed(jnp.array([1.0, 1.0]), jnp.array([[1.0, 2.0], [3.0, 4.0]])))
    [3. 7.]
    """
    return x @ table.T
