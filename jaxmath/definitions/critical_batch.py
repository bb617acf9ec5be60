r"""How large a batch is worth its cost.

Source: McCandlish et al., *An empirical model of large-batch training* (2018), arXiv:1812.06162, eq. (2.6),
(2.7), (2.11) and appendix A.1; Kaplan et al. 2020, arXiv:2001.08361, eq. (5.3) and (5.4).
Claims: `jaxmath.claims.critical_batch`.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def steps_and_examples(batch: Scalar, critical: Scalar, steps_min: Scalar) -> tuple[Scalar, Scalar]:
    r"""Steps $S$ and examples $E = B S$ that a batch of $B$ needs to reach a loss.

    $$ S = S_{\min} \left(1 + \frac{B_{\mathrm{crit}}}{B}\right), \qquad
       E = E_{\min} \left(1 + \frac{B}{B_{\mathrm{crit}}}\right), \qquad
       B_{\mathrm{crit}} = \frac{E_{\min}}{S_{\min}} $$

    Args:
      batch: examples of a step, $B$.
      critical: the critical batch.
      steps_min: the least number of steps, approached by large batches.
    """
    return steps_min * (1 + critical / batch), steps_min * (critical + batch)


def simple_noise_scale(gradients: Float[Array, "b n"]) -> Float[Array, ""]:
    r"""$\mathcal B_{\mathrm{simple}} = \operatorname{tr} \Sigma / |G|^2$ of equally likely gradients.

    Args:
      gradients: the gradient of each example.

    >>> print(simple_noise_scale(jnp.array([[1.0], [3.0]])))
    0.25
    """
    mean = gradients.mean(0, keepdims=True)
    return ((gradients - mean) ** 2).sum() / len(gradients) / (mean**2).sum()


def noise_scale_estimates(small: Any, big: Any, b_small: Any, b_big: Any) -> tuple[Any, Any]:
    r"""Estimates without bias of $|G|^2$ and $\operatorname{tr} \Sigma$ from gradients of two batches.

    $$ \widehat{|G|^2} = \frac{B_b |G_b|^2 - B_s |G_s|^2}{B_b - B_s}, \qquad
       \widehat{\operatorname{tr} \Sigma} = \frac{|G_s|^2 - |G_b|^2}{1 / B_s - 1 / B_b} $$

    Their ratio estimates the noise scale, with bias. Arguments may be arrays or numbers of any kind.

    Args:
      small: squared norm of the mean gradient of the smaller batch.
      big: squared norm of the mean gradient of the larger batch.
      b_small: examples of the smaller batch.
      b_big: examples of the larger batch.
    """
    square = (b_big * big - b_small * small) / (b_big - b_small)
    return square, (small - big) / (1 / b_small - 1 / b_big)


def kaplan_critical_batch(loss: Scalar, scale: Scalar = 2e8, alpha: Scalar = 0.21) -> Scalar:
    r"""Critical batch in tokens at a loss, $B_\star L^{-1 / \alpha_B}$ (the source's fit)."""
    return scale * jnp.asarray(loss) ** (-1 / alpha)
