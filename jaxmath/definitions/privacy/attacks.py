r"""What an attack can find out.

Source: Carlini et al., *The secret sharer* (2019), arXiv:1802.08232, definition 4 (exposure);
Kairouz, Oh & Viswanath, *The composition theorem for differential privacy* (2015), arXiv:1311.0776,
theorem 2.1 (tests); Humphries et al. (2020), arXiv:2010.12112, theorem 3.1 (advantage).
Claims: `jaxmath.claims.privacy`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.notation import checked


@checked
def exposure(losses: Float[Array, " b"], canary: Int[Array, ""] | int) -> Float[Array, ""]:
    r"""How far up a canary ranks among what it might have been: $\log_2 |R| - \log_2 \mathrm{rank}$ bits.

    Args:
      losses: the model's loss on every candidate; the canary is the more exposed the lower its own.
      canary: which of them was planted.

    >>> print(exposure(jnp.array([3.0, 1.0, 2.0, 4.0]), 2))
    1.0
    """
    rank = (losses <= losses[canary]).sum(dtype=losses.dtype)
    return jnp.log2(jnp.asarray(losses.shape[0], losses.dtype)) - jnp.log2(rank)


def power_bound(false_positives: Scalar, epsilon: Scalar, delta: Scalar) -> Float[Array, ""]:
    r"""The greatest true positive rate of a test of membership, at a false positive rate.

    $$ \mathrm{TPR} \le \min(e^\varepsilon\, \mathrm{FPR} + \delta,\;
       1 - e^{-\varepsilon} (1 - \delta - \mathrm{FPR})) $$

    >>> print(power_bound(0.25, 0.0, 0.0))
    0.25
    """
    growth = jnp.exp(jnp.asarray(epsilon))
    return jnp.minimum(growth * false_positives + delta, 1 - (1 - delta - false_positives) / growth)


def advantage_bound(epsilon: Scalar, delta: Scalar) -> Float[Array, ""]:
    r"""The greatest $\mathrm{TPR} - \mathrm{FPR}$, $(e^\varepsilon - 1 + 2 \delta) / (e^\varepsilon + 1)$.

    >>> print(advantage_bound(0.0, 0.5))
    0.5
    """
    growth = jnp.exp(jnp.asarray(epsilon))
    return (growth - 1 + 2 * delta) / (growth + 1)
