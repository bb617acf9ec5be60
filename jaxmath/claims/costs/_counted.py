"""Operations of a program: counted in its jaxpr, and by XLA."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    AttentionShape,
    DecoderParams,
    MLPShape,
    NormShape,
    TransformerShape,
    decoder_transformer,
)

SHAPE = TransformerShape(
    width=24,
    layers=2,
    vocabulary=40,
    attention=AttentionShape(heads=3, groups=3, key_width=8, value_width=8),
    mlp=MLPShape(hidden=48, bias=True),
    norm=NormShape(vectors=2),
    positions=16,
)
IDS = np.arange(16) % 7


def params() -> DecoderParams:
    """Types of the parameters of a decoder with the sizes of `SHAPE`."""
    s = SHAPE
    block = _shapes.block(s.width, s.attention.heads, s.mlp.hidden)
    block = block._replace(
        attention=_shapes.heads(s.width, s.width, s.attention.heads, s.attention.key_width)
    )
    tables = (_shapes.array(s.vocabulary, s.width), _shapes.array(s.positions, s.width))
    return DecoderParams(*tables, (block,) * s.layers, _shapes.norm(s.width), tables[0])


def decoder(parameters: DecoderParams) -> jax.Array:
    """Scores of one text."""
    return decoder_transformer(jnp.asarray(IDS), parameters)


def matmul_flops(function: Callable[..., Any], *args: Any) -> int:
    """Multiplications and additions of the matrix products in a function's jaxpr."""
    return _of(jax.make_jaxpr(function)(*args).jaxpr)


def xla_flops(function: Callable[..., Any], *args: Any) -> float:
    """What XLA counts in the compiled program."""
    costs = jax.jit(function).lower(*args).compile().cost_analysis()
    assert costs is not None, "this backend counts nothing"
    return float(costs["flops"])


def _of(jaxpr: Any) -> int:
    total = 0
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "dot_general":
            (contracted, _), _ = eqn.params["dimension_numbers"]
            joined = [eqn.invars[0].aval.shape[axis] for axis in contracted]
            total += 2 * int(np.prod(joined)) * int(np.prod(eqn.outvars[0].aval.shape))
        times = eqn.params["length"] if eqn.primitive.name == "scan" else 1
        total += times * sum(_of(inner) for inner in core.jaxprs_in_params(eqn.params))
    return total
