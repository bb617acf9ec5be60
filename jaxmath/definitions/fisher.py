r"""Fisher information: how fast a law changes with its parameters.

Source: Fisher, *Theory of statistical estimation* (1925); Amari, *Natural gradient works efficiently in
learning* (1998), section 2.
Claims: `jaxmath.claims.fisher`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import softmax


def fisher_softmax(x: Float[Array, " n"]) -> Float[Array, "n n"]:
    r"""Of the law $p = \mathrm{softmax}(x)$ in its scores, $\mathrm{diag}(p) - p p^\top$.

    >>> print(fisher_softmax(jnp.zeros(2)))
    [[ 0.25 -0.25]
     [-0.25  0.25]]
    """
    p = softmax(x)
    return jnp.diag(p) - jnp.outer(p, p)


def fisher_gaussian(std: Scalar) -> Float[Array, "2 2"]:
    r"""Of a normal law in its mean and its standard deviation, $\mathrm{diag}(1 / \sigma^2, 2 / \sigma^2)$.

    >>> print(fisher_gaussian(0.5))
    [[4. 0.]
     [0. 8.]]
    """
    one = jnp.ones((), jnp.result_type(std, float))
    return jnp.diag(jnp.stack([one, 2 * one])) / std**2
