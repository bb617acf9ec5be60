r"""Kahneman-Tversky optimisation: single answers, good or bad, against a reference point.

Source: Ethayarajh et al., *KTO: model alignment as prospect theoretic optimization* (2024),
arXiv:2402.01306, section 4.1.
Claims: `jaxmath.claims.preferences`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.activations import sigmoid
from jaxmath.notation import checked


@checked
def kto(
    answer: Float[Array, ""],
    ref_answer: Float[Array, ""],
    divergence: Float[Array, ""],
    desirable: Bool[Array, ""] | bool,
    beta: Scalar = 0.1,
    gain: Scalar = 1.0,
    loss: Scalar = 1.0,
) -> Float[Array, ""]:
    r"""The loss of one answer.

    $$ \begin{cases} \lambda_D \bigl(1 - \sigma(\beta (r - z))\bigr) & y \text{ desirable} \\
       \lambda_U \bigl(1 - \sigma(\beta (z - r))\bigr) & \text{else} \end{cases}, \qquad
       r = \log \frac{\pi(y)}{\pi_{\mathrm{ref}}(y)} $$

    Args:
      answer: $\log \pi(y)$.
      ref_answer: $\log \pi_{\mathrm{ref}}(y)$.
      divergence: $z$, an estimate of $D(\pi \Vert \pi_{\mathrm{ref}})$; no gradient goes through it.
      desirable: whether the answer is a good one.
      beta: $\beta$.
      gain: $\lambda_D$, the weight of desirable answers.
      loss: $\lambda_U$, the weight of the others.

    >>> print(kto(*jnp.zeros(3), True))
    0.5
    """
    h = beta * (answer - ref_answer - jax.lax.stop_gradient(divergence))
    return jnp.where(desirable, gain * (1 - sigmoid(h)), loss * (1 - sigmoid(-h)))
