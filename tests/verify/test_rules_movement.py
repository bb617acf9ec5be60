"""Rules that only move entries, where no other test meets them."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath import verify

X = jax.ShapeDtypeStruct((2, 3), jnp.float32)


def _stacked(x):
    """Its gradient takes a stack apart, at an inner axis, into unlike parts."""
    return (jnp.stack([x, x**2], 1) * jnp.arange(1.0, 3.0)[None, :, None]).sum()


def test_unstack():
    program = str(jax.make_jaxpr(jax.grad(_stacked))(X))
    assert "unstack[axis=1]" in program
    verify.assert_identity(jax.grad(_stacked), lambda x: 1 + 4 * x, X)
    assert verify.prove_identity(jax.grad(_stacked), lambda x: 2 + 2 * x, X).verdict == "refuted"


def test_unstack_keeps_parts_apart():
    first = np.arange(6).reshape(2, 3) == 0
    found = verify.prove_independence(jax.grad(_stacked), X, outputs=~first, inputs=(first,))
    assert found.held and found.method == "dependence analysis of the jaxpr"
    same = verify.prove_independence(jax.grad(_stacked), X, outputs=first, inputs=(first,))
    assert same.verdict == "refuted"
