r"""Calibration: whether what is said with probability $p$ is right in a share $p$ of the cases.

Source: Guo et al., *On calibration of modern neural networks* (2017), arXiv:1706.04599, eqs. (3), (5) and
section 4.2 (temperature scaling); Naeini, Cooper & Hauskrecht (2015).
Claims: `jaxmath.claims.calibration`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.losses import token_losses
from jaxmath.definitions.softmax import softmax
from jaxmath.notation import checked


@checked
def bins_of(confidence: Float[Array, " b"], bins: int) -> Int[Array, " b"]:
    r"""The bin $m$ of each confidence, $m / M < c \le (m + 1) / M$; zero is in the first.

    >>> print(bins_of(jnp.array([0.0, 0.5, 0.75, 1.0]), 2))
    [0 0 1 1]
    """
    return jnp.maximum(jnp.ceil(confidence * bins).astype(jnp.int32) - 1, 0)


@checked
def expected_calibration_error(
    confidence: Float[Array, " b"], correct: Bool[Array, " b"], bins: int
) -> Float[Array, ""]:
    r"""The mean gap between confidence and accuracy, $\sum_m \frac{n_m}n |\mathrm{acc}_m - \mathrm{conf}_m|$.

    Above zero on average even for calibrated confidences, the more so the fewer cases a bin holds.

    >>> print(expected_calibration_error(jnp.array([0.75, 0.75]), jnp.array([True, False]), 4))
    0.25
    """
    return jnp.abs(_surplus(confidence, correct, bins)[0]).sum() / confidence.shape[0]


@checked
def maximum_calibration_error(
    confidence: Float[Array, " b"], correct: Bool[Array, " b"], bins: int
) -> Float[Array, ""]:
    r"""The greatest gap of a bin that is not empty, $\max_m |\mathrm{acc}_m - \mathrm{conf}_m|$.

    >>> print(maximum_calibration_error(jnp.array([0.75, 0.25]), jnp.array([True, True]), 4))
    0.75
    """
    surplus, sizes = _surplus(confidence, correct, bins)
    return (jnp.abs(surplus) / jnp.maximum(sizes, 1)).max()


@checked
def scaled_loss(logits: Float[Array, "b v"], labels: Int[Array, " b"], beta: Scalar) -> Float[Array, ""]:
    r"""The mean loss at an inverse temperature, $\frac1n \sum \mathrm{LSE}(\beta x) - \beta x_y$; convex.

    >>> print(scaled_loss(jnp.array([[0.0, 5.0]]), jnp.array([0]), 0.0) / jnp.log(2.0))
    1.0
    """
    return token_losses(beta * logits, labels).mean()


@checked
def fitted_temperature(logits: Float[Array, "b v"], labels: Int[Array, " b"]) -> Float[Array, ""]:
    r"""The temperature of least loss, by bisection between $2^{-20}$ and $2^{20}$.

    There the mean score of the labels is the mean of the expected scores,
    $\sum x_y = \sum \mathbb E_{p} [x]$ for $p = \mathrm{softmax}(x / T)$.

    >>> print(fitted_temperature(jnp.log(jnp.array([[1.0, 4.0]] * 3)), jnp.array([1, 1, 0])).round(3))
    2.0
    """
    target = jnp.take_along_axis(logits, labels[:, None], axis=1).mean()

    def halve(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        expected = (softmax(logits / 2**middle) * logits).sum(-1).mean()
        # Expected scores fall as the temperature rises.
        return jnp.where(expected > target, middle, low), jnp.where(expected > target, high, middle)

    low, high = jnp.asarray(-20, logits.dtype), jnp.asarray(20, logits.dtype)
    return 2 ** jax.lax.fori_loop(0, 60, halve, (low, high))[0]


def _surplus(confidence: Array, correct: Array, bins: int) -> tuple[Array, Array]:
    """By bin: how many more were right than was expected, and how many there are."""
    member = jax.nn.one_hot(bins_of(confidence, bins), bins, dtype=confidence.dtype)
    return (jnp.where(correct, 1, 0).astype(confidence.dtype) - confidence) @ member, member.sum(0)
