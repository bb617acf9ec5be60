r"""Random features whose products are exponentials of scores, in the mean.

Source: Choromanski et al., *Rethinking attention with Performers* (2020), arXiv:2009.14794, lemmas 1
and 2. Claims: `jaxmath.claims.random_features`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked


@checked
def positive_features(x: Float[Array, "n d"], w: Float[Array, "m d"]) -> Float[Array, "n m"]:
    r"""$\phi(x)_l = m^{-1/2} e^{w_l \cdot x - \lVert x \rVert^2 / 2}$.

    For standard normal $w_l$ the mean of $\phi(q) \cdot \phi(k)$ is $e^{q \cdot k}$. Attention divides
    scores by $\sqrt d$: divide queries and keys by $d^{1/4}$ before.

    >>> print(positive_features(jnp.zeros((1, 2)), jnp.ones((4, 2))))
    [[0.5 0.5 0.5 0.5]]
    """
    half = (x**2).sum(-1, keepdims=True) / 2
    return jnp.exp(x @ w.T - half) / jnp.sqrt(w.shape[0])


@checked
def hyperbolic_features(x: Float[Array, "n d"], w: Float[Array, "m d"]) -> Float[Array, "n 2*m"]:
    """Positive features of every direction and of its opposite."""
    return positive_features(x, jnp.concatenate([w, -w]))


@checked
def trigonometric_features(x: Float[Array, "n d"], w: Float[Array, "m d"]) -> Float[Array, "n 2*m"]:
    r"""$m^{-1/2} e^{\lVert x \rVert^2 / 2} (\sin(w_l \cdot x), \cos(w_l \cdot x))$, of both signs.

    >>> print(trigonometric_features(jnp.zeros((1, 2)), jnp.ones((1, 2))))
    [[0. 1.]]
    """
    size = jnp.exp((x**2).sum(-1, keepdims=True) / 2)
    waves = jnp.concatenate([jnp.sin(x @ w.T), jnp.cos(x @ w.T)], -1)
    return size * waves / jnp.sqrt(w.shape[0])
