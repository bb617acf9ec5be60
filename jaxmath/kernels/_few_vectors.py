r"""Products of a few vectors with a matrix of half precision, $y_i = x_i W$.

On CPUs XLA multiplies by such a matrix through a copy of it in float32; inside a loop the copies of all of
them are made before the loop and kept. For a few vectors, which is what decoding has, that takes more time
and memory than the product. Here there is no copy: one vector meets the rows of the matrix in groups, which
one pass widens and adds up, and several take the product that answers in float32, for which XLA has a
routine that reads bfloat16. What is read is tied to the vectors, so that it is not widened ahead of them.
"""

import dataclasses

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
    d, f = matrix.shape[::-1] if turned else matrix.shape
    few = _pays(x, matrix, d, turned) if few is None else few
    if few:
        return differentiable(FewVectors(turned))(x, matrix)[0]
    return x @ (matrix.T if turned else matrix)


def apart(x: Array, table: Array) -> tuple[Array, Array]:
    """A table that XLA does not widen before it knows what is asked of it, where it would."""
    return lax.optimization_barrier((x, table)) if _widens(table) else (x, table)


def _widens(matrix: Array) -> bool:
    return matrix.dtype.itemsize == 2 and jax.default_backend() == "cpu"


def _pays(x: Array, matrix: Array, d: int, turned: bool) -> bool:
    if not _widens(matrix) or x.dtype != matrix.dtype or not d:
        return False
    count = x.size // d
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
        y = self._among(x.reshape(-1, x.shape[-1]), matrix.reshape(matrix.shape[self.axes :]))
        return (y.reshape(*x.shape[:-1], y.shape[-1]).astype(x.dtype),)

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of vectors and matrix."""
        dy = jnp.zeros_like(outputs[0]) if cotangents[0] is None else cotangents[0]
        pulled: Direction = jax.vjp(self._plain, *args)[1](dy)
        return pulled

    def pushforward(self, args: Arrays, outputs: Arrays, tangents: Direction) -> Arrays:
        """Linear in vectors, and in the matrix."""
        (x, matrix), (dx, dm) = args, tangents
        terms = [] if dx is None else [*self.forward(dx, matrix)]
        terms += [] if dm is None else [*self.forward(x, dm)]
        return (sum(terms[1:], start=terms[0]) if terms else jnp.zeros_like(outputs[0]),)

    def batched(self) -> Kernel:
        """With one more leading axis."""
        return dataclasses.replace(self, axes=self.axes + 1)

    def _among(self, x: Array, matrix: Array) -> Array:
        """The products of a list of vectors."""
        x, matrix = lax.optimization_barrier((x, matrix))
        side = 1 if self.turned else 0
        group = 0 if self.turned else _group(x.shape[-1])
        if len(x) == 1 and group:
            return _in_groups(x, matrix, group)
        if 1 < len(x) <= FEW and x.dtype == jnp.bfloat16:
            return lax.dot_general(x, matrix, (((1,), (side,)), ((), ())), preferred_element_type=jnp.float32)
        return x @ (matrix.T if self.turned else matrix)

    def _plain(self, x: Array, matrix: Array) -> Array:
        rows = x.reshape(*x.shape[: self.axes], -1, x.shape[-1])
        y: Array = rows @ (matrix.swapaxes(-1, -2) if self.turned else matrix)
        return y.reshape(*y.shape[: self.axes], *x.shape[self.axes : -1], y.shape[-1])


def _in_groups(x: Float[Array, "1 d"], matrix: Float[Array, "d f"], group: int) -> Float[Array, "1 f"]:
    r"""$\sum_i \sum_g x_{gn + i} W_{gn + i}$ for `group` parts of $n$ rows: over parts, then over $i$.

    The barrier keeps the two sums apart: as one, it would walk through the matrix against its order.
    """
    n, dtype = len(matrix) // group, wide(x)
    parts, scales = matrix.reshape(group, n, -1), x.astype(dtype).reshape(group, n, 1)
    sums = sum(scales[g] * parts[g].astype(dtype) for g in range(group))
    return jnp.ones((1, n), dtype) @ lax.optimization_barrier(sums)
