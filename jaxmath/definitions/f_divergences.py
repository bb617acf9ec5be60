r"""Divergences that compare two laws outcome by outcome, by their ratio.

Source: Csiszár, *Information-type measures of difference of probability distributions* (1967);
Liese & Vajda, *On divergences and informations in statistics and information theory* (2006), section II.
Claims: `jaxmath.claims.f_divergences`.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked

Law = Float[Array, " n"]


@checked
def f_divergence(f: Callable[[Law], Law], p: Law, q: Law) -> Float[Array, ""]:
    r"""$D_f(p \Vert q) = \sum_i q_i f(p_i / q_i)$ for a convex $f$ with $f(1) = 0$, and $q$ without zeros.

    >>> print(f_divergence(lambda r: jnp.abs(r - 1) / 2, jnp.array([1.0, 0.0]), jnp.array([0.25, 0.75])))
    0.75
    """
    return (q * f(p / q)).sum()


@checked
def chi_square(p: Law, q: Law) -> Float[Array, ""]:
    r"""Pearson's $\chi^2(p \Vert q) = \sum_i (p_i - q_i)^2 / q_i$.

    >>> print(chi_square(jnp.array([1.0, 0.0]), jnp.array([0.5, 0.5])))
    1.0
    """
    return ((p - q) ** 2 / q).sum()


@checked
def squared_hellinger(p: Law, q: Law) -> Float[Array, ""]:
    r"""$H^2(p, q) = \tfrac12 \sum_i (\sqrt{p_i} - \sqrt{q_i})^2$, between 0 and 1.

    >>> print(squared_hellinger(jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0])))
    1.0
    """
    return ((jnp.sqrt(p) - jnp.sqrt(q)) ** 2).sum() / 2


@checked
def bhattacharyya(p: Law, q: Law) -> Float[Array, ""]:
    r"""The overlap $\sum_i \sqrt{p_i q_i}$ of two laws.

    >>> print(bhattacharyya(jnp.array([0.5, 0.5]), jnp.array([0.5, 0.5])))
    1.0
    """
    return jnp.sqrt(p * q).sum()
