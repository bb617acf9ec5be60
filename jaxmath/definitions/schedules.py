r"""Learning rates as functions of the step.

Source: Vaswani et al., *Attention is all you need* (2017), arXiv:1706.03762, eq. (3) (inverse root);
Loshchilov & Hutter, *SGDR* (2016), arXiv:1608.03983, eq. (5) (cosine);
Hu et al., *MiniCPM* (2024), arXiv:2404.06395, section 4.2 (warmup, stable, decay);
Robbins & Monro, *A stochastic approximation method* (1951) (inverse time).
Claims: `jaxmath.claims.schedules`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxmath.definitions._scalar import Scalar

Step = Float[Array, ""] | Int[Array, ""] | int | float
Rate = Float[Array, ""]


def warmup(t: Step, steps: Scalar) -> Rate:
    r"""From nothing to one, $\min(t / w, 1)$.

    >>> print(warmup(5, 20.0))
    0.25
    """
    return jnp.minimum(t / steps, 1.0)


def inverse_root(t: Step, d: Scalar, steps: Scalar) -> Rate:
    r"""That of the first transformer, $d^{-1/2} \min(t^{-1/2}, t\, w^{-3/2})$.

    >>> print(f"{inverse_root(100, 4.0, 100.0):.3f}")
    0.050
    """
    return jnp.minimum(1 / jnp.sqrt(jnp.asarray(t, float)), t * steps**-1.5) / jnp.sqrt(jnp.asarray(d, float))


def cosine(t: Step, steps: Scalar, low: Scalar = 0.0) -> Rate:
    r"""From one to a low rate along half a wave, $l + \tfrac12 (1 - l)(1 + \cos(\pi \min(t, T) / T))$.

    >>> print(cosine(50, 100.0).round(4))
    0.5
    """
    part = jnp.minimum(t / steps, 1.0)
    return low + (1 - low) * (1 + jnp.cos(jnp.pi * part)) / 2


def warmup_stable_decay(t: Step, steps: Scalar, start: Scalar, decay: Scalar, low: Scalar = 0.0) -> Rate:
    r"""Up for $w$ steps, level until $s$, then down in a straight line for $d$ steps to a low rate.

    Departs from the source: the decay is linear.

    >>> print(warmup_stable_decay(90, 10.0, 80.0, 20.0))
    0.5
    """
    down = jnp.clip((t - start) / decay, 0.0, 1.0)
    return warmup(t, steps) * (1 - (1 - low) * down)


def inverse_time(t: Step, steps: Scalar) -> Rate:
    r"""$1 / (1 + t / T)$: half after $T$ steps.

    >>> print(inverse_time(30, 10.0))
    0.25
    """
    return jnp.asarray(1 / (1 + t / steps))
