r"""Direct preference optimisation: a reward model that is the policy itself.

Source: Bradley & Terry, *Rank analysis of incomplete block designs* (1952);
Rafailov et al., *Direct preference optimization* (2023), arXiv:2305.18290, eq. (7);
Mitchell, *A note on DPO with noisy preferences* (2023) (label smoothing);
Chowdhury et al., *Provably robust DPO* (2024), arXiv:2403.00409.
Claims: `jaxmath.claims.preferences`.
"""

from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.activations import sigmoid, softplus
from jaxmath.notation import checked

LogProb = Float[Array, ""]


@checked
def bradley_terry(better: Float[Array, ""], worse: Float[Array, ""]) -> Float[Array, ""]:
    r"""The probability that an answer of one reward is preferred to another, $\sigma(r_w - r_l)$.

    >>> import jax.numpy as jnp
    >>> print(bradley_terry(jnp.array(1.0), jnp.array(1.0)))
    0.5
    """
    return sigmoid(better - worse)


@checked
def preference_margin(
    chosen: LogProb, rejected: LogProb, ref_chosen: LogProb, ref_rejected: LogProb
) -> Float[Array, ""]:
    r"""How much more than the reference the policy prefers the chosen answer.

    $$ h = \log \frac{\pi(y_w)}{\pi_{\mathrm{ref}}(y_w)} - \log \frac{\pi(y_l)}{\pi_{\mathrm{ref}}(y_l)} $$
    """
    return (chosen - ref_chosen) - (rejected - ref_rejected)


@checked
def dpo(
    chosen: LogProb,
    rejected: LogProb,
    ref_chosen: LogProb,
    ref_rejected: LogProb,
    beta: Scalar = 0.1,
    label_smoothing: Scalar = 0.0,
) -> Float[Array, ""]:
    r"""The loss of DPO, $-(1 - \epsilon) \log \sigma(\beta h) - \epsilon \log \sigma(-\beta h)$.

    Args:
      chosen: $\log \pi(y_w)$.
      rejected: $\log \pi(y_l)$.
      ref_chosen: $\log \pi_{\mathrm{ref}}(y_w)$.
      ref_rejected: $\log \pi_{\mathrm{ref}}(y_l)$.
      beta: $\beta$, the price of distance from the reference.
      label_smoothing: $\epsilon$, the share of preferences that are thought wrong; 0 in the source, else
        conservative DPO.

    >>> import jax.numpy as jnp
    >>> print(dpo(*jnp.zeros(4)) / jnp.log(2.0))
    1.0
    """
    h = beta * preference_margin(chosen, rejected, ref_chosen, ref_rejected)
    return (1 - label_smoothing) * softplus(-h) + label_smoothing * softplus(h)


@checked
def robust_dpo(
    chosen: LogProb,
    rejected: LogProb,
    ref_chosen: LogProb,
    ref_rejected: LogProb,
    beta: Scalar = 0.1,
    flips: Scalar = 0.1,
) -> Float[Array, ""]:
    r"""DPO corrected for a share of flipped labels.

    $$ \frac{-(1 - \epsilon) \log \sigma(\beta h) + \epsilon \log \sigma(-\beta h)}{1 - 2 \epsilon} $$

    Args:
      chosen: see `dpo`.
      rejected: see `dpo`.
      ref_chosen: see `dpo`.
      ref_rejected: see `dpo`.
      beta: see `dpo`.
      flips: $\epsilon < \tfrac12$, the probability that a label is flipped.
    """
    h = beta * preference_margin(chosen, rejected, ref_chosen, ref_rejected)
    return ((1 - flips) * softplus(-h) - flips * softplus(h)) / (1 - 2 * flips)
