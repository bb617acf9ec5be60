"""Embedding and read-out, also where the table is of half precision and few tokens meet it.

Definitions: `jaxmath.definitions.embed`, `jaxmath.definitions.unembed`. Claims: `jaxmath.claims.embedding`.
How: `_few_vectors`.
"""

from jaxtyping import Array, Float, Int

from jaxmath.kernels._few_vectors import apart, product
from jaxmath.notation import checked


@checked
def embed(ids: Int[Array, "*shape"], table: Float[Array, "v d"]) -> Float[Array, "*shape d"]:
    """The row of every token; zeros for a number outside the vocabulary.

    Args:
      ids: tokens.
      table: a row for each.

    Raises:
      NotationError: if the arguments are not such arrays.
    """
    ids, table = apart(ids, table)
    return table.at[ids].get(mode="fill", fill_value=0, wrap_negative_indices=False)


@checked
def unembed(
    x: Float[Array, "*shape d"], table: Float[Array, "v d"], *, few: bool | None = None
) -> Float[Array, "*shape v"]:
    r"""The score of token $i$ is $\langle x, \mathrm{table}_i \rangle$.

    Args:
      x: vectors.
      table: a row for each token.
      few: as for `jaxmath.kernels.linear`.

    Raises:
      NotationError: if the arguments do not fit together.
    """
    return product(x, table, True, few)
