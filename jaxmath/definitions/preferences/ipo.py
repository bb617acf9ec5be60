r"""Identity preference optimisation: a margin to reach, not to exceed.

Source: Azar et al., *A general theoretical paradigm to understand learning from human preferences* (2023),
arXiv:2310.12036, eq. (17).
Claims: `jaxmath.claims.preferences`.
"""

from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.preferences.dpo import LogProb, preference_margin
from jaxmath.notation import checked


@checked
def ipo(
    chosen: LogProb, rejected: LogProb, ref_chosen: LogProb, ref_rejected: LogProb, tau: Scalar = 0.1
) -> Float[Array, ""]:
    r"""Identity preference optimisation, $(h - 1 / 2 \tau)^2$: a margin to reach, not to exceed.

    >>> import jax.numpy as jnp
    >>> print(ipo(*jnp.zeros(4), tau=0.5))
    1.0
    """
    return (preference_margin(chosen, rejected, ref_chosen, ref_rejected) - 1 / (2 * tau)) ** 2
