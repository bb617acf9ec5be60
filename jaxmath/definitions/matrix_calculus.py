r"""Matrices as vectors, for derivatives of functions of matrices.

Source: Magnus & Neudecker, *Matrix differential calculus* (1988), sections 2.4 and 3.7.
Claims: `jaxmath.claims.matrix_calculus`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float


def vec(x: Float[Array, "n m"]) -> Float[Array, " n*m"]:
    r"""The columns of a matrix, one below the other.

    >>> print(vec(jnp.array([[1.0, 3.0], [2.0, 4.0]])))
    [1. 2. 3. 4.]
    """
    return x.T.ravel()


def commutation_matrix(n: int, m: int) -> Float[Array, "{n}*{m} {n}*{m}"]:
    r"""The permutation $K$ with $K\, \mathrm{vec}(X) = \mathrm{vec}(X^\top)$ for $n \times m$ matrices $X$.

    >>> print(commutation_matrix(2, 1))
    [[1. 0.]
     [0. 1.]]
    """
    return jnp.eye(n * m)[jnp.arange(n * m).reshape(m, n).T.ravel()]
