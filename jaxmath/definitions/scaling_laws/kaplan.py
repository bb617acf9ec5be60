r"""The laws of Kaplan et al.

Source: Kaplan et al., *Scaling laws for neural language models* (2020), arXiv:2001.08361, eq. (1.5),
section 6.1 and appendix B; the fit of table 2.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


class KaplanLaw(NamedTuple):
    """Scales and exponents of parameters (without embeddings) and tokens."""

    n_c: Scalar
    d_c: Scalar
    alpha_n: Scalar
    alpha_d: Scalar


KAPLAN = KaplanLaw(n_c=6.4e13, d_c=1.8e13, alpha_n=0.076, alpha_d=0.103)
"""The joint fit."""


@checked
def kaplan_loss(
    n: Float[Array, "*shape"] | float, d: Float[Array, "*shape"] | float, law: KaplanLaw = KAPLAN
) -> Float[Array, "*shape"]:
    r"""$L(N, D) = \left[(N_c / N)^{\alpha_N / \alpha_D} + D_c / D\right]^{\alpha_D}$ at the best stop.

    >>> print(kaplan_loss(2.0, 4.0, KaplanLaw(4.0, 8.0, 1.0, 1.0)))
    4.0
    """
    model = (law.n_c / jnp.asarray(n)) ** (law.alpha_n / law.alpha_d)
    return (model + law.d_c / jnp.asarray(d)) ** law.alpha_d


def kaplan_compute_exponents(
    alpha_n: Scalar, alpha_b: Scalar, alpha_s: Scalar
) -> tuple[Scalar, Scalar, Scalar, Scalar]:
    r"""How compute is spent best: $\alpha_C = 1 / (1 / \alpha_N + 1 / \alpha_B + 1 / \alpha_S)$, and shares.

    $$ N \propto C^{\alpha_C / \alpha_N}, \quad B \propto C^{\alpha_C / \alpha_B}, \quad
       S \propto C^{\alpha_C / \alpha_S} $$

    Args:
      alpha_n: exponent of the loss in parameters.
      alpha_b: exponent of the loss in the critical batch.
      alpha_s: exponent of the loss in steps.

    Returns:
      $\alpha_C$ and the exponents of parameters, batch and steps.
    """
    alpha_c = 1 / (1 / alpha_n + 1 / alpha_b + 1 / alpha_s)
    return alpha_c, alpha_c / alpha_n, alpha_c / alpha_b, alpha_c / alpha_s
