r"""Concept erasure: the smallest change after which no linear function knows a concept.

Source: Belrose et al., *LEACE: perfect linear concept erasure in closed form* (2023), arXiv:2306.03819.
Claims: `jaxmath.claims.erasure`.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked

Invert = Callable[[Array], Array]
Inputs = Float[Array, "b d"]
Concepts = Float[Array, "b concepts"]


class Eraser(NamedTuple):
    """An affine map that erases a concept.

    Attributes:
      mean: of the inputs it was made from; it stays where it is.
      projection: onto what knows the concept.
    """

    mean: Float[Array, " d"]
    projection: Float[Array, "d d"]


@checked
def covariance(x: Float[Array, "b d"], z: Float[Array, "b concepts"]) -> Float[Array, "d concepts"]:
    r"""$\mathbb E[(x - \bar x)(z - \bar z)^\top]$ over the items of a batch, divided by their number.

    >>> print(covariance(jnp.array([[1.0], [3.0]]), jnp.array([[0.0], [1.0]])))
    [[0.5]]
    """
    return (x - x.mean(0)[None, :]).T @ (z - z.mean(0)[None, :]) / x.shape[0]


@checked
def leace_projection(
    precision: Float[Array, "d d"], cross: Float[Array, "d concepts"], invert: Invert = jnp.linalg.pinv
) -> Float[Array, "d d"]:
    r"""The projection onto the columns of $\Sigma_{xz}$, at right angles in the metric of the precision.

    $$ P = W^+ (W \Sigma_{xz}) (W \Sigma_{xz})^+ W
         = \Sigma_{xz} (\Sigma_{xz}^\top \Lambda\, \Sigma_{xz})^{+} \Sigma_{xz}^\top \Lambda,
       \qquad \Lambda = \Sigma_{xx}^{+} = W^2 $$

    Args:
      precision: $\Lambda$; the identity gives the orthogonal projection.
      cross: $\Sigma_{xz}$.
      invert: the inverse of a symmetric matrix, or its pseudoinverse where it may be singular.
    """
    seen = cross.T @ precision
    return cross @ invert(seen @ cross) @ seen


@checked
def leace(x: Inputs, z: Concepts, invert: Invert = jnp.linalg.pinv) -> Eraser:
    """The eraser of a concept from inputs, made from examples.

    Args:
      x: inputs.
      z: the concept of each: numbers, or one column for each class.
      invert: see `leace_projection`.

    >>> eraser = leace(jnp.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]), jnp.eye(4)[:, :1])
    >>> print(eraser.projection)
    [[1. 0.]
     [0. 0.]]
    """
    return Eraser(x.mean(0), leace_projection(invert(covariance(x, x)), covariance(x, z), invert))


def erase(eraser: Eraser, x: Float[Array, "*shape d"]) -> Float[Array, "*shape d"]:
    r"""Inputs without the concept, $x - P (x - \mu)$.

    >>> print(erase(Eraser(jnp.zeros(2), jnp.diag(jnp.array([1.0, 0.0]))), jnp.array([2.0, 3.0])))
    [0. 3.]
    """
    mean = jnp.broadcast_to(eraser.mean, x.shape)
    return x - (x - mean) @ eraser.projection.T
