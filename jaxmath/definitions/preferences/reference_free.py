r"""Preferences without a reference policy: SimPO and ORPO.

Source: Meng et al., *SimPO* (2024), arXiv:2405.14734, eq. (6);
Hong et al., *ORPO* (2024), arXiv:2403.07691, eqs. (3) to (7).
Claims: `jaxmath.claims.preferences`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.activations import softplus
from jaxmath.notation import checked


@checked
def simpo(
    chosen: Float[Array, ""],
    rejected: Float[Array, ""],
    chosen_length: Scalar,
    rejected_length: Scalar,
    beta: Scalar = 2.0,
    gamma: Scalar = 1.0,
) -> Float[Array, ""]:
    r"""Simple preference optimisation: mean log-probabilities, and a margin to exceed.

    $$ -\log \sigma\Bigl(\frac{\beta}{|y_w|} \log \pi(y_w) - \frac{\beta}{|y_l|} \log \pi(y_l)
       - \gamma\Bigr) $$

    Args:
      chosen: $\log \pi(y_w)$, the sum over the tokens.
      rejected: $\log \pi(y_l)$.
      chosen_length: $|y_w|$, tokens.
      rejected_length: $|y_l|$, tokens.
      beta: $\beta$.
      gamma: $\gamma$, the margin.

    >>> print(simpo(jnp.array(-3.0), jnp.array(-6.0), 3.0, 6.0, gamma=0.0) / jnp.log(2.0))
    1.0
    """
    return softplus(gamma - beta * (chosen / chosen_length - rejected / rejected_length))


def log_odds(log_prob: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The logarithm of the odds of a probability, $\log p - \log(1 - p)$.

    >>> print(log_odds(jnp.log(jnp.array([0.5]))))
    [0.]
    """
    return log_prob - jnp.log(-jnp.expm1(log_prob))


@checked
def orpo(
    chosen: Float[Array, ""],
    rejected: Float[Array, ""],
    chosen_length: Scalar,
    rejected_length: Scalar,
    weight: Scalar = 0.1,
) -> Float[Array, ""]:
    r"""Odds-ratio preference optimisation: the loss of the chosen answer, and odds against the other.

    $$ -\bar\ell_w - \lambda \log \sigma\bigl(\log \mathrm{odds}(\bar\ell_w) - \log \mathrm{odds}(\bar\ell_l)
       \bigr), \qquad \bar\ell = \frac{1}{|y|} \log \pi(y) $$

    Args:
      chosen: $\log \pi(y_w)$, the sum over the tokens.
      rejected: $\log \pi(y_l)$.
      chosen_length: $|y_w|$, tokens.
      rejected_length: $|y_l|$, tokens.
      weight: $\lambda$.
    """
    better, worse = chosen / chosen_length, rejected / rejected_length
    return weight * softplus(log_odds(worse) - log_odds(better)) - better
