r"""Losses of next-token prediction.

Source: Szegedy et al., *Rethinking the Inception architecture* (2015), arXiv:1512.00567, section 7
(label smoothing); Chowdhery et al., *PaLM* (2022), arXiv:2204.02311, section 5 (z-loss).
Claims: `jaxmath.claims.losses`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import log_softmax, logsumexp
from jaxmath.notation import checked


@checked
def token_losses(
    logits: Float[Array, "n v"],
    targets: Int[Array, " n"],
    label_smoothing: Scalar = 0.0,
    z_loss: Scalar = 0.0,
) -> Float[Array, " n"]:
    r"""The loss of each token.

    $$ \ell = -\sum_i \tilde y_i \log p_i + \lambda \Bigl(\log \sum_i e^{x_i}\Bigr)^2, \qquad
       \tilde y = (1 - \epsilon)\, y + \frac{\epsilon}{v} \mathbf 1, \quad p = \mathrm{softmax}(x) $$

    Args:
      logits: $x$, a row of scores per token.
      targets: the right tokens, $0 \le t < v$; $y$ is one-hot there.
      label_smoothing: $\epsilon$.
      z_loss: $\lambda$.

    >>> print(token_losses(jnp.zeros((1, 4)), jnp.array([2])) / jnp.log(4.0))
    [1.]
    """
    v = logits.shape[-1]
    y = (1 - label_smoothing) * jax.nn.one_hot(targets, v, dtype=logits.dtype) + label_smoothing / v
    return -(y * log_softmax(logits)).sum(-1) + z_loss * logsumexp(logits) ** 2


@checked
def token_cross_entropy(
    logits: Float[Array, "n v"],
    targets: Int[Array, " n"],
    weights: Float[Array, " n"] | None = None,
    *,
    label_smoothing: Scalar = 0.0,
    z_loss: Scalar = 0.0,
    ignore: int | None = -100,
) -> Float[Array, ""]:
    r"""The mean of `token_losses` over the tokens that count, $\sum_t w_t \ell_t / \sum_t w_t$.

    A token whose target is `ignore` does not count. Zero if no token counts.

    Args:
      logits: a row of scores per token.
      targets: the right tokens.
      weights: $w$; 1 for every token if left out.
      label_smoothing: see `token_losses`.
      z_loss: see `token_losses`.
      ignore: the target that marks a token to be ignored, `None` for no such mark.

    >>> x = jnp.array([[0.0, 0.0], [5.0, 9.0]])
    >>> print(token_cross_entropy(x, jnp.array([1, -100])) / jnp.log(2.0))
    1.0
    """
    counts = jnp.ones(targets.shape, bool) if ignore is None else targets != ignore
    # Ignored rows are replaced before the loss, so that whatever they hold has no derivative.
    logits = jnp.where(counts[:, None], logits, 0)
    losses = token_losses(logits, jnp.where(counts, targets, 0), label_smoothing, z_loss)
    return weighted_mean(losses, jnp.ones_like(losses) if weights is None else weights, counts)


def weighted_mean(
    x: Float[Array, " n"], weights: Float[Array, " n"], where: Bool[Array, " n"]
) -> Float[Array, ""]:
    r"""The mean $\sum_i w_i x_i / \sum_i w_i$ over the marked entries; zero if the weights add up to zero.

    >>> print(weighted_mean(jnp.array([1.0, 3.0, 9.0]), jnp.ones(3), jnp.array([True, True, False])))
    2.0
    """
    weights = jnp.where(where, weights, 0)
    total = weights.sum()
    nothing = total == 0
    return jnp.where(nothing, 0, (weights * jnp.where(where, x, 0)).sum() / jnp.where(nothing, 1, total))
