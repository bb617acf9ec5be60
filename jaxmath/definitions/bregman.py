r"""Bregman divergences, and what a convex function and its conjugate have to do with each other.

Source: Bregman, *The relaxation method of finding the common point of convex sets* (1967), eq. (1.4);
Boyd & Vandenberghe, *Convex optimization* (2004), section 3.3 (conjugates);
Blondel, Martins & Niculae, *Learning with Fenchel-Young losses* (2019), arXiv:1901.02324, definition 2.
Claims: `jaxmath.claims.bregman`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.information import entropy
from jaxmath.definitions.softmax import logsumexp
from jaxmath.notation import checked

Convex = Callable[[Float[Array, " n"]], Float[Array, ""]]


@checked
def bregman(phi: Convex, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, ""]:
    r"""How far a convex function at $x$ lies above its tangent at $y$.

    $$ D_\varphi(x, y) = \varphi(x) - \varphi(y) - \langle \nabla \varphi(y), x - y \rangle $$

    >>> print(bregman(lambda x: (x**2).sum(), jnp.array([3.0, 0.0]), jnp.array([0.0, 4.0])))
    25.0
    """
    value, slope = jax.value_and_grad(phi)(y)
    return phi(x) - value - jnp.vdot(slope, x - y)


def negative_entropy(p: Float[Array, " n"]) -> Float[Array, ""]:
    r"""$\sum_i p_i \log p_i$, the conjugate of $\log \sum_i e^{x_i}$ on the simplex.

    >>> print(negative_entropy(jnp.array([0.5, 0.5])) / jnp.log(2.0))
    -1.0
    """
    return -entropy(p)


@checked
def fenchel_young(scores: Float[Array, " n"], p: Float[Array, " n"]) -> Float[Array, ""]:
    r"""The Fenchel-Young loss of scores for a target law: how far the two are from being dual.

    $$ L(\theta, p) = \log \sum_i e^{\theta_i} + \sum_i p_i \log p_i - \langle \theta, p \rangle $$

    >>> print(fenchel_young(jnp.zeros(2), jnp.array([1.0, 0.0])) / jnp.log(2.0))
    1.0
    """
    return logsumexp(scores) + negative_entropy(p) - scores @ p
