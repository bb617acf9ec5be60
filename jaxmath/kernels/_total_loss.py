"""The sum of the losses of next-token prediction, whose gradient is found beside it.

Backward, `TokenLosses` computes all scores anew. Where it is only their weighted sum that is wanted, the
cotangents of the losses are known beforehand, up to one factor: then the scores of some tokens for all words
give their losses and the whole gradient at once, with three products instead of four.
"""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._kernel import Arrays, Direction, Kernel, Present
from jaxmath.kernels._numeric import wide
from jaxmath.kernels._token_losses import TokenLosses, add_at, by_tokens, by_words, product

# Words at once where the gradient of the table is added up.
_WORDS = 2048


@dataclasses.dataclass(frozen=True)
class TotalLoss(Kernel):
    r"""$\sum_t w_t \ell_t$, of vectors, table, bias, targets and weights.

    Attributes:
      losses: of single tokens; what the value and all but the first derivative in reverse mode are made of.
      tokens: at once, where a gradient is found beside its value.
    """

    losses: TokenLosses
    tokens: int

    def forward(self, *args: jax.Array) -> Arrays:
        """The sum, alone."""
        *rest, weights = args
        return ((weights * self.losses.forward(*rest)[0]).sum(),)

    def prepared(self) -> Kernel:
        """The sum and its gradient."""
        return _WithGradient(self.losses, self.tokens)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of all but the targets, from losses of single tokens."""
        *rest, weights = args
        (by_total,) = cotangents[: len(outputs) - self.hidden]
        by_total = jnp.zeros_like(outputs[0]) if by_total is None else by_total
        outs = self.losses.forward(*rest)
        pulled = self.losses.pullback(tuple(rest), outs, (by_total * weights, None), wanted[:-1])
        return (*pulled, by_total * outs[0] if wanted[-1] else None)


@dataclasses.dataclass(frozen=True)
class _WithGradient(TotalLoss):
    hidden = 4

    def forward(self, *args: jax.Array) -> Arrays:
        """The sum; and the losses, and the sum's derivatives by vectors, table and bias."""
        x, table, bias, targets, weights = args

        def one(sums: Any, rows: Arrays) -> tuple[Any, Arrays]:
            dtable, dbias = sums
            losses, ds = self._turned(rows, table, bias)

            def add(dtable: jax.Array, start: Any, size: int) -> jax.Array:
                part = lax.dynamic_slice_in_dim(ds, start, size).astype(x.dtype)
                return add_at(dtable, start, product(part, rows[0], (1, 0)))

            dtable = by_words(_WORDS, functools.partial(add, dtable), add, table.shape[0])
            return (dtable, dbias + ds.sum(1)), (losses, product(ds.astype(table.dtype), table, (0, 0)))

        sums = (jnp.zeros(table.shape, wide(table)), jnp.zeros(bias.shape, bias.dtype))
        (dtable, dbias), (losses, dx) = by_tokens(self.tokens, one, sums, (x, targets, weights))
        return (weights * losses).sum(), losses, dx, dtable, dbias

    def _turned(self, rows: Arrays, table: jax.Array, bias: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The losses of some tokens, and what their weighted sum pulls back to scores, `[words, tokens]`."""
        x, targets, weights = rows
        how = self.losses
        scores = how.capped(product(table, x, (1, 1)) + bias[:, None])
        top = scores.max(0)
        e = jnp.exp(scores - top[None])
        below = e.sum(0)
        lse = top + jnp.log(below)
        losses = how.combined(lse, how.right(x, table, bias, targets), how.total(scores, 0), table.shape[0])
        share = how.share(0, table.shape[0], targets, table.shape[0], axis=0).astype(scores.dtype)
        ds = e * (weights * (1 + 2 * how.z_loss * lse) / below)[None] - weights[None] * share
        return losses, how.uncapped(ds, scores)

    def prepared(self) -> Kernel:
        """Itself."""
        return self

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        """The tangent of the sum."""
        return TotalLoss(self.losses, self.tokens).pushforward(args, outputs[:1], tangents)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The gradient, scaled."""
        total, losses, dx, dtable, dbias = outputs
        by_total = jnp.zeros_like(total) if cotangents[0] is None else cotangents[0]
        found = [by_total * y for y in (dx, dtable, dbias)]
        dx, dtable, dbias = (y.astype(x.dtype) for x, y in zip(args, found, strict=False))
        every = (dx, dtable, dbias, None, by_total * losses)
        return tuple(y if asked else None for y, asked in zip(every, wanted, strict=True))

    smooth_pullback = TotalLoss.pullback
