"""Layers of Flax NNX."""

from flax import nnx


def call(kind, x, **parameters):
    layer = nnx.eval_shape(lambda: kind(x.shape[-1], dtype=x.dtype, param_dtype=x.dtype, rngs=nnx.Rngs(0)))
    for name, value in parameters.items():
        setattr(layer, name, nnx.Param(value))
    return layer(x)


METHOD = dict(
    layer=lambda x, weight, bias: call(nnx.LayerNorm, x, scale=weight, bias=bias),
    rms=lambda x, weight: call(nnx.RMSNorm, x, scale=weight),
)
