r"""The polar factor of a matrix, and polynomials that come near it.

Source: Higham, *Functions of matrices* (2008), chapter 8 (polar factor; Newton-Schulz: eq. (8.20));
Jordan et al., *Muon: an optimizer for hidden layers in neural networks* (2024) (coefficients).
Claims: `jaxmath.claims.newton_schulz`.
"""

from typing import TypeAlias

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Matrix = Float[Array, "n m"]
Coefficients: TypeAlias = tuple[Scalar, Scalar, Scalar]
CUBIC = (1.5, -0.5, 0.0)
MUON = (3.4445, -4.7750, 2.0315)


def polar_factor(x: Matrix) -> Matrix:
    r"""$U V^\top$ for $X = U S V^\top$: the nearest matrix all of whose singular values are one.

    >>> print(polar_factor(jnp.array([[0.0, 2.0], [-3.0, 0.0]])).round(4) + 0.0)
    [[ 0.  1.]
     [-1.  0.]]
    """
    u, _, v = jnp.linalg.svd(x, full_matrices=False)
    return u @ v


@checked
def newton_schulz_step(x: Matrix, coefficients: Coefficients = CUBIC) -> Matrix:
    r"""An odd polynomial of every singular value: $X' = a X + b X X^\top X + c (X X^\top)^2 X$.

    Args:
      x: $X$.
      coefficients: $(a, b, c)$.

    >>> print(newton_schulz_step(jnp.array([[1.0, 0.0], [0.0, 0.5]])))
    [[1.     0.    ]
     [0.     0.6875]]
    """
    a, b, c = coefficients
    gram = x @ x.T
    return a * x + (b * gram + c * gram @ gram) @ x


@checked
def orthogonalised(
    x: Matrix, steps: int = 5, coefficients: Coefficients = MUON, eps: Scalar = 1e-8
) -> Matrix:
    r"""A few steps from $X / (\lVert X \rVert_F + \epsilon)$, whose singular values are at most one.

    Args:
      x: $X$.
      steps: how many.
      coefficients: see `newton_schulz_step`.
      eps: $\epsilon$.

    >>> print(orthogonalised(jnp.array([[3.0, 0.0], [0.0, 4.0]]), 12, CUBIC).round(4))
    [[1. 0.]
     [0. 1.]]
    """
    x = x / (jnp.sqrt((x**2).sum()) + eps)
    for _ in range(steps):
        x = newton_schulz_step(x, coefficients)
    return x
