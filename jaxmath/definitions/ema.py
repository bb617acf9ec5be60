r"""Exponential moving averages, and what is missing from them at the beginning.

Source: Kingma & Ba, *Adam* (2014), arXiv:1412.6980, section 3 (bias correction);
Polyak & Juditsky, *Acceleration of stochastic approximation by averaging* (1992).
Claims: `jaxmath.claims.ema`.
"""

from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar


def ema(average: Float[Array, "*shape"], x: Float[Array, "*shape"], decay: Scalar) -> Float[Array, "*shape"]:
    r"""A step of the average, $m' = \beta m + (1 - \beta) x$.

    >>> import jax.numpy as jnp
    >>> print(ema(jnp.array(1.0), jnp.array(3.0), 0.75))
    1.5
    """
    return decay * average + (1 - decay) * x


def debiased(average: Float[Array, "*shape"], decay: Scalar, t: int) -> Float[Array, "*shape"]:
    r"""An average that began at zero, freed of its bias after $t$ steps: $m / (1 - \beta^t)$.

    >>> import jax.numpy as jnp
    >>> print(debiased(jnp.array(1.5), 0.5, 2))
    2.0
    """
    return average / (1 - decay**t)
