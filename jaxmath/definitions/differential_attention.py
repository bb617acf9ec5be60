r"""Differential attention: what one attention sees, less what another sees.

Source: Ye et al., *Differential transformer* (2024), arXiv:2410.05258, eq. (1) to (3).
Claims: `jaxmath.claims.differential_attention`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.attention import attention_weights
from jaxmath.notation import checked


@checked
def differential_attention(
    q: Float[Array, "2 n d"],
    k: Float[Array, "2 m d"],
    v: Float[Array, "m e"],
    share: Scalar,
    mask: Bool[Array, "n m"] | None = None,
) -> Float[Array, "n e"]:
    r"""$(P_1 - \lambda P_2)\, V$ with the weights $P_1$, $P_2$ of two heads.

    Args:
      q: queries of both.
      k: keys of both.
      v: values, which they share.
      share: $\lambda$.
      mask: of both.

    >>> print(differential_attention(jnp.zeros((2, 1, 1)), jnp.zeros((2, 1, 1)), jnp.array([[4.0]]), 0.25))
    [[3.]]
    """
    return (attention_weights(q[0], k[0], mask) - share * attention_weights(q[1], k[1], mask)) @ v


def differential_share(layer: int) -> float:
    r"""Where $\lambda$ of a layer begins, $0.8 - 0.6\, e^{-0.3 (l - 1)}$; the first layer is 1.

    >>> print(f"{differential_share(1):.1f}")
    0.2
    """
    return float(0.8 - 0.6 * jnp.exp(-0.3 * (layer - 1)))
