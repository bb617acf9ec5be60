"""`flax.nnx`: layer norm and RMS norm, with given parameters."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float

from jaxmath import definitions
from jaxmath.claims.peers.flax_nnx._filled import filled
from jaxmath.verify.claim import derivative, identity

_SIZES = dict(b=2, n=3, d=4)
_SOME = np.array([[True, True, False, True]] * 3)
Vectors = Float[Array, "n d"]
Width = Float[Array, " d"]


def _layer_norm(x, scale, bias, mask=None, **options):
    return filled(lambda: nnx.LayerNorm(4, rngs=nnx.Rngs(0), **options), scale=scale, bias=bias)(x, mask=mask)


def _rms_norm(x, scale):
    return filled(lambda: nnx.RMSNorm(4, rngs=nnx.Rngs(0)), scale=scale)(x)


@identity(source="Flax documentation, nnx.LayerNorm, argument epsilon", at=_SIZES)
def layer_norm_has_an_epsilon_of_a_millionth_in_its_root(x: Vectors, scale: Width, bias: Width):
    r"""`nnx.LayerNorm` is the textbook's with $\epsilon = 10^{-6}$ inside the root.

    Its variance is the mean of squares less the squared mean, cut off at zero.
    """
    return _layer_norm(x, scale, bias), definitions.layer_norm(x, scale, bias, eps=1e-6)


@layer_norm_has_an_epsilon_of_a_millionth_in_its_root.mutant
def layer_norm_has_an_epsilon_of_a_millionth_outside_its_root(x, scale, bias):
    return _layer_norm(x, scale, bias), definitions.layer_norm(x, scale, bias, eps=1e-12)


@identity(source="Flax documentation, nnx.LayerNorm, argument mask", at=_SIZES, given=dict(mask=_SOME))
def layer_norm_takes_its_moments_from_marked_entries(
    x: Vectors, scale: Width, bias: Width, mask: Bool[Array, "n d"]
):
    r"""With a mask mean and variance are those of the marked entries; every entry is normed."""
    mean = x.mean(-1, where=mask, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, where=mask, keepdims=True)
    normed = (x - mean) / jnp.sqrt(variance + 1e-6)
    return _layer_norm(x, scale, bias, mask, use_fast_variance=False), normed * scale[None] + bias[None]


@layer_norm_takes_its_moments_from_marked_entries.mutant
def layer_norm_takes_its_moments_from_all_entries(x, scale, bias, mask):
    return _layer_norm(x, scale, bias, mask), definitions.layer_norm(x, scale, bias, eps=1e-6)


@derivative(source="Flax documentation, nnx.LayerNorm; chain rule", at=_SIZES)
def layer_norm_has_the_textbook_gradient(x: Vectors, scale: Width, bias: Width):
    r"""Reverse mode through `nnx.LayerNorm` is exact for the vectors and both parameters."""

    def norm(x, scale, bias):
        return definitions.layer_norm(x, scale, bias, eps=1e-6)

    return norm, lambda x, scale, bias, dy: jax.vjp(_layer_norm, x, scale, bias)[1](dy)


@layer_norm_has_the_textbook_gradient.mutant
def layer_norm_has_the_gradient_at_a_fixed_mean(x, scale, bias):
    def norm(x, scale, bias):
        return definitions.layer_norm(x, scale, bias, eps=1e-6)

    def vjp(x, scale, bias, dy):
        dx, dscale, dbias = jax.vjp(_layer_norm, x, scale, bias)[1](dy)
        lost = (dy * scale[None]).mean(-1, keepdims=True) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-6)
        return dx + lost, dscale, dbias

    return norm, vjp


@identity(source="Flax documentation, nnx.RMSNorm", at=_SIZES)
def rms_norm_is_the_textbook_rms_norm(x: Vectors, scale: Width):
    r"""`nnx.RMSNorm` multiplies by the scale itself, with $\epsilon = 10^{-6}$ inside the root."""
    return _rms_norm(x, scale), definitions.rms_norm(x, scale, eps=1e-6)


@rms_norm_is_the_textbook_rms_norm.mutant
def rms_norm_is_layer_norm(x, scale):
    return _rms_norm(x, scale), definitions.layer_norm(x, scale, eps=1e-6)


@derivative(source="Flax documentation, nnx.RMSNorm; chain rule", at=_SIZES)
def rms_norm_has_the_textbook_gradient(x: Vectors, scale: Width):
    r"""Reverse mode through `nnx.RMSNorm` is exact for the vectors and the scale."""
    return definitions.rms_norm, lambda x, scale, dy: jax.vjp(_rms_norm, x, scale)[1](dy)


@rms_norm_has_the_textbook_gradient.mutant
def rms_norm_has_the_gradient_of_layer_norm(x, scale):
    def vjp(x, scale, dy):
        return jax.vjp(lambda x, scale: definitions.layer_norm(x, scale, eps=1e-6), x, scale)[1](dy)

    return definitions.rms_norm, vjp
