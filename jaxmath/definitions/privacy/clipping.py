r"""Gradients of single examples: clipped, their norms without forming them, and a noisy mean.

Source: Abadi et al., *Deep learning with differential privacy* (2016), arXiv:1607.00133, algorithm 1;
Goodfellow, *Efficient per-example gradient computations* (2015), arXiv:1510.01799;
Li et al., *Large language models can be strong differentially private learners* (2022), arXiv:2110.05679,
section 4 (ghost clipping).
Claims: `jaxmath.claims.privacy`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.optimizers.clipping import clip_by_global_norm
from jaxmath.notation import checked


@checked
def clip_each(grads: Float[Array, "b d"], limit: Scalar) -> Float[Array, "b d"]:
    r"""Each example's gradient shortened to the length $C$, if longer: $g_i \min(1, C / \lVert g_i \rVert)$.

    >>> print(clip_each(jnp.array([[3.0, 4.0], [0.5, 0.0]]), 1.0))
    [[0.6 0.8]
     [0.5 0. ]]
    """
    return jax.vmap(lambda g: clip_by_global_norm(g, limit))(grads)


@checked
def private_mean(
    grads: Float[Array, "b d"], noise: Float[Array, " d"], limit: Scalar, multiplier: Scalar, size: Scalar
) -> Float[Array, " d"]:
    r"""The gradient of DP-SGD, $\frac1B \bigl( \sum_i \mathrm{clip}_C(g_i) + \sigma C z \bigr)$.

    Args:
      grads: gradients of the examples that were drawn.
      noise: $z$, independent standard normal numbers.
      limit: $C$.
      multiplier: $\sigma$, the noise in units of what one example can change of the sum.
      size: $B$, the expected number of examples, which is not a secret.

    >>> print(private_mean(jnp.array([[3.0, 4.0]]), jnp.array([0.0, 1.0]), 1.0, 0.5, 2.0))
    [0.3  0.65]
    """
    return (clip_each(grads, limit).sum(0) + multiplier * limit * noise) / size


@checked
def ghost_norm(x: Float[Array, "t d"], delta: Float[Array, "t e"]) -> Float[Array, ""]:
    r"""The norm of an example's gradient of a linear layer, $\lVert x^\top \delta \rVert_F$, unformed.

    $$ \lVert x^\top \delta \rVert_F^2 = \sum_{s, t} (x_s \cdot x_t) (\delta_s \cdot \delta_t) $$

    Args:
      x: what went into the layer, one row per token.
      delta: the derivative of the loss by what came out.

    >>> print(ghost_norm(jnp.array([[3.0, 4.0]]), jnp.array([[2.0]])))
    10.0
    """
    return jnp.sqrt(((x @ x.T) * (delta @ delta.T)).sum())
