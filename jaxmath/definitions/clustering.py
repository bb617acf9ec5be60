r"""Tokens as particles on a sphere, which attention drives together.

Layers are time, residuals are steps, norms keep tokens on the sphere; queries, keys and values are the
tokens themselves.

Source: Geshkovski et al., *A mathematical perspective on transformers* (2023), arXiv:2312.10794,
sections 2 and 3. Claims: `jaxmath.claims.clustering`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.attention import attention
from jaxmath.notation import checked


@checked
def sphere_energy(x: Float[Array, "n d"], beta: Scalar) -> Float[Array, ""]:
    r"""$E = \frac{1}{2 \beta n^2} \sum_{ij} e^{\beta\, x_i \cdot x_j}$, greatest where all tokens are one.

    >>> print(sphere_energy(jnp.zeros((3, 2)), 2.0))
    0.25
    """
    return jnp.exp(beta * (x @ x.T)).mean() / (2 * beta)


@checked
def sphere_flow(x: Float[Array, "n d"], beta: Scalar) -> Float[Array, "n d"]:
    r"""The velocity of tokens under self-attention, $\dot x_i = P_{x_i} \sum_j p_{ij} x_j$.

    $P_x y = y - (x \cdot y)\, x$ and $p_{ij} \propto e^{\beta\, x_i \cdot x_j}$.
    """
    return _tangent(x, attention(x, x, x, scale=beta))


@checked
def unnormalised_sphere_flow(x: Float[Array, "n d"], beta: Scalar) -> Float[Array, "n d"]:
    r"""The same with $n$ in place of the denominators.

    $\dot x_i = P_{x_i} \frac1n \sum_j e^{\beta\, x_i \cdot x_j} x_j$.
    """
    return _tangent(x, jnp.exp(beta * (x @ x.T)) @ x / x.shape[0])


def _tangent(x: Array, y: Array) -> Array:
    return y - (x * y).sum(-1, keepdims=True) * x
