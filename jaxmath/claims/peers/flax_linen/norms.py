"""`flax.linen`: layer, RMS, group and batch norm, with given parameters."""

import jax
import jax.numpy as jnp
from flax import linen
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.verify.claim import derivative, identity

_SIZES = dict(b=2, n=3, d=4)
Vectors = Float[Array, "n d"]
Batch = Float[Array, "b n d"]
Width = Float[Array, " d"]


def _layer_norm(x, scale, bias, **options):
    return linen.LayerNorm(**options).apply({"params": {"scale": scale, "bias": bias}}, x)


def _rms_norm(x, scale, **options):
    return linen.RMSNorm(**options).apply({"params": {"scale": scale}}, x)


@identity(source="Flax documentation, linen.LayerNorm, argument epsilon", at=_SIZES)
def layer_norm_has_an_epsilon_of_a_millionth_in_its_root(x: Vectors, scale: Width, bias: Width):
    r"""`linen.LayerNorm` is the textbook's with $\epsilon = 10^{-6}$ inside the root.

    Its variance is the mean of squares less the squared mean, cut off at zero.
    """
    return _layer_norm(x, scale, bias), definitions.layer_norm(x, scale, bias, eps=1e-6)


@layer_norm_has_an_epsilon_of_a_millionth_in_its_root.mutant
def layer_norm_has_the_epsilon_of_torch(x, scale, bias):
    return _layer_norm(x, scale, bias), definitions.layer_norm(x, scale, bias, eps=1e-5)


@identity(source="Flax documentation, linen.LayerNorm, argument use_fast_variance", at=_SIZES)
def layer_norm_in_two_passes_is_layer_norm_too(x: Vectors, scale: Width, bias: Width):
    r"""With `use_fast_variance=False` the variance is the mean of squared deviations."""
    out = _layer_norm(x, scale, bias, epsilon=1e-5, use_fast_variance=False)
    return out, definitions.layer_norm(x, scale, bias)


@layer_norm_in_two_passes_is_layer_norm_too.mutant
def layer_norm_in_two_passes_divides_by_one_less(x, scale, bias):
    out = _layer_norm(x, scale, bias, epsilon=1e-5, use_fast_variance=False)
    deviation = jnp.sqrt(x.var(-1, ddof=1, keepdims=True) + 1e-5)
    return out, (x - x.mean(-1, keepdims=True)) / deviation * scale[None] + bias[None]


@derivative(source="Flax documentation, linen.LayerNorm; chain rule", at=_SIZES)
def layer_norm_has_the_textbook_gradient(x: Vectors, scale: Width, bias: Width):
    r"""Reverse mode through `linen.LayerNorm` is exact for the vectors and both parameters."""

    def norm(x, scale, bias):
        return definitions.layer_norm(x, scale, bias, eps=1e-6)

    return norm, lambda x, scale, bias, dy: jax.vjp(_layer_norm, x, scale, bias)[1](dy)


@layer_norm_has_the_textbook_gradient.mutant
def layer_norm_has_the_gradient_of_another_epsilon(x, scale, bias):
    return definitions.layer_norm, lambda x, scale, bias, dy: jax.vjp(_layer_norm, x, scale, bias)[1](dy)


@identity(source="Flax documentation, linen.RMSNorm", at=_SIZES)
def rms_norm_is_the_textbook_rms_norm(x: Vectors, scale: Width):
    r"""`linen.RMSNorm` multiplies by the scale itself, with $\epsilon = 10^{-6}$ inside the root."""
    return _rms_norm(x, scale), definitions.rms_norm(x, scale, eps=1e-6)


@rms_norm_is_the_textbook_rms_norm.mutant
def rms_norm_multiplies_by_one_more_than_the_scale(x, scale):
    return _rms_norm(x, scale), definitions.rms_norm(x, 1 + scale, eps=1e-6)


