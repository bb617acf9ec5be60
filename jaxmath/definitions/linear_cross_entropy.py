r"""Read-out and loss of next-token prediction as one function.

Source: Press & Wolf, *Using the output embedding to improve language models* (2016), arXiv:1608.05859;
Gemma Team, *Gemma 2* (2024), arXiv:2408.00118, section 2 (soft-capped scores).
Kernel: `jaxmath.kernels.linear_cross_entropy`.  Claims: `jaxmath.claims.linear_cross_entropy`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.embedding import unembed
from jaxmath.definitions.losses import token_cross_entropy, token_losses
from jaxmath.notation import checked


@checked
def linear_token_losses(
    x: Float[Array, "n d"],
    table: Float[Array, "v d"],
    targets: Int[Array, " n"],
    bias: Float[Array, " v"] | None = None,
    *,
    label_smoothing: Scalar = 0.0,
    z_loss: Scalar = 0.0,
    soft_cap: Scalar | None = None,
) -> Float[Array, " n"]:
    r"""`token_losses` of the scores $c \tanh((x E^\top + b) / c)$.

    Args:
      x: a vector per token.
      table: $E$, a row per word.
      targets: the right words.
      bias: $b$; 0 if left out.
      label_smoothing: see `token_losses`.
      z_loss: see `token_losses`.
      soft_cap: $c$; scores are not capped if left out.

    >>> print(linear_token_losses(jnp.ones((1, 2)), jnp.zeros((4, 2)), jnp.array([2])) / jnp.log(4.0))
    [1.]
    """
    return token_losses(_scores(x, table, bias, soft_cap), targets, label_smoothing, z_loss)


@checked
def linear_cross_entropy(
    x: Float[Array, "n d"],
    table: Float[Array, "v d"],
    targets: Int[Array, " n"],
    weights: Float[Array, " n"] | None = None,
    bias: Float[Array, " v"] | None = None,
    *,
    label_smoothing: Scalar = 0.0,
    z_loss: Scalar = 0.0,
    soft_cap: Scalar | None = None,
    ignore: int | None = -100,
) -> Float[Array, ""]:
    r"""`token_cross_entropy` of the scores of `linear_token_losses`.

    Args:
      x: a vector per token.
      table: a row per word.
      targets: the right words.
      weights: see `token_cross_entropy`.
      bias: see `linear_token_losses`.
      label_smoothing: see `token_losses`.
      z_loss: see `token_losses`.
      soft_cap: see `linear_token_losses`.
      ignore: see `token_cross_entropy`.

    >>> x, table = jnp.ones((2, 1)), jnp.array([[0.0], [0.0]])
    >>> print(linear_cross_entropy(x, table, jnp.array([1, -100])) / jnp.log(2.0))
    1.0
    """
    how = {"label_smoothing": label_smoothing, "z_loss": z_loss, "ignore": ignore}
    return token_cross_entropy(_scores(x, table, bias, soft_cap), targets, weights, **how)


def _scores(x: Array, table: Array, bias: Array | None, cap: Scalar | None) -> Array:
    scores = unembed(x, table)
    scores = scores if bias is None else scores + jnp.broadcast_to(bias, scores.shape)
    return scores if cap is None else cap * jnp.tanh(scores / cap)
