r"""Laws for data that is seen more than once.

Source: Muennighoff et al., *Scaling data-constrained language models* (2023), arXiv:2305.16264, section
3.1, eq. (5) and (7), and the coefficients of appendix A.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.scaling_laws.chinchilla import ChinchillaLaw, chinchilla_loss, chinchilla_optimum
from jaxmath.notation import checked


class DataConstrainedLaw(NamedTuple):
    """A law for fresh data, and how fast repeated data and surplus parameters lose their worth."""

    fresh: ChinchillaLaw
    r_d: Scalar
    r_n: Scalar


MUENNIGHOFF = DataConstrainedLaw(
    ChinchillaLaw(
        E=math.exp(0.6254804), A=math.exp(6.255414), B=math.exp(7.3049974), alpha=0.3526596, beta=0.3526596
    ),
    r_d=15.387756,
    r_n=5.309743,
)


@checked
def effective_amount(
    unique: Float[Array, "*shape"] | float, repeats: Float[Array, "*shape"] | float, r: Scalar
) -> Float[Array, "*shape"]:
    r"""The fresh amount worth as much as $U$ used $1 + R$ times, $U + U R^\star (1 - e^{-R / R^\star})$.

    Args:
      unique: the amount that is new, $U$.
      repeats: how often it is used after the first time, $R$.
      r: how many repetitions it takes until a further one is worth $1 / e$ of the first use, $R^\star$.
    """
    return jnp.asarray(unique) * (1 - r * jnp.expm1(-jnp.asarray(repeats) / r))


def data_constrained_loss(
    n: Float[Array, ""] | float,
    d: Float[Array, ""] | float,
    unique: Float[Array, ""] | float,
    law: DataConstrainedLaw = MUENNIGHOFF,
) -> Float[Array, ""]:
    r"""Loss of $N$ parameters after $D$ tokens of which $U_D$ are different.

    $D$ beyond $U_D$ counts as repetition, as does $N$ beyond the size $U_N$ that is best for $U_D$ tokens.
    """
    n, d, unique = jnp.asarray(n), jnp.asarray(d), jnp.minimum(jnp.asarray(unique), d)
    base = jnp.minimum(_best_size(unique, law.fresh), n)
    data = effective_amount(unique, d / unique - 1, law.r_d)
    return chinchilla_loss(effective_amount(base, n / base - 1, law.r_n), data, law.fresh)


def _best_size(d: Array, law: ChinchillaLaw) -> Array:
    """The size whose best amount of data this is: the first-order condition, solved for the size."""
    g = chinchilla_optimum(jnp.full_like(d, 6.0), law)[0]
    return g ** (1 + law.beta / law.alpha) * d ** (law.beta / law.alpha)
