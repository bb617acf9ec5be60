"""Updates joined to entries: added, multiplied, the larger or smaller kept, written."""

import jax
import jax.numpy as jnp
import pytest
from jax import lax

from jaxmath import verify

X, Y = jax.ShapeDtypeStruct((2,), jnp.float32), jax.ShapeDtypeStruct((4,), jnp.float32)
AT = jnp.array([0, 1, 0, 5])  # the last goes nowhere
TRUE = {
    "add": (lambda x, y: x.at[AT].add(y), lambda x, y: x + jnp.stack([y[0] + y[2], y[1]])),
    "mul": (lambda x, y: x.at[AT].mul(y), lambda x, y: x * jnp.stack([y[0] * y[2], y[1]])),
    "max": (
        lambda x, y: x.at[AT].max(y),
        lambda x, y: jnp.maximum(jnp.stack([jnp.maximum(y[2], y[0]), y[1]]), x),
    ),
    "min": (
        lambda x, y: x.at[AT].min(y),
        lambda x, y: -jnp.maximum(jnp.stack([-jnp.minimum(y[2], y[0]), -y[1]]), -x),
    ),
    "set": (lambda x, y: y.at[jnp.array([1, 3])].set(x), lambda x, y: jnp.stack([y[0], x[0], y[2], x[1]])),
    "segment_max": (
        lambda x, y: jax.ops.segment_max(y, jnp.array([0, 1, 0, 1]), 2),
        lambda x, y: y.reshape(2, 2).max(0),
    ),
    "update_slice": (
        lambda x, y: lax.dynamic_update_slice(y, x, (9,)),  # moved inside
        lambda x, y: jnp.concatenate([y[:2], x]),
    ),
    "select": (
        lambda x, y: lax.select_n(jnp.array([2, 0]), x, 2 * x, y[:2]),
        lambda x, y: jnp.stack([y[0], x[1]]),
    ),
}
FALSE = {
    "add once": (lambda x, y: x.at[AT].add(y), lambda x, y: x + y[:2]),
    "mul once": (lambda x, y: x.at[AT].mul(y), lambda x, y: x * y[:2]),
    "max for min": (lambda x, y: x.at[AT].max(y), lambda x, y: x.at[AT].min(y)),
    "set one further": (lambda x, y: y.at[jnp.array([1, 3])].set(x), lambda x, y: y.at[1:3].set(x)),
    "select shifted": (
        lambda x, y: lax.select_n(jnp.array([2, 0]), x, 2 * x, y[:2]),
        lambda x, y: lax.select_n(jnp.array([1, 0]), x, 2 * x, y[:2]),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_true(name):
    verify.assert_identity(*TRUE[name], X, Y)


@pytest.mark.parametrize("name", FALSE)
def test_false(name):
    assert verify.prove_identity(*FALSE[name], X, Y).verdict == "refuted"


def test_adding_where_the_order_says():
    def counted(x, y):
        return jnp.zeros(2).at[jnp.argmax(y)].add(x[0])

    verify.assert_identity(lambda x, y: counted(x, y) @ y, lambda x, y: x[0] * y.max(), X, X)


def test_scatter_without_a_rule_says_so():
    certificate = verify.prove_identity(lambda y: y.at[jnp.argmax(y)].mul(2.0), lambda y: y, Y)
    assert certificate.verdict == "unknown"
    assert "floats at known places only" in certificate.reason
