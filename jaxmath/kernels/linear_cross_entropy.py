r"""Read-out and loss of next-token prediction; the matrix of scores is never whole.

Scores $x_{ti}$ come in blocks of tokens and words. Forward, a running maximum and denominator are kept,
and what remains is the logarithm of the denominator, $L_t$; backward, every block is computed anew,

$$ \ell_t = L_t - (1 - \epsilon)\, x_{t y_t} - \frac{\epsilon}{v} \sum_i x_{ti} + \lambda L_t^2, \qquad
   \frac{\partial \ell_t}{\partial x_{ti}} =
   (1 + 2 \lambda L_t)\, e^{x_{ti} - L_t} - (1 - \epsilon) [i = y_t] - \frac{\epsilon}{v}. $$

A mean of losses finds its gradient while their scores are there, if it is differentiated in reverse mode
(`_total_loss`): the cotangents of the losses are then known but for a factor, and nothing is computed anew.
Products of 16-bit numbers are added up in float32. Definition: `jaxmath.definitions.linear_cross_entropy`.
Claims: `jaxmath.claims.linear_cross_entropy`.

Source: Wijmans et al., *Cut your losses in large-vocabulary language models* (2024), arXiv:2411.09009.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.kernels._differentiable import differentiable
from jaxmath.kernels._numeric import wide
from jaxmath.kernels._token_losses import TokenLosses
from jaxmath.kernels._total_loss import TotalLoss
from jaxmath.notation import checked

# Scores at once: 16 MiB in float32, half of what glibc would have to map anew at every call.
_SCORES = 2**22
_TOKENS = 8192
# Scores at once where the gradient is found beside the loss, all words of some tokens: 52 MiB in float32 on a
# CPU, four times as much elsewhere; and so few tokens that it would be slower, since every block of them
# reads the whole table.
_ROWS, _FEW = 13 * 2**20, 16


@checked
def linear_token_losses(
    x: Float[Array, "... d"],
    table: Float[Array, "v d"],
    targets: Int[Array, "..."],
    bias: Float[Array, " v"] | None = None,
    *,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    soft_cap: float | None = None,
    block: tuple[int, int] | None = None,
) -> Float[Array, "..."]:
    r"""The loss of each token, in float32 (float64 for float64).

    Args:
      x: a vector per token.
      table: a row per word.
      targets: the right words, $0 \le y < v$.
      bias: added to the scores of all tokens.
      label_smoothing: $\epsilon$.
      z_loss: $\lambda$.
      soft_cap: $c$: scores $x$ become $c \tanh(x / c)$.
      block: tokens and words at once; chosen by size if left out.

    Raises:
      NotationError: if the arguments do not fit together.
      ValueError: if dtypes or blocks are not what they must be.
    """
    kernel, operands = _call(x, table, targets, bias, block, label_smoothing, z_loss, soft_cap)
    losses, _ = differentiable(kernel)(*operands)
    return losses.reshape(targets.shape)


@checked
def linear_cross_entropy(
    x: Float[Array, "... d"],
    table: Float[Array, "v d"],
    targets: Int[Array, "..."],
    weights: Float[Array, "..."] | None = None,
    bias: Float[Array, " v"] | None = None,
    *,
    ignore: int | None = -100,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    soft_cap: float | None = None,
    block: int | tuple[int, int] | None = None,
) -> Float[Array, ""]:
    r"""The mean loss of the tokens that count, $\sum_t w_t \ell_t / \sum_t w_t$; zero if none does.

    Args:
      x: a vector per token.
      table: a row per word.
      targets: the right words.
      weights: $w$; 1 for every token if left out.
      bias: added to the scores of all tokens.
      ignore: the target that marks a token to be ignored, whatever its vector holds; `None` for no such mark.
      label_smoothing: $\epsilon$.
      z_loss: $\lambda$.
      soft_cap: $c$, as in `linear_token_losses`.
      block: tokens at once, whose gradient is found beside their loss, so that no product is taken twice;
        or tokens and words at once, with less memory; chosen by size if left out.

    Raises:
      NotationError: if the arguments do not fit together.
      ValueError: if dtypes or blocks are not what they must be.
    """
    counts = jnp.ones(targets.shape, bool) if ignore is None else targets != ignore
    x, targets = jnp.where(counts[..., None], x, 0), jnp.where(counts, targets, 0)
    weights = jnp.ones(targets.shape, wide(x)) if weights is None else weights.astype(wide(x))
    weights = jnp.where(counts, weights, 0)
    total = weights.sum()
    weights = jnp.where(total == 0, 0, weights / jnp.where(total == 0, 1, total))
    tokens = _at_once(block, x, table)
    blocks = None if isinstance(block, int) else block
    kernel, operands = _call(x, table, targets, bias, blocks, label_smoothing, z_loss, soft_cap)
    if tokens is None:
        return (weights.reshape(-1) * differentiable(kernel)(*operands)[0]).sum()
    (loss,) = differentiable(TotalLoss(kernel, tokens))(*operands, weights.reshape(-1))
    return loss


def _call(
    x: jax.Array, table: jax.Array, targets: jax.Array, bias: jax.Array | None,
    block: tuple[int, int] | None, label_smoothing: float, z_loss: float, soft_cap: float | None,
) -> tuple[TokenLosses, tuple[jax.Array, ...]]:  # fmt: skip
    """The kernel of single tokens, and its operands."""
    _check(x, table, targets)
    bias = jnp.zeros(table.shape[0], wide(x)) if bias is None else bias.astype(wide(x))
    kernel = TokenLosses(label_smoothing, z_loss, soft_cap, _blocks(block, targets.size))
    return kernel, (x.reshape(-1, x.shape[-1]), table, bias, targets.reshape(-1))


def _at_once(block: Any, x: jax.Array, table: jax.Array) -> int | None:
    """How many tokens have their gradient found beside their loss; `None` for losses first."""
    if isinstance(block, int):
        if block < 1:
            raise ValueError(f"linear_cross_entropy: block must be at least one token; got {block}.")
        return block
    on_cpu = jax.default_backend() == "cpu"
    # There, products of 16-bit numbers would first need the whole table in float32.
    if block is not None or (on_cpu and x.dtype.itemsize == 2):
        return None
    tokens = (_ROWS if on_cpu else 4 * _ROWS) // max(table.shape[0], 1)
    tokens = tokens // 64 * 64 or tokens
    return min(tokens, max(x.size // max(x.shape[-1], 1), 1)) if tokens >= _FEW else None


def _check(x: jax.Array, table: jax.Array, targets: jax.Array) -> None:
    if x.shape[:-1] != targets.shape:
        raise ValueError(
            "linear_cross_entropy: there must be a target for every vector; x has leading axes "
            f"{x.shape[:-1]}, targets has {targets.shape}."
        )
    if x.dtype != table.dtype:
        raise ValueError(
            f"linear_cross_entropy: x and table must have one dtype; got {x.dtype} and {table.dtype}. "
            f"Pass table.astype({x.dtype})."
        )


def _blocks(block: tuple[int, int] | None, n: int) -> tuple[int, int]:
    if block is None:
        tokens = min(max(n, 1), _TOKENS)
        return tokens, max(_SCORES // tokens // 128 * 128, 128)
    if min(block) < 1:
        raise ValueError(
            f"linear_cross_entropy: block must be (tokens, words), both at least 1; got {block}."
        )
    return block
