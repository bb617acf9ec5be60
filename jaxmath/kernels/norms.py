r"""Layer norm and RMS norm with their backward passes written out.

With $z = (x - \mu)\, r$, $r = 1 / \sqrt{\sigma^2 + \epsilon}$, a cotangent $\bar y$ and
$g = \bar y \odot \gamma$:

$$ \bar x = r \Bigl(g - \frac1d \sum_i g_i - \frac{z}{d} \sum_i g_i z_i\Bigr), \qquad
   \bar \gamma = \sum_t \bar y_t \odot z_t, \qquad \bar \beta = \sum_t \bar y_t, $$

where RMS norm has $\mu = 0$ and no second term. Forward is what XLA makes of the definition; backward, XLA
for CPUs is slow at sums over all rows of a matrix that it computes on the way; here these are sums of the
sums of blocks.
16-bit numbers are computed in float32. Definitions: `jaxmath.definitions.norms`.
Claims: `jaxmath.claims.norms`.
"""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from jaxmath.kernels._differentiable import Arrays, Direction, Kernel, Present, differentiable
from jaxmath.kernels._numeric import widened
from jaxmath.notation import checked

_ROWS = 64


@checked
def layer_norm(
    x: Float[Array, "*shape d"],
    weight: Float[Array, " d"] | None = None,
    bias: Float[Array, " d"] | None = None,
    eps: float = 1e-5,
) -> Float[Array, "*shape d"]:
    """`jaxmath.definitions.layer_norm`.

    Args:
      x: vectors along the last axis.
      weight: 1 if left out.
      bias: 0 if left out.
      eps: added to the variance.
    """
    return _normed(x, weight, bias, eps, centred=True)


@checked
def rms_norm(
    x: Float[Array, "*shape d"], weight: Float[Array, " d"] | None = None, eps: float = 1e-6
) -> Float[Array, "*shape d"]:
    """`jaxmath.definitions.rms_norm`.

    Args:
      x: vectors along the last axis.
      weight: 1 if left out.
      eps: added to the mean square.
    """
    return _normed(x, weight, None, eps, centred=False)


def _normed(x: Array, weight: Array | None, bias: Array | None, eps: float, centred: bool) -> Array:
    d = x.shape[-1]
    weight = jnp.ones(d, x.dtype) if weight is None else weight
    bias = jnp.zeros(d, x.dtype) if bias is None else bias
    return differentiable(Norm(eps, centred))(x.reshape(-1, d), weight, bias)[0].reshape(x.shape)


@dataclasses.dataclass(frozen=True)
class Norm(Kernel):
    """The norm of rows, with the means that were subtracted and the factors that brought them to size."""

    eps: float
    centred: bool

    def forward(self, *args: jax.Array) -> Arrays:
        """Normed rows, means, factors."""
        x, weight, bias = map(widened, args)
        mean = x.mean(-1, keepdims=True) if self.centred else jnp.zeros((x.shape[0], 1), x.dtype)
        size = lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + self.eps)
        return ((x - mean) * size * weight[None] + bias[None]).astype(args[0].dtype), mean, size

    def pullback(self, args: Arrays, outputs: Arrays, cotangents: Direction, wanted: Present) -> Direction:
        """The cotangents of rows, weight and bias."""
        dy = jnp.zeros_like(args[0]) if cotangents[0] is None else cotangents[0]
        # Behind barriers every pass computes z anew, rather than read a copy that another one has written.
        rows = lax.optimization_barrier((args[0], *outputs[1:], dy))
        dx = self._rows(rows, args[1]).astype(args[0].dtype) if wanted[0] else None
        if dx is not None and dx.dtype.itemsize == 2:
            *rows, dx = lax.optimization_barrier((*rows, dx))
        dweight, dbias = self._sums(rows) if wanted[1] or wanted[2] else (None, None)
        found = (dx, dweight, dbias)
        return tuple(
            y.astype(a.dtype) if w and y is not None else None
            for y, a, w in zip(found, args, wanted, strict=True)
        )

    def _rows(self, rows: Sequence[Array], weight: Array) -> Array:
        x, mean, size, dy = map(widened, rows)
        z, share = (x - mean) * size, widened(weight) / x.shape[1]
        dx = dy * widened(weight)[None] - z * ((dy * z) @ share)[:, None]
        return size * (dx - (dy @ share)[:, None] if self.centred else dx)

    def _sums(self, rows: Sequence[Array]) -> Arrays:
        """Sums over all rows of what reaches weight and bias."""
        x, mean, size, dy = map(widened, rows)
        return _over_rows(dy * ((x - mean) * size)), _over_rows(dy)


def _over_rows(x: Array) -> Array:
    """Sums over rows: within blocks of them, side by side, then over blocks and what fills none."""
    n, d = x.shape
    whole = n // _ROWS * _ROWS
    if not whole:
        return x.sum(0)
    total = x[:whole].reshape(-1, _ROWS, d).sum(1).sum(0)
    return total if whole == n else total + x[whole:].sum(0)
