r"""The feed-forward network: each position by itself, wide and back.

Source: Vaswani et al., *Attention is all you need* (2017), arXiv:1706.03762, eq. (2);
Shazeer, *GLU variants improve transformer* (2020), arXiv:2002.05202, eq. (6).
Claims: `jaxmath.claims.feedforward`.
"""

from collections.abc import Callable

from jaxtyping import Array, Float

from jaxmath.definitions.activations import relu, silu
from jaxmath.definitions.glu import gated_linear_unit
from jaxmath.notation import checked


@checked
def mlp(
    x: Float[Array, "n d"],
    w1: Float[Array, "d f"],
    b1: Float[Array, " f"] | None,
    w2: Float[Array, "f d"],
    b2: Float[Array, " d"] | None,
    activation: Callable[[Array], Array] = relu,
) -> Float[Array, "n d"]:
    r"""Two layers, $\phi(x W_1 + b_1) W_2 + b_2$, with $\phi$ the ReLU in the source.

    >>> import jax.numpy as jnp
    >>> one = jnp.ones((1, 1))
    >>> print(mlp(2 * one, 3 * one, None, 5 * one, jnp.array([1.0])))
    [[31.]]
    """
    hidden = x @ w1 if b1 is None else x @ w1 + b1[None, :]
    y = activation(hidden) @ w2
    return y if b2 is None else y + b2[None, :]


@checked
def gated_mlp(
    x: Float[Array, "n d"],
    w: Float[Array, "d f"],
    v: Float[Array, "d f"],
    w2: Float[Array, "f d"],
    activation: Callable[[Array], Array] = silu,
) -> Float[Array, "n d"]:
    r"""A gated linear unit and a projection back, $(\phi(x W) \odot x V) W_2$; SwiGLU by default.

    >>> import jax.numpy as jnp
    >>> one = jnp.ones((1, 1))
    >>> print(gated_mlp(2 * one, 3 * one, 5 * one, one, activation=relu))
    [[60.]]
    """
    return gated_linear_unit(x, w, v, activation=activation) @ w2
