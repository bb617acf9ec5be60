r"""What two variables say about each other, from the table of their joint law, in nats.

Source: Cover & Thomas, *Elements of Information Theory*, 2nd ed. (2006), eq. (2.10) and (2.28).
Claims: `jaxmath.claims.mutual_information`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.information import entropy, kl

Joint = Float[Array, "n m"]


def conditional_entropy(joint: Joint) -> Float[Array, ""]:
    r"""What is left to ask about the second variable, $H(Y \mid X) = H(X, Y) - H(X)$; rows are $X$.

    >>> print(conditional_entropy(jnp.array([[0.25, 0.25], [0.25, 0.25]])) / jnp.log(2.0))
    1.0
    """
    return entropy(joint.ravel()) - entropy(joint.sum(1))


def mutual_information(joint: Joint) -> Float[Array, ""]:
    r"""How far the joint law is from that of independent variables, $I(X; Y) = D(p_{XY} \Vert p_X p_Y)$.

    >>> print(mutual_information(jnp.array([[0.5, 0.0], [0.0, 0.5]])) / jnp.log(2.0))
    1.0
    """
    return kl(joint.ravel(), jnp.outer(joint.sum(1), joint.sum(0)).ravel())
