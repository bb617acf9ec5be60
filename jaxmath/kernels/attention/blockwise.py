r"""Attention in blocks: the matrix of scores is never whole, forward, backward or along a tangent.

Forward, the keys come in blocks with a running maximum and a running denominator (online softmax);
what is kept is the output and the logarithm of the denominators, from which every block of
probabilities is computed anew, $p_{ij} = e^{x_{ij} - L_i}$. With tangents
$\dot x_{ij}$ and cotangents $\bar a_i$, $\bar L_i$:

$$ \dot L_i = \sum_j p_{ij} \dot x_{ij}, \qquad
   \dot a_i = \sum_j p_{ij} (\dot x_{ij} v_j + \dot v_j) - \dot L_i a_i, $$
$$ \bar x_{ij} = p_{ij} (\bar a_i \cdot v_j - \delta_i), \qquad
   \delta_i = \bar a_i \cdot a_i - \bar L_i, \qquad \bar v_j = \sum_i p_{ij} \bar a_i. $$

Source: Rabe & Staats (2021), arXiv:2112.05682; Dao et al. (2022), arXiv:2205.14135, algorithms 1 and 4;
Milakov & Gimelshein (2018), arXiv:1805.02867 (online softmax).
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present
from jaxmath.kernels._numeric import sum_to, wide
from jaxmath.kernels._sharding import varying_like
from jaxmath.kernels.attention._backward import pull_chunk
from jaxmath.kernels.attention._fold import Fold, fold
from jaxmath.kernels.attention._forward import attend, push
from jaxmath.kernels.attention._plan import Options, Plan, plan
from jaxmath.kernels.attention._tiles import Chunk, chunks, lay_out, rows_back

Named = dict[str, jax.Array]


@dataclasses.dataclass(frozen=True)
class Blockwise(Kernel):
    """Attention of scaled queries, and the logarithm of its denominators.

    Arguments are the operands that the options name, all with the same number of leading axes, of
    full size or one.
    """

    options: Options
    broadcasts = True

    def batched(self) -> Kernel:
        """Itself: one more leading axis is one more leading axis."""
        return self

    def forward(self, *args: jax.Array) -> Arrays:
        """The means `[..., n, e]`, and the logarithms of the denominators `[..., n]`."""
        run = Run.of(self.options, self._named(args))
        means, lse = run.each(run.named, lambda chunk: run.rows(chunk, attend))
        shape = (*run.fold.sizes, run.plan.n)
        out = run.unfold(means, (*shape, means.shape[-1]))
        return out.astype(run.named["q"].dtype), run.unfold(lse, shape)

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        """The tangents of means and denominators."""
        named = self._named(args)
        run = Run.of(self.options, named)
        moving = {f"d{x}": t for x, t in zip(self.options.operands, tangents, strict=True) if t is not None}
        operands = named | moving | {"o": outputs[0], "lse": _finite(outputs[1])}
        means, lse = run.each(operands, lambda chunk: run.rows(chunk, push))
        shape = (*run.fold.sizes, run.plan.n)
        out = run.unfold(means, (*shape, means.shape[-1]))
        return out.astype(outputs[0].dtype), run.unfold(lse, shape)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of the operands that are wanted."""
        named = self._named(args)
        run = Run.of(self.options, named)
        names = [x for x, asked in zip(self.options.operands, wanted, strict=True) if asked]
        do, dlse = cotangents
        big = wide(named["q"])
        do = jnp.zeros_like(outputs[0]) if do is None else do
        delta = jnp.sum(do.astype(big) * outputs[0].astype(big), -1)
        delta = delta if dlse is None else delta - dlse
        operands = named | {"do": do, "delta": delta, "lse": _finite(outputs[1])}
        pulled = run.pull(operands, names)
        if "sink" in names:
            weights = jnp.exp(named["sink"].astype(big)[..., None] - operands["lse"])
            pulled["sink"] = sum_to(-jnp.sum(weights * delta, -1), named["sink"].shape)
        given = {x: pulled[x].astype(named[x].dtype) for x in names}
        return tuple(given.get(x) for x in self.options.operands)

    def _named(self, args: Arrays) -> Named:
        return dict(zip(self.options.operands, args, strict=True))


