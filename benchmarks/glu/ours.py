"""This library's module."""

from flax import nnx

from jaxmath.modules import Mlp, MlpConfig


def network(x, gate, up, down):
    config = MlpConfig(gate.shape[1], "silu", gated=True)
    module = nnx.eval_shape(lambda: Mlp(config, x.shape[1], rngs=nnx.Rngs(0)))
    for name, value in dict(gate=gate, up=up, down=down).items():
        getattr(module, name).weight = nnx.Param(value)
    return module(x)
