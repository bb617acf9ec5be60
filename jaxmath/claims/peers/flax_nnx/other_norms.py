"""`flax.nnx`: group, instance and batch norm, with given parameters."""

import functools

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from jaxmath import definitions
from jaxmath.claims.peers.flax_nnx._filled import filled
from jaxmath.verify.claim import identity

_SIZES = dict(b=2, n=3, d=4)
Vectors = Float[Array, "n d"]
Batch = Float[Array, "b n d"]
Width = Float[Array, " d"]


def _batch_norm(scale, bias, mean, var, **options):
    make = functools.partial(nnx.BatchNorm, 4, **options)
    return filled(lambda: make(rngs=nnx.Rngs(0)), scale=scale, bias=bias, mean=mean, var=var)


def _columns(x, mean, var, scale, bias):
    return (x - mean[None]) / jnp.sqrt(var[None] + 1e-5) * scale[None] + bias[None]


@identity(source="Flax documentation, nnx.GroupNorm", at=_SIZES)
def group_norm_is_layer_norm_of_positions_and_channels_of_a_group(x: Batch, scale: Width, bias: Width):
    r"""Mean and variance run over all positions and the channels of one group; the scale is per channel."""
    layer = filled(lambda: nnx.GroupNorm(4, num_groups=2, rngs=nnx.Rngs(0)), scale=scale, bias=bias)
    groups = jnp.moveaxis(x.reshape(2, 3, 2, 2), 2, 1).reshape(2, 2, 6)
    normed = definitions.layer_norm(groups, eps=1e-6).reshape(2, 2, 3, 2)
    return layer(x), jnp.moveaxis(normed, 1, 2).reshape(x.shape) * scale[None, None] + bias[None, None]


@group_norm_is_layer_norm_of_positions_and_channels_of_a_group.mutant
def group_norm_is_layer_norm_of_all_channels(x, scale, bias):
    layer = filled(lambda: nnx.GroupNorm(4, num_groups=2, rngs=nnx.Rngs(0)), scale=scale, bias=bias)
    return layer(x), definitions.layer_norm(x, scale, bias, eps=1e-6)


@identity(source="Flax documentation, nnx.InstanceNorm", at=_SIZES)
def instance_norm_is_layer_norm_of_the_positions_of_a_channel(x: Batch, scale: Width, bias: Width):
    r"""Moments are over the positions, for every item and channel by itself; $\epsilon = 10^{-6}$."""
    layer = filled(lambda: nnx.InstanceNorm(4, rngs=nnx.Rngs(0)), scale=scale, bias=bias)
    normed = jnp.swapaxes(definitions.layer_norm(jnp.swapaxes(x, 1, 2), eps=1e-6), 1, 2)
    return layer(x), normed * scale[None, None] + bias[None, None]


@instance_norm_is_layer_norm_of_the_positions_of_a_channel.mutant
def instance_norm_is_layer_norm_of_the_channels_of_a_position(x, scale, bias):
    layer = filled(lambda: nnx.InstanceNorm(4, rngs=nnx.Rngs(0)), scale=scale, bias=bias)
    return layer(x), definitions.layer_norm(x, scale, bias, eps=1e-6)


@identity(source="Flax documentation, nnx.BatchNorm, argument use_running_average", at=_SIZES)
def batch_norm_in_use_takes_the_running_moments(
    x: Vectors, scale: Width, bias: Width, mean: Width, var: Width
):
    r"""With `use_running_average` the stored mean and variance are used, with $\epsilon = 10^{-5}$."""
    return _batch_norm(scale, bias, mean, var, use_running_average=True)(x), _columns(
        x, mean, var, scale, bias
    )


@batch_norm_in_use_takes_the_running_moments.mutant
def batch_norm_in_use_takes_the_moments_of_the_batch(x, scale, bias, mean, var):
    return _batch_norm(scale, bias, mean, var, use_running_average=True)(x), _columns(
        x, x.mean(0), x.var(0), scale, bias
    )


def _trained(x, scale, bias, mean, var):
    layer = _batch_norm(scale, bias, mean, var, use_running_average=False, momentum=0.75)
    return layer(x), layer.mean[...], layer.var[...]


@identity(source="Flax documentation, nnx.BatchNorm, argument momentum", at=_SIZES)
def batch_norm_in_training_takes_the_moments_of_the_batch(
    x: Vectors, scale: Width, bias: Width, mean: Width, var: Width
):
    r"""In training the moments of the batch are used; the momentum is the share that the old ones keep."""
    kept = 0.75 * mean + 0.25 * x.mean(0), 0.75 * var + 0.25 * x.var(0)
    return _trained(x, scale, bias, mean, var), (_columns(x, x.mean(0), x.var(0), scale, bias), *kept)


@batch_norm_in_training_takes_the_moments_of_the_batch.mutant
def batch_norm_in_training_counts_its_momentum_as_torch_does(x, scale, bias, mean, var):
    kept = 0.25 * mean + 0.75 * x.mean(0), 0.25 * var + 0.75 * x.var(0)
    return _trained(x, scale, bias, mean, var), (_columns(x, x.mean(0), x.var(0), scale, bias), *kept)