def _finite(lse: jax.Array) -> jax.Array:
    """A denominator for rows that see nothing, whose weights are zero."""
    return jnp.where(lse == -jnp.inf, 0, lse)


@dataclasses.dataclass(frozen=True)
class Run:
    """One pass over all chunks of items.

    Attributes:
      options: the static options.
      plan: the sizes of blocks.
      fold: how leading axes are read.
      named: the operands.
    """

    options: Options
    plan: Plan
    fold: Fold
    named: Named

    @classmethod
    def of(cls, options: Options, named: Named) -> "Run":
        """The pass for these operands."""
        folded = fold(named)
        n, m = named["q"].shape[-2], named["k"].shape[-2]
        return cls(options, plan(options, folded, n, m), folded, named)

    def each(self, operands: Named, function: Callable[[Chunk], Any]) -> Any:
        """What a function makes of every chunk, chunks side by side along the first axis."""
        take = chunks(self.options, self.plan, self.fold, operands)
        count = self.fold.n_items // self.plan.chunk
        if count == 1:
            return function(take(0))
        stacked = lax.map(lambda h: function(take(h)), jnp.arange(count))
        return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), stacked)

    def rows(self, chunk: Chunk, function: Callable[[Chunk, Any], Any]) -> Any:
        """What a function makes of every block of queries, as `[items, readers, n, ...]`."""
        if self.plan.query_blocks == 1:
            found = jax.tree.map(lambda x: x[None], function(chunk, 0))
        else:
            found = lax.map(lambda i: function(chunk, i), jnp.arange(self.plan.query_blocks))
        return jax.tree.map(lambda x: rows_back(x.swapaxes(0, 1), self.plan), found)

    def unfold(self, x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
        """Back to leading axes."""
        return self.fold.unflat(x, shape)

    def pull(self, operands: Named, names: list[str]) -> Named:
        """The cotangents of queries, keys, values, bias and slopes, before the last cast."""
        take = chunks(self.options, self.plan, self.fold, operands)
        sums = varying_like(self._sums(names), self.named["q"])

        def one(sums: Named, h: Any) -> tuple[Named, Named]:
            mine, back = self._part(sums, h)
            found, mine = pull_chunk(take(h), names, mine)
            return back(mine), found

        count = self.fold.n_items // self.plan.chunk
        if count == 1:
            sums, found = one(sums, 0)
        else:
            sums, found = lax.scan(one, sums, jnp.arange(count))
            found = {x: value.reshape(-1, *value.shape[2:]) for x, value in found.items()}
        cropped = {x: value[:, :, : self.plan.n, : self.plan.m] for x, value in sums.items()}
        shapes = {x: self.named[x].shape for x in [*found, *sums]}
        return {
            x: self.fold.unflat(value, shapes[x]).reshape(shapes[x]) for x, value in (found | cropped).items()
        }

    def _sums(self, names: list[str]) -> Named:
        """Zeros for the cotangents of operands which chunks may share."""
        full = self.fold.shared(self.plan.chunk)
        shared = {x: self.fold.flat(self.named[x], full) for x in ("bias", "slopes") if x in names}
        laid = {
            x: lay_out(x, jnp.zeros(v.shape, wide(self.named["q"])), self.plan) for x, v in shared.items()
        }
        return {x: v[..., None, None] if x == "slopes" else v for x, v in laid.items()}

    def _part(self, sums: Named, h: Any) -> tuple[Named, Callable[[Named], Named]]:
        """A chunk's part of these sums, and how it goes back."""
        starts = {x: self.fold.starts(self.named[x], self.plan.chunk)[h] for x in sums}
        spans = {x: self.fold.span(self.named[x], self.plan.chunk) for x in sums}
        mine = {x: lax.dynamic_slice_in_dim(sums[x], starts[x], spans[x], 0) for x in sums}

        def back(mine: Named) -> Named:
            return {x: lax.dynamic_update_slice_in_dim(sums[x], mine[x], starts[x], 0) for x in sums}

        return mine, back