@derivative(source="Flax documentation, linen.RMSNorm; chain rule", at=_SIZES)
def rms_norm_has_the_textbook_gradient(x: Vectors, scale: Width):
    r"""Reverse mode through `linen.RMSNorm` is exact for the vectors and the scale."""
    return definitions.rms_norm, lambda x, scale, dy: jax.vjp(_rms_norm, x, scale)[1](dy)


@rms_norm_has_the_textbook_gradient.mutant
def rms_norm_has_the_gradient_at_a_fixed_size(x, scale):
    def vjp(x, scale, dy):
        root = jnp.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)
        return dy * scale[None] / root, (dy * x / root).sum(0)

    return definitions.rms_norm, vjp


@identity(source="Flax documentation, linen.GroupNorm", at=_SIZES)
def group_norm_is_layer_norm_of_positions_and_channels_of_a_group(x: Batch, scale: Width, bias: Width):
    r"""Mean and variance run over all positions and the channels of one group; the scale is per channel."""
    out = linen.GroupNorm(num_groups=2).apply({"params": {"scale": scale, "bias": bias}}, x)
    groups = jnp.moveaxis(x.reshape(2, 3, 2, 2), 2, 1).reshape(2, 2, 6)
    normed = definitions.layer_norm(groups, eps=1e-6).reshape(2, 2, 3, 2)
    return out, jnp.moveaxis(normed, 1, 2).reshape(x.shape) * scale[None, None] + bias[None, None]


@group_norm_is_layer_norm_of_positions_and_channels_of_a_group.mutant
def group_norm_is_layer_norm_of_the_channels_of_a_group(x, scale, bias):
    out = linen.GroupNorm(num_groups=2).apply({"params": {"scale": scale, "bias": bias}}, x)
    normed = definitions.layer_norm(x.reshape(2, 3, 2, 2), eps=1e-6)
    return out, normed.reshape(x.shape) * scale[None, None] + bias[None, None]


def _batch_norm(x, scale, bias, mean, var, **options):
    variables = {"params": {"scale": scale, "bias": bias}, "batch_stats": {"mean": mean, "var": var}}
    return linen.BatchNorm(**options).apply(variables, x, mutable=["batch_stats"])


@identity(source="Flax documentation, linen.BatchNorm", at=_SIZES)
def batch_norm_in_training_is_layer_norm_of_the_columns(
    x: Vectors, scale: Width, bias: Width, mean: Width, var: Width
):
    r"""In training each channel is standardised over the batch, with $\epsilon = 10^{-5}$."""
    out = _batch_norm(x, scale, bias, mean, var, use_running_average=False)[0]
    return out, definitions.layer_norm(x.T, eps=1e-5).T * scale[None] + bias[None]


@batch_norm_in_training_is_layer_norm_of_the_columns.mutant
def batch_norm_in_training_uses_the_running_moments(x, scale, bias, mean, var):
    out = _batch_norm(x, scale, bias, mean, var, use_running_average=False)[0]
    return out, (x - mean[None]) / jnp.sqrt(var[None] + 1e-5) * scale[None] + bias[None]


@identity(source="Flax documentation, linen.BatchNorm, argument momentum", at=_SIZES)
def batch_norm_keeps_running_moments_of_the_biased_variance(
    x: Vectors, scale: Width, bias: Width, mean: Width, var: Width
):
    r"""The momentum is the share that the old moments keep; the variance divides by $n$."""
    stats = _batch_norm(x, scale, bias, mean, var, use_running_average=False, momentum=0.5)[1]["batch_stats"]
    return dict(stats), dict(mean=(mean + x.mean(0)) / 2, var=(var + x.var(0)) / 2)


@batch_norm_keeps_running_moments_of_the_biased_variance.mutant
def batch_norm_keeps_running_moments_of_the_unbiased_variance(x, scale, bias, mean, var):
    stats = _batch_norm(x, scale, bias, mean, var, use_running_average=False, momentum=0.5)[1]["batch_stats"]
    return dict(stats), dict(mean=(mean + x.mean(0)) / 2, var=(var + x.var(0, ddof=1)) / 2)
