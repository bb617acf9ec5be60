"""Traps: core mathematics."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import logsumexp
from jaxmath.verify.claim import bound, trap


@trap(instead="logsumexp_is_at_least_the_maximum")
@bound(
    source="the lower end of max x <= LSE(x), said to be attained; float32 shows it from a gap of 17 on",
    box=dict(gap=(20, 40)),
    sharp=None,
)
def logsumexp_is_the_maximum_once_the_gap_is_wide(gap: Float[Array, ""]):
    r"""With the second score 20 below the first, $\mathrm{LSE}(x) \le \max x$: the bound is attained."""
    return logsumexp(jnp.stack([gap, jnp.zeros_like(gap)])), gap


@logsumexp_is_the_maximum_once_the_gap_is_wide.truth
@bound(
    source="Boyd & Vandenberghe 2004, section 3.1.5", box=dict(gap=(2, 9)), slack=1e-4, sharp=dict(gap=6.0)
)
def logsumexp_exceeds_the_maximum_by_less_than_an_exponential(gap: Float[Array, ""]):
    r"""$\max x < \mathrm{LSE}(x) \le \max x + e^{-\mathrm{gap}}$; the lower end is a limit only."""
    above = logsumexp(jnp.stack([gap, jnp.zeros_like(gap)])) - gap
    return above, jnp.exp(-gap)
