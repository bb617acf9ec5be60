r"""Products of groups of rows with matrices of their own, $y_i = x_i W_{e(i)}$, and their derivatives.

Rows come sorted by group. With a cotangent $\bar y$: $\bar x_i = \bar y_i W_{e(i)}^\top$, a product of the
same kind, and $\bar W_e = \sum_{e(i) = e} x_i^\top \bar y_i$. On accelerators these are
`jax.lax.ragged_dot`; on CPUs, where that multiplies every row by every matrix, each group is taken in
blocks of rows, as many as it needs. Definition: `jaxmath.definitions.grouped_product`.
Claims: `jaxmath.claims.mixture`.

Source: Gale et al., *MegaBlocks* (2022), arXiv:2211.15841, section 3 (dropless).
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present, differentiable
from jaxmath.kernels._few_vectors import few_times, one_times
from jaxmath.kernels._numeric import wide, widened
from jaxmath.notation import checked

# Rows at once, at most: what a product of two matrices keeps in the cache.
BLOCK = 128
# Rows of a group that are faster one by one: a matrix of a stack is copied before more than one meets it.
ALONE = 4


@checked
def grouped_product(
    x: Float[Array, "n d"],
    matrices: Float[Array, "experts d f"],
    sizes: Int[Array, " experts"],
    *,
    block: int | None = None,
    ragged: bool | None = None,
) -> Float[Array, "n f"]:
    r"""Every row times the matrix of its group.

    Args:
      x: rows, sorted by group.
      matrices: $W$, one a group.
      sizes: rows of each group; rows that are left over give zeros.
      block: rows at once, on CPUs; as many as a group has on average, and at most 128, if left out.
      ragged: whether to use `jax.lax.ragged_dot`; on all machines but CPUs if left out.

    Raises:
      NotationError: if the arguments do not fit together.
    """
    ragged = jax.default_backend() != "cpu" if ragged is None else ragged
    return differentiable(Grouped(block, ragged))(x, matrices, sizes)[0]


@dataclasses.dataclass(frozen=True)
class Grouped(Kernel):
    """The product of rows, matrices and sizes."""

    block: int | None
    ragged: bool

    def forward(self, *args: jax.Array) -> Arrays:
        """The rows times their matrices."""
        x, matrices, sizes = args
        return (self._rows(x, matrices, sizes, turned=False),)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of rows and matrices."""
        x, matrices, sizes = args
        dy = jnp.zeros_like(outputs[0]) if cotangents[0] is None else cotangents[0]
        dx = self._rows(dy, matrices, sizes, turned=True) if wanted[0] else None
        return dx, self._matrices(x, dy, sizes) if wanted[1] else None, None

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        """Linear in rows, and in matrices."""
        x, matrices, sizes = args
        dx, dm, _ = tangents
        terms = [] if dx is None else [self._rows(dx, matrices, sizes, turned=False)]
        terms += [] if dm is None else [self._rows(x, dm, sizes, turned=False)]
        return (sum(terms[1:], start=terms[0]) if terms else jnp.zeros_like(outputs[0]),)

    def _rows(self, x: jax.Array, matrices: jax.Array, sizes: jax.Array, turned: bool) -> jax.Array:
        if self.ragged:
            return lax.ragged_dot(x, matrices.swapaxes(1, 2) if turned else matrices, sizes)
        width = matrices.shape[1 if turned else 2]
        block = self.block or _rows_at_once(x.shape[0], matrices.shape[0])
        alone = block == 1 and not turned
        start, padded = _starts(sizes), jnp.pad(x, ((0, block), (0, 0)))
        asked = jnp.argsort(sizes == 0, stable=True)

        def group(g: Any, out: jax.Array) -> jax.Array:
            # Of a stack behind a barrier XLA makes no wide copy before the loop.
            e, stack = lax.optimization_barrier((asked[g], matrices))

            def one(i: Any, out: jax.Array) -> jax.Array:
                at = start[e] + i * block
                rows = lax.dynamic_slice_in_dim(padded, at, block)
                if alone:
                    # Nor, behind another one, of a matrix before a row meets it.
                    own, every, _ = lax.optimization_barrier((e, stack, i))
                    y = one_times(rows, every.reshape(-1, width), own * stack.shape[1])
                else:
                    y = few_times(rows, stack[e], turned)
                # What lies beyond the group is written again by the next, and cut off after the last.
                return lax.dynamic_update_slice_in_dim(out, y, at, 0)

            return lax.fori_loop(0, -(-sizes[e] // block), one, out)

        out = jnp.zeros((x.shape[0] + block, width), x.dtype)
        out = lax.fori_loop(0, jnp.count_nonzero(sizes), group, out)[: x.shape[0]]
        return jnp.where((jnp.arange(x.shape[0]) < sizes.sum())[:, None], out, 0)

    def _matrices(self, x: jax.Array, dy: jax.Array, sizes: jax.Array) -> jax.Array:
        if self.ragged:
            return _ragged_outer(x, dy, sizes)
        start, block = _starts(sizes), self.block or _rows_at_once(x.shape[0], sizes.shape[0])
        left, right = (jnp.pad(rows, ((0, block), (0, 0))) for rows in (x, dy))

        def group(e: Any) -> jax.Array:
            def one(i: Any, total: jax.Array) -> jax.Array:
                at = start[e] + i * block
                inside = i * block + jnp.arange(block) < sizes[e]
                a, b = (lax.dynamic_slice_in_dim(rows, at, block) for rows in (left, right))
                return total + widened(a).T @ widened(jnp.where(inside[:, None], b, 0))

            total = jnp.zeros((x.shape[1], dy.shape[1]), wide(x))
            return lax.fori_loop(0, -(-sizes[e] // block), one, total).astype(x.dtype)

        return lax.map(group, jnp.arange(sizes.shape[0]))


def _ragged_outer(x: jax.Array, dy: jax.Array, sizes: jax.Array) -> jax.Array:
    """One matrix a group: rows of the left turned, times rows of the right."""
    dims = lax.RaggedDotDimensionNumbers((((0,), (0,)), ((), ())), [0], [])
    return lax.ragged_dot_general(x, dy, sizes, dims)


def _rows_at_once(rows: int, groups: int) -> int:
    """As many as a group has when all are alike, up to a power of two; few of them are taken one by one."""
    mean = -(-rows // groups)
    return 1 if mean <= ALONE else min(BLOCK, 1 << (mean - 1).bit_length())


def _starts(sizes: jax.Array) -> jax.Array:
    return jnp.cumsum(sizes) - sizes


@dataclasses.dataclass(frozen=True)
class Permuted(Kernel):
    """Rows of the first argument in the order of the second, whose inverse is the third."""

    def forward(self, *args: jax.Array) -> Arrays:
        """The rows in another order."""
        x, order, _ = args
        return (x[order],)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The rows back in their places: read, not scattered."""
        (dy,) = cotangents
        return (None if dy is None else dy[args[2]]) if wanted[0] else None, None, None


def permuted(x: jax.Array, order: jax.Array, inverse: jax.Array) -> jax.Array:
    """`x[order]`, whose derivative reads rows rather than scattering them."""
    return differentiable(Permuted())(x, order, inverse)[0]
