r"""Scores from two models, or from one with and without its prompt.

Source: Sanchez et al., *Stay on topic with classifier-free guidance* (2023), arXiv:2306.17806, eq. (7);
Li et al., *Contrastive decoding* (2022), arXiv:2210.15097, section 3.
Claims: `jaxmath.claims.processors`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.processors._law import log_law, restrict
from jaxmath.definitions.processors.truncation import min_p
from jaxmath.notation import checked


@checked
def guided(
    conditional: Float[Array, " v"], unconditional: Float[Array, " v"], scale: Scalar
) -> Float[Array, " v"]:
    r"""Classifier-free guidance: scores $\log p_u + \gamma (\log p_c - \log p_u)$.

    Their law is in proportion to $p_c^\gamma p_u^{1 - \gamma}$.

    Scale 1 is the conditional model, 0 the unconditional one.

    Args:
      conditional: scores with the prompt.
      unconditional: scores without it.
      scale: $\gamma$.

    >>> print(guided(jnp.array([1.0, 1.0]), jnp.array([2.0, 2.0]), 1.0) / jnp.log(0.5))
    [1. 1.]
    """
    base = log_law(unconditional)
    return (base + scale * (log_law(conditional) - base)).astype(conditional.dtype)


@checked
def contrastive(
    expert: Float[Array, " v"], amateur: Float[Array, " v"], plausible: Scalar
) -> Float[Array, " v"]:
    r"""Contrastive decoding: $\log p_e - \log p_a$ where $p_e \ge \alpha \max p_e$, else $-\infty$.

    Args:
      expert: scores of the better model.
      amateur: scores of the worse one.
      plausible: $\alpha$, as in `min_p`.

    >>> print(contrastive(jnp.array([0.0, 0.0]), jnp.array([0.0, 0.0]), 0.5))
    [0. 0.]
    """
    keep = min_p(expert, plausible) > -jnp.inf
    return restrict((log_law(expert) - log_law(amateur)).astype(expert.dtype), keep)
