"""The operator tests of ONNX for norms and rotary positions: all cases of the package as installed."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import pytest

# Importing a module of cases adds them to the list of its package.
from onnx.backend.test.case import node as cases_of_nodes
from onnx.backend.test.case.node import layernormalization as _layer  # noqa: F401
from onnx.backend.test.case.node import rmsnormalization as _rms  # noqa: F401
from onnx.backend.test.case.node import rotaryembedding as _rotary  # noqa: F401

from jaxmath.definitions import layer_norm, rms_norm, rotary

NUMBERS = {"LayerNormalization": 19, "RMSNormalization": 19, "RotaryEmbedding": 8}
CASES = {
    case.name: case
    for case in cases_of_nodes._NodeTestCases
    if len(case.model.graph.node) == 1 and case.model.graph.node[0].op_type in NUMBERS
}


def test_all_cases_are_there():
    found = [case.model.graph.node[0].op_type for case in CASES.values()]
    assert {name: found.count(name) for name in NUMBERS} == NUMBERS


@pytest.fixture(scope="module")
def outputs():
    """The first output of every case, from one compilation."""
    given = {name: case.data_sets[0][0] for name, case in CASES.items()}
    return jax.jit(lambda given: {name: operator(CASES[name], *given[name]) for name in given})(given)


@pytest.mark.parametrize("name", CASES)
def test_a_definition_is_the_operator_of_onnx(name, outputs):
    case = CASES[name]
    expected = case.data_sets[0][1][0]
    assert outputs[name].shape == expected.shape and outputs[name].dtype == expected.dtype
    np.testing.assert_allclose(outputs[name], expected, rtol=case.rtol, atol=case.atol)


def operator(case, *inputs):
    (node,) = case.model.graph.node
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type == "RotaryEmbedding":
        return turned(*inputs, **attributes)
    return normed(layer_norm if node.op_type == "LayerNormalization" else rms_norm, *inputs, **attributes)


def normed(norm, x, *parameters, axis=-1, epsilon=1e-5):
    """Over all axes from one on, as over one axis."""
    width = math.prod(x.shape[axis:])
    return norm(x.reshape(-1, width), *(p.reshape(width) for p in parameters), eps=epsilon).reshape(x.shape)


def turned(x, cos, sin, positions=None, *, interleaved=0, num_heads=0, rotary_embedding_dim=0):
    """Caches of the cases are any numbers: a pair (cos, sin) is an angle and a length."""
    if positions is not None:
        cos, sin = cos[positions], sin[positions]
    heads = jnp.moveaxis(x.reshape(*x.shape[:2], num_heads, -1), 2, 1) if x.ndim == 3 else x
    width = rotary_embedding_dim or heads.shape[-1]
    layout = "interleaved" if interleaved else "half-split"

    def turn(x, cos, sin):
        length = jnp.sqrt(cos**2 + sin**2)
        length = jnp.repeat(length, 2, -1) if interleaved else jnp.concatenate([length, length], -1)
        y = length * rotary(x[:, :width], jnp.arctan2(sin, cos), layout)
        return jnp.concatenate([y, x[:, width:]], -1)

    y = jax.vmap(jax.vmap(turn, (0, None, None)))(heads, cos, sin)
    return jnp.moveaxis(y, 1, 2).reshape(x.shape) if x.ndim == 3 else y
