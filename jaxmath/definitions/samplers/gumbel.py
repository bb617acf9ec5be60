r"""Sampling by noise and a maximum.

Source: Gumbel, *Statistical theory of extreme values* (1954); Maddison, Tarlow & Minka, *A\* sampling*
(2014), arXiv:1411.0030 (Gumbel-max); Kool, van Hoof & Welling (2019), arXiv:1903.06059 (top-k);
Jang, Gu & Poole (2017), arXiv:1611.01144, eq. (2) (Gumbel-softmax).
Claims: `jaxmath.claims.samplers`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.softmax import softmax
from jaxmath.notation import checked


def gumbel(u: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""Gumbel noise from uniform numbers in $(0, 1)$, $g = -\log(-\log u)$: $\Pr[g \le a] = e^{-e^{-a}}$.

    >>> print(gumbel(jnp.exp(-jnp.ones(1))) == 0)
    [ True]
    """
    return -jnp.log(-jnp.log(u))


@checked
def gumbel_max(logits: Float[Array, " v"], noise: Float[Array, " v"]) -> Int[Array, ""]:
    r"""The token $\arg\max_i (x_i + g_i)$, of law $\mathrm{softmax}(x)$ for independent Gumbel noise.

    >>> print(gumbel_max(jnp.array([1.0, 2.0]), jnp.array([1.5, 0.0])))
    0
    """
    return jnp.argmax(logits + noise)


@checked
def gumbel_top_k(logits: Float[Array, " v"], noise: Float[Array, " v"], k: int) -> Int[Array, " _"]:
    r"""The $k$ greatest of $x_i + g_i$ in order: $k$ tokens drawn one after the other without putting back.

    >>> print(gumbel_top_k(jnp.array([1.0, 2.0, 0.0]), jnp.zeros(3), 2))
    [1 0]
    """
    return jax.lax.top_k(logits + noise, k)[1]


@checked
def gumbel_softmax(
    logits: Float[Array, " v"], noise: Float[Array, " v"], temperature: Scalar
) -> Float[Array, " v"]:
    r"""A law near the token of `gumbel_max`, with derivatives: $\mathrm{softmax}((x + g) / T)$.

    >>> print(gumbel_softmax(jnp.zeros(2), jnp.zeros(2), 0.5))
    [0.5 0.5]
    """
    return softmax((logits + noise) / temperature)


def categorical(key: PRNGKeyArray, logits: Float[Array, " v"]) -> Int[Array, ""]:
    r"""A token of law $\mathrm{softmax}(x)$: `gumbel_max` with noise in float32 at least, of high resolution.

    JAX's usual float32 noise spans 20.4, so that tokens further down would never be drawn.

    >>> print(categorical(jax.random.key(0), jnp.array([-jnp.inf, 0.0])))
    1
    """
    wide = logits.astype(jnp.float32) if jnp.finfo(logits.dtype).bits < 32 else logits
    return gumbel_max(wide, jax.random.gumbel(key, wide.shape, wide.dtype, mode="high"))
