r"""The law of Hoffmann et al., and the sizes at which a budget of compute is spent best.

Source: Hoffmann et al., *Training compute-optimal large language models* (2022), arXiv:2203.15556, eq. (2),
(4) and appendix D.3; Besiroglu et al., *Chinchilla scaling: a replication attempt* (2024),
arXiv:2404.10102, table 1.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


class ChinchillaLaw(NamedTuple):
    r"""Coefficients of $L = E + A N^{-\alpha} + B D^{-\beta}$, in nats for each token."""

    E: Scalar
    A: Scalar
    B: Scalar
    alpha: Scalar
    beta: Scalar


HOFFMANN = ChinchillaLaw(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)
"""As printed: the digits are too few for more than the loss itself; see `BESIROGLU`."""

BESIROGLU = ChinchillaLaw(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
"""Fitted again to what could be read off the figures of the paper."""


@checked
def chinchilla_loss(
    n: Float[Array, "*shape"] | float, d: Float[Array, "*shape"] | float, law: ChinchillaLaw = BESIROGLU
) -> Float[Array, "*shape"]:
    r"""Loss of $N$ parameters after $D$ tokens, $L(N, D) = E + A N^{-\alpha} + B D^{-\beta}$.

    >>> print(chinchilla_loss(4.0, 8.0, ChinchillaLaw(1.0, 2.0, 2.0, 0.5, 1.0)))
    2.25
    """
    return law.E + law.A / jnp.asarray(n) ** law.alpha + law.B / jnp.asarray(d) ** law.beta


def chinchilla_exponent(law: ChinchillaLaw = BESIROGLU) -> Scalar:
    r"""$a = \beta / (\alpha + \beta)$: the best size grows as $C^a$, the best data as $C^{1 - a}$."""
    return law.beta / (law.alpha + law.beta)


@checked
def chinchilla_optimum(
    flops: Float[Array, "*shape"] | float, law: ChinchillaLaw = BESIROGLU
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""Parameters and tokens of least loss among all with $6 N D = C$.

    $$ N = G \left(\frac{C}{6}\right)^{a}, \qquad D = \frac{1}{G} \left(\frac{C}{6}\right)^{1 - a}, \qquad
       G = \left(\frac{\alpha A}{\beta B}\right)^{1 / (\alpha + \beta)} $$

    Args:
      flops: the budget, $C$.
      law: the law.
    """
    x = jnp.log(jnp.asarray(flops) / 6)
    g = (jnp.log(law.alpha * law.A) - jnp.log(law.beta * law.B)) / (law.alpha + law.beta)
    a = chinchilla_exponent(law)
    return jnp.exp(g + a * x), jnp.exp((1 - a) * x - g)


@checked
def chinchilla_tokens(
    n: Float[Array, "*shape"] | float, law: ChinchillaLaw = BESIROGLU
) -> Float[Array, "*shape"]:
    r"""Tokens at which a size is the best one, $D = (\beta B N^\alpha / (\alpha A))^{1 / \beta}$."""
    ratio = jnp.log(law.beta * law.B) - jnp.log(law.alpha * law.A)
    return jnp.exp((ratio + law.alpha * jnp.log(jnp.asarray(n))) / law.beta)
