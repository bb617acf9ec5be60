r"""Gated linear units: one projection opens the gate for another.

Source: Shazeer, *GLU variants improve transformer* (2020), arXiv:2002.05202, eq. (4) and (5);
Dauphin et al., *Language modeling with gated convolutional networks* (2016), arXiv:1612.08083, eq. (1).
Claims: `jaxmath.claims.glu`.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions.activations import gelu, relu, sigmoid, silu
from jaxmath.notation import checked

Seq = Float[Array, "n d"]
Weights = Float[Array, "d f"]
Bias = Float[Array, " f"]
Wide = Float[Array, "n f"]


@checked
def gated_linear_unit(
    x: Seq,
    w: Weights,
    v: Weights,
    b: Bias | None = None,
    c: Bias | None = None,
    *,
    activation: Callable[[Array], Array],
) -> Wide:
    r"""The product of a gate and a value, $\phi(x W + b) \odot (x V + c)$.

    Args:
      x: a sequence of vectors.
      w: weights of the gate.
      v: weights of the value.
      b: bias of the gate.
      c: bias of the value.
      activation: $\phi$.
    """
    return activation(_linear(x, w, b)) * _linear(x, v, c)


def glu(x: Seq, w: Weights, v: Weights, b: Bias | None = None, c: Bias | None = None) -> Wide:
    r"""The sigmoid opens the gate, $\sigma(x W + b) \odot (x V + c)$.

    >>> one = jnp.ones((1, 1))
    >>> print(glu(0 * one, one, one, c=jnp.array([3.0])))
    [[1.5]]
    """
    return gated_linear_unit(x, w, v, b, c, activation=sigmoid)


def bilinear(x: Seq, w: Weights, v: Weights, b: Bias | None = None, c: Bias | None = None) -> Wide:
    r"""No activation, $(x W + b) \odot (x V + c)$.

    >>> one = jnp.ones((1, 1))
    >>> print(bilinear(2 * one, 3 * one, 5 * one))
    [[60.]]
    """
    return gated_linear_unit(x, w, v, b, c, activation=lambda gate: gate)


def reglu(x: Seq, w: Weights, v: Weights, b: Bias | None = None, c: Bias | None = None) -> Wide:
    r"""The positive part opens the gate, $\max(x W + b, 0) \odot (x V + c)$."""
    return gated_linear_unit(x, w, v, b, c, activation=relu)


def geglu(x: Seq, w: Weights, v: Weights, b: Bias | None = None, c: Bias | None = None) -> Wide:
    r"""The (exact) GELU opens the gate, $\mathrm{gelu}(x W + b) \odot (x V + c)$."""
    return gated_linear_unit(x, w, v, b, c, activation=gelu)


def swiglu(x: Seq, w: Weights, v: Weights, b: Bias | None = None, c: Bias | None = None) -> Wide:
    r"""The SiLU opens the gate, $\mathrm{silu}(x W + b) \odot (x V + c)$; Swish in the source."""
    return gated_linear_unit(x, w, v, b, c, activation=silu)


def _linear(x: Array, w: Array, b: Array | None) -> Array:
    y = x @ w
    return y if b is None else y + jnp.broadcast_to(b, y.shape)
