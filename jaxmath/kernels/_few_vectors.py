r"""Products of a few vectors with a matrix of half precision, $y_i = x_i W$.

On CPUs XLA multiplies by such a matrix through a copy of it in float32; inside a loop the copies of all of
them are made before the loop and kept. For a few vectors, which is what decoding has, that takes more time
and memory than the product. Here there is no copy: one vector meets the rows of the matrix in groups, which
one pass widens and adds up, and several take the product that answers in float32, for which XLA has a
routine that reads bfloat16. What is read is tied to the vectors, so that it is not widened ahead of them.
"""

import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present, differentiable
from jaxmath.kernels._numeric import wide

# Vectors up to which the product that answers in float32 is the faster one, as measured.
FEW = 64
# Rows of the matrix in one pass; more than twelve, and XLA no longer makes one loop over vectors of them.
GROUPS = range(12, 3, -1)


def product(
    x: Float[Array, "*shape d"], matrix: Float[Array, "_ _"], turned: bool, few: bool | None
) -> Float[Array, "*shape f"]:
    r"""$x W$, or $x W^\top$ if `turned`; in the way of this file if `few`, or where it pays."""
    few = _pays(x, matrix, turned) if few is None else few
    return differentiable(FewVectors(turned))(x, matrix)[0] if few else _times(x, matrix, turned)


def apart(x: Array, table: Array) -> tuple[Array, Array]:
    """A table that XLA does not widen before it knows what is asked of it, where it would."""
    return lax.optimization_barrier((x, table)) if _widens(table) else (x, table)


def _widens(matrix: Array) -> bool:
    return matrix.dtype.itemsize == 2 and jax.default_backend() == "cpu"


def _pays(x: Array, matrix: Array, turned: bool) -> bool:
    if not _widens(matrix) or x.dtype != matrix.dtype:
        return False
    d, count = x.shape[-1], math.prod(x.shape[:-1])
    return count == 1 and (turned or _group(d) > 0) or 1 < count <= FEW and x.dtype == jnp.bfloat16


def _group(d: int) -> int:
    return next((rows for rows in GROUPS if d % rows == 0), 0)


@dataclasses.dataclass(frozen=True)
class FewVectors(Kernel):
    """The product of vectors and a matrix; mapped over vectors alone it is the same for more of them.

    Attributes:
      turned: whether the matrix is `[f, d]`.
      axes: leading axes of both, of size one where there is one for all.
    """

    turned: bool
    axes: int = 0
    broadcasts = True

    def forward(self, *args: jax.Array) -> Arrays:
        """The products."""
        x, matrix = args
        if any(size != 1 for size in matrix.shape[: self.axes]):
            return (self._plain(x, matrix),)
        rows, matrix = lax.optimization_barrier((x, matrix.reshape(matrix.shape[self.axes :])))
        y = few_times(rows.reshape(-1, x.shape[-1]), matrix, self.turned)
        return (y.reshape(*x.shape[:-1], y.shape[-1]),)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of vectors and matrix."""
        dy = jnp.zeros_like(outputs[0]) if cotangents[0] is None else cotangents[0]
        pulled: Direction = jax.vjp(self._plain, *args)[1](dy)
        return pulled

    def batched(self) -> Kernel:
        """With one more leading axis."""
        return dataclasses.replace(self, axes=self.axes + 1)

    def _plain(self, x: Array, matrix: Array) -> Array:
        rows = x.reshape(*x.shape[: self.axes], -1, x.shape[-1])
        y = _times(rows, matrix, self.turned)
        return y.reshape(*y.shape[: self.axes], *x.shape[self.axes : -1], y.shape[-1])


def few_times(x: Float[Array, "n d"], matrix: Float[Array, "_ _"], turned: bool) -> Float[Array, "n f"]:
    r"""$x W$, or $x W^\top$ if `turned`, in the way that suits the number of vectors."""
    if len(x) == 1 and not turned:
        return one_times(x, matrix)
    if 1 < len(x) <= FEW and x.dtype == jnp.bfloat16:
        dims = (((1,), (1 if turned else 0,)), ((), ()))
        return lax.dot_general(x, matrix, dims, preferred_element_type=jnp.float32).astype(x.dtype)
    return _times(x, matrix, turned)


def _times(x: Array, matrix: Array, turned: bool) -> Array:
    y: Array = x @ (matrix.swapaxes(-1, -2) if turned else matrix)
    return y


def one_times(x: Float[Array, "1 d"], rows: Float[Array, "_ f"], at: Any = 0) -> Float[Array, "1 f"]:
    r"""$\sum_i \sum_g x_{gn + i} W_{gn + i}$ for parts of $n$ rows: over parts at once, then over rows.

    The barrier keeps the two sums apart: as one, it would walk through the matrix against its order. A part
    is cut from `rows` where it is read, so that a matrix of a stack is not copied first.

    Args:
      x: one vector.
      rows: those of $W$, and perhaps of others.
      at: where $W$ begins; a number, or known at run time.
    """
    d, dtype = x.shape[-1], wide(x)
    group = _group(d)
    if not group:
        return x @ lax.dynamic_slice_in_dim(rows, at, d)
    n = d // group
    parts = [lax.dynamic_slice_in_dim(rows, at + g * n, n).astype(dtype) for g in range(group)]
    scales = x.astype(dtype).reshape(group, n, 1)
    sums = sum(scale * part for scale, part in zip(scales, parts, strict=True))
    return (jnp.ones((1, n), dtype) @ lax.optimization_barrier(sums)).astype(x.dtype)
