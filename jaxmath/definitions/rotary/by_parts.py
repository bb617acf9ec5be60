r"""Clocks are slowed down by parts: slow ones, which never went full circle in training, but not fast ones.

Source: Peng et al., *YaRN: efficient context window extension of large language models* (2023),
arXiv:2309.00071, section 3.2; Dubey et al., *The Llama 3 herd of models* (2024), arXiv:2407.21783,
and its reference code. Claims: `jaxmath.claims.rotary.bands`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def rotations(frequencies: Float[Array, " r"], length: Scalar) -> Float[Array, " r"]:
    r"""How often each clock goes round in a text, $L\, \omega_i / 2\pi = L / \lambda_i$."""
    return frequencies * length / (2 * jnp.pi)


def llama3_frequencies(
    frequencies: Float[Array, " r"],
    factor: Scalar = 8.0,
    low: Scalar = 1.0,
    high: Scalar = 4.0,
    original: Scalar = 8192,
) -> Float[Array, " r"]:
    r"""NTK by parts, with a ramp that is linear in the number of rotations.

    $$ \omega_i' = (1 - \gamma_i) \frac{\omega_i}{s} + \gamma_i\, \omega_i, \qquad
       \gamma_i = \operatorname{clip}\Bigl(\frac{L / \lambda_i - \alpha}{\beta - \alpha}, 0, 1\Bigr),
       \qquad \lambda_i = \frac{2 \pi}{\omega_i} $$

    Args:
      frequencies: $\omega$.
      factor: $s$.
      low: $\alpha$: clocks that go round less often are slowed down by the factor.
      high: $\beta$: clocks that go round more often are left alone. YaRN's paper has 32.
      original: $L$, positions in training.

    >>> print(llama3_frequencies(2 * jnp.pi * jnp.array([1.0, 0.01]), original=100) / jnp.pi)
    [2.     0.0025]
    """
    keep = jnp.clip((rotations(frequencies, original) - low) / (high - low), 0, 1)
    return (1 - keep) * frequencies / factor + keep * frequencies
