"""Normalisation: inequalities, and what the order of operations costs in float32."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from jaxmath.definitions import layer_norm, rms_norm
from jaxmath.verify.claim import bound, enclosure

FAR = np.random.default_rng(0).normal(100, 1, (4, 256)).astype(np.float32)


@bound(
    source="Ba et al. 2016, arXiv:1607.06450, eq. (4)",
    box=dict(a=(-4, 4)),
    slack=1e-3,
    sharp=dict(a=4.0),
)
def layer_norm_has_at_most_the_length_of_a_vector_of_ones(a: Float[Array, ""]):
    r"""$\| \mathrm{LN}(x) \|^2 \le d$; here for two features, of which only the difference matters."""
    x = jnp.stack([a, jnp.zeros_like(a)])
    return jnp.sum(layer_norm(x) ** 2), 2.0


@layer_norm_has_at_most_the_length_of_a_vector_of_ones.mutant
def layer_norm_has_at_most_length_one(a):
    x = jnp.stack([a, jnp.zeros_like(a)])
    return jnp.sum(layer_norm(x) ** 2), 1.0


@bound(
    source="Zhang & Sennrich 2019, arXiv:1910.07467, eq. (4)",
    box=dict(a=(-8, 8)),
    slack=1e-3,
    sharp=dict(a=1.0),
)
def rms_norm_has_at_most_the_length_of_a_vector_of_ones(a: Float[Array, ""]):
    r"""$\| \mathrm{RMSNorm}(x) \|^2 \le d$; here for two features, the second of which is one."""
    return jnp.sum(rms_norm(jnp.stack([a, jnp.ones_like(a)])) ** 2), 2.0


@rms_norm_has_at_most_the_length_of_a_vector_of_ones.mutant
def rms_norm_has_at_most_length_one(a):
    return jnp.sum(rms_norm(jnp.stack([a, jnp.ones_like(a)])) ** 2), 1.0


@enclosure(
    source="Higham 2002, section 1.9: two-pass variance", given=dict(x=FAR), at=dict(n=4, d=256), ulps=128
)
def the_variance_of_differences_keeps_digits_far_from_zero(x: Float[Array, "n d"]):
    r"""Centred before squaring, rows of mean 100 lose only what the mean itself lost."""
    return layer_norm(x), layer_norm(x)


@the_variance_of_differences_keeps_digits_far_from_zero.mutant
def the_difference_of_squares_keeps_digits_far_from_zero(x):
    mean = x.mean(-1, keepdims=True)
    variance = jnp.mean(x**2, -1, keepdims=True) - mean**2
    return (x - mean) * lax.rsqrt(variance + 1e-5), layer_norm(x)
