r"""Rules for integrals from 0 to 1, as weighted means of values at nodes.

Source: Davis & Rabinowitz, *Methods of numerical integration*, 2nd ed. (1984), sections 2.1 and 2.7.
Claims: `jaxmath.claims.quadrature`.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float
from scipy import special


class Quadrature(NamedTuple):
    r"""A rule, $\int_0^1 g \approx \sum_i w_i\, g(t_i)$.

    Attributes:
      nodes: $t$.
      weights: $w$.
    """

    nodes: Float[Array, " nodes"]
    weights: Float[Array, " nodes"]


def gauss_legendre(nodes: int) -> Quadrature:
    """The rule that is exact for polynomials of the highest degree: $2 n - 1$ with $n$ nodes.

    >>> print(gauss_legendre(1).nodes)
    [0.5]
    """
    t, w = special.roots_legendre(nodes)
    return Quadrature(jnp.asarray((1 + t) / 2), jnp.asarray(w / 2))


def midpoint(nodes: int) -> Quadrature:
    """The middles of $n$ equal parts, with equal weights.

    >>> print(midpoint(2).nodes)
    [0.25 0.75]
    """
    return _equal((jnp.arange(0.0, nodes) + 0.5) / nodes)


def left_riemann(nodes: int) -> Quadrature:
    """The left ends of $n$ equal parts, with equal weights.

    >>> print(left_riemann(2).nodes)
    [0.  0.5]
    """
    return _equal(jnp.arange(0.0, nodes) / nodes)


def right_riemann(nodes: int) -> Quadrature:
    """The right ends of $n$ equal parts, with equal weights.

    >>> print(right_riemann(2).nodes)
    [0.5 1. ]
    """
    return _equal(jnp.arange(1.0, nodes + 1) / nodes)


def trapezoid(nodes: int) -> Quadrature:
    r"""Both ends of $n - 1$ equal parts, with half the weight at 0 and at 1; $n \ge 2$.

    >>> print(trapezoid(3).weights)
    [0.25 0.5  0.25]
    """
    weights = jnp.ones(nodes).at[jnp.array([0, -1])].set(0.5)
    return Quadrature(jnp.linspace(0.0, 1.0, nodes), weights / (nodes - 1))


def _equal(nodes: Array) -> Quadrature:
    return Quadrature(nodes, jnp.full_like(nodes, 1 / nodes.size))
