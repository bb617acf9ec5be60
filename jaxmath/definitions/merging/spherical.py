r"""Spherical interpolation: from one model to another along an arc.

Source: Shoemake, *Animating rotation with quaternion curves* (1985), section 3.3.
Claims: `jaxmath.claims.merging`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked

Model = Float[Array, " n"]


@checked
def slerp(a: Model, b: Model, angle: Float[Array, ""], t: Scalar) -> Model:
    r"""The point at a fraction $t$ of the arc from one vector to another.

    $$ \frac{\sin((1 - t)\, \Omega)}{\sin \Omega}\, a + \frac{\sin(t\, \Omega)}{\sin \Omega}\, b $$

    Args:
      a: where the arc begins.
      b: where it ends.
      angle: $\Omega$ between both, not a multiple of $\pi$; see `angle_between`.
      t: $t$.
    """
    return (jnp.sin((1 - t) * angle) * a + jnp.sin(t * angle) * b) / jnp.sin(angle)


def angle_between(a: Model, b: Model) -> Float[Array, ""]:
    r"""The angle between two vectors, $\arccos(\langle a, b \rangle / \lVert a \rVert \lVert b \rVert)$.

    >>> print(angle_between(jnp.array([1.0, 0.0]), jnp.array([0.0, 3.0])) * 2 / jnp.pi)
    1.0
    """
    return jnp.arccos(jnp.clip(a @ b / jnp.sqrt((a @ a) * (b @ b)), -1, 1))
