r"""Read-out and loss of next-token prediction; the matrix of scores is never whole.

Scores $x_{ti}$ come in blocks of tokens and words. Forward, a running maximum and denominator are kept,
and what remains is the logarithm of the denominator, $L_t$; backward, every block is computed anew,

$$ \ell_t = L_t - (1 - \epsilon)\, x_{t y_t} - \frac{\epsilon}{v} \sum_i x_{ti} + \lambda L_t^2, \qquad
   \frac{\partial \ell_t}{\partial x_{ti}} =
   (1 + 2 \lambda L_t)\, e^{x_{ti} - L_t} - (1 - \epsilon) [i = y_t] - \frac{\epsilon}{v}. $$

Products of 16-bit numbers are added up in float32. Definition: `jaxmath.definitions.linear_cross_entropy`.
Claims: `jaxmath.claims.linear_cross_entropy`.

Source: Wijmans et al., *Cut your losses in large-vocabulary language models* (2024), arXiv:2411.09009.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present, differentiable
from jaxmath.kernels._numeric import wide, widened
from jaxmath.notation import checked

# Scores at once: 16 MiB in float32, half of what glibc would have to map anew at every call.
_SCORES = 2**22
_TOKENS = 8192


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
    _check(x, table, targets)
    bias = jnp.zeros(table.shape[0], wide(x)) if bias is None else bias.astype(wide(x))
    kernel = TokenLosses(label_smoothing, z_loss, soft_cap, _blocks(block, targets.size))
    losses, _ = differentiable(kernel)(x.reshape(-1, x.shape[-1]), table, bias, targets.reshape(-1))
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
    **options: Any,
) -> Float[Array, ""]:
    r"""The mean loss of the tokens that count, $\sum_t w_t \ell_t / \sum_t w_t$; zero if none does.

    Args:
      x: a vector per token.
      table: a row per word.
      targets: the right words.
      weights: $w$; 1 for every token if left out.
      bias: added to the scores of all tokens.
      ignore: the target that marks a token to be ignored, whatever its vector holds; `None` for no such mark.
      **options: see `linear_token_losses`.
    """
    counts = jnp.ones(targets.shape, bool) if ignore is None else targets != ignore
    x, targets = jnp.where(counts[..., None], x, 0), jnp.where(counts, targets, 0)
    losses = linear_token_losses(x, table, targets, bias, **options)
    weights = jnp.ones(losses.shape, losses.dtype) if weights is None else weights.astype(losses.dtype)
    weights = jnp.where(counts, weights, 0)
    total = weights.sum()
    nothing = total == 0
    return jnp.where(nothing, 0, (weights * losses).sum() / jnp.where(nothing, 1, total))


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


@dataclasses.dataclass(frozen=True)
class TokenLosses(Kernel):
    """Losses and logarithms of denominators, of vectors, table, bias and targets."""

    label_smoothing: float
    z_loss: float
    soft_cap: float | None
    block: tuple[int, int]

    def forward(self, *args: jax.Array) -> Arrays:
        """Losses and log-denominators, `[n]`."""
        x, table, bias, targets = args
        right = self._capped((widened(x) * widened(table[targets])).sum(-1) + bias[targets])
        lse, total = self._by_tokens(lambda rows: self._denominators(rows, table, bias), x)
        losses = lse - (1 - self.label_smoothing) * right + self.z_loss * lse**2
        return losses - self.label_smoothing / table.shape[0] * total, lse

    def _denominators(self, x: jax.Array, table: jax.Array, bias: jax.Array) -> Arrays:
        """Log-denominators of some tokens, and sums of scores."""

        def first(start: Any, size: int) -> Arrays:
            scores = self._scores(x, table, bias, start, size)
            top = lax.stop_gradient(scores.max(-1))
            return top, jnp.exp(scores - top[:, None]).sum(-1), self._total(scores)

        def more(state: Arrays, start: Any, size: int) -> Arrays:
            top, below, total = state
            scores = self._scores(x, table, bias, start, size)
            new = lax.stop_gradient(jnp.maximum(top, scores.max(-1)))
            below = below * jnp.exp(top - new) + jnp.exp(scores - new[:, None]).sum(-1)
            return new, below, total + self._total(scores)

        top, below, total = self._by_words(first, more, table.shape[0])
        return top + jnp.log(below), total

    def _total(self, scores: jax.Array) -> jax.Array:
        return scores.sum(-1) if self.label_smoothing else jnp.zeros(scores.shape[0], scores.dtype)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of vectors, table and bias."""
        x, table, bias, targets = args
        by_loss, by_lse = (
            jnp.zeros_like(y) if ct is None else ct for y, ct in zip(outputs, cotangents, strict=True)
        )
        by_lse = by_lse + by_loss * (1 + 2 * self.z_loss * outputs[1])
        rows = (x, targets, outputs[1], by_loss, by_lse)
        need_table, need_bias = wanted[1], wanted[2]
        sums = (jnp.zeros(table.shape, wide(table)), jnp.zeros(bias.shape, bias.dtype))

        def one(sums: Arrays, rows: Arrays) -> tuple[Arrays, jax.Array]:
            def more(state: Arrays, start: Any, size: int) -> Arrays:
                dx, dtable, dbias = state
                ds = self._pulled(rows, table, bias, start, size)
                part = lax.dynamic_slice_in_dim(table, start, size)
                dx = dx + _product(ds.astype(table.dtype), part, (1, 0)) if wanted[0] else dx
                if need_table:
                    dtable = _add_at(dtable, start, _product(ds.astype(x.dtype), rows[0], (0, 0)))
                dbias = _add_at(dbias, start, ds.sum(0)) if need_bias else dbias
                return dx, dtable, dbias

            state = (jnp.zeros(rows[0].shape, outputs[0].dtype), *sums)
            first = lambda start, size: more(state, start, size)  # noqa: E731
            dx, *sums = self._by_words(first, more, table.shape[0])
            return tuple(sums), dx

        (dtable, dbias), dx = self._scan(one, sums, rows)
        found = (dx.astype(x.dtype), dtable.astype(table.dtype), dbias, None)
        return tuple(y if asked else None for y, asked in zip(found, wanted, strict=True))

    def _pulled(self, rows: Arrays, table: jax.Array, bias: jax.Array, start: Any, size: int) -> jax.Array:
        """The cotangents of a block of scores, before they were capped."""
        x, targets, lse, by_loss, by_lse = rows
        scores = self._scores(x, table, bias, start, size)
        truth = (start + jnp.arange(size))[None] == targets[:, None]
        share = jnp.where(truth, 1 - self.label_smoothing, 0) + self.label_smoothing / table.shape[0]
        ds = by_lse[:, None] * jnp.exp(scores - lse[:, None]) - by_loss[:, None] * share.astype(scores.dtype)
        return ds if self.soft_cap is None else ds * (1 - (scores / self.soft_cap) ** 2)

    def _scores(self, x: jax.Array, table: jax.Array, bias: jax.Array, start: Any, size: int) -> jax.Array:
        part = lax.dynamic_slice_in_dim(table, start, size)
        return self._capped(_product(x, part, (1, 1)) + lax.dynamic_slice_in_dim(bias, start, size)[None])

    def _capped(self, scores: jax.Array) -> jax.Array:
        return scores if self.soft_cap is None else self.soft_cap * jnp.tanh(scores / self.soft_cap)

    def _by_words(self, first: Callable[..., Any], more: Callable[..., Any], v: int) -> Any:
        """A state after all blocks of words, begun with one that makes the others equally large."""
        size = min(self.block[1], v)
        count = -(-v // size) - 1
        rest = v - count * size
        step = lambda i, state: more(state, rest + i * size, size)  # noqa: E731
        state = first(0, rest)
        return lax.fori_loop(0, count, step, state) if count else state

    def _by_tokens(self, function: Callable[[jax.Array], Any], x: jax.Array) -> Any:
        """What a function makes of every block of tokens, side by side."""
        return self._scan(lambda state, rows: (state, function(*rows)), (), (x,))[1]

    def _scan(self, function: Callable[..., Any], state: Any, rows: Arrays) -> Any:
        """A state after all blocks of tokens, and what was made of each."""
        n = rows[0].shape[0]
        count = -(-n // self.block[0])
        if count <= 1:
            return function(state, rows)
        padded = [jnp.pad(r, [(0, count * self.block[0] - n)] + [(0, 0)] * (r.ndim - 1)) for r in rows]
        cut = tuple(r.reshape(count, self.block[0], *r.shape[1:]) for r in padded)
        state, found = lax.scan(function, state, cut)
        return state, jax.tree.map(lambda y: y.reshape(-1, *y.shape[2:])[:n], found)


def _product(a: jax.Array, b: jax.Array, axes: tuple[int, int]) -> jax.Array:
    """A product that adds up in float32 at least; on CPUs, XLA has none that takes 16-bit numbers."""
    if jax.default_backend() == "cpu":
        a, b = widened(a), widened(b)
    dims = (((axes[0],), (axes[1],)), ((), ()))
    return lax.dot_general(a, b, dims, preferred_element_type=wide(a))


def _add_at(total: jax.Array, start: Any, part: jax.Array) -> jax.Array:
    old = lax.dynamic_slice_in_dim(total, start, part.shape[0])
    return lax.dynamic_update_slice_in_dim(total, old + part, start, 0)
