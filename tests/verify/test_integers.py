"""numpy and JAX agree on known integers and booleans, to the bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from jaxmath.verify import integers

A = np.array([[7, -7, 3], [0, 2**31 - 1, -(2**31)]], np.int32)
B = np.array([[2, 2, -3], [5, 3, 7]], np.int32)
WORDS = np.array([3, 2**32 - 1, 0], np.uint32)
FLAGS = np.array([[True, False, True], [False, False, True]])
PROGRAMS = {
    "wraps": (lambda a, b: [a + b, a - b, a * b, -a], (A, B)),
    "orders": (lambda a, b: [jnp.maximum(a, b), jnp.minimum(a, b), a < b, a >= b, a == b], (A, B)),
    "rounds towards zero": (lambda a, b: [lax.div(a, b), lax.rem(a, b)], (A, B)),
    "bits": (lambda a: [a & 5, a | 5, a ^ 5, ~a], (WORDS,)),
    "reduces": (lambda a: [a.sum(), a.sum(0), a.max(1), a.min(), jnp.prod(a)], (A,)),
    "flags": (lambda f: [f.any(), f.all(1), ~f, f.astype(jnp.int32)], (FLAGS,)),
    "selects": (lambda f, a, b: [jnp.where(f, a, b), jnp.clip(a, -5, 5)], (FLAGS, A, B)),
    "moves": (lambda a: [a.T, a.reshape(3, 2), a[:, ::2], a[::-1], jnp.tile(a, (2, 1))], (A,)),
    "transposes as it reshapes": (lambda a: [lax.reshape(a, (6,), (1, 0))], (A,)),
    "slices inside": (lambda a: [lax.dynamic_slice(a, (5, -4), (1, 2))], (A,)),
    "writes inside": (lambda a: [lax.dynamic_update_slice(a, a[:1, :2] + 1, (9, 9))], (A,)),
    "counts": (lambda a: [jnp.arange(3), lax.broadcasted_iota(jnp.int32, (2, 3), 1) + a], (A,)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_numpy_says_what_jax_says(name):
    function, args = PROGRAMS[name]
    program = jax.make_jaxpr(function)(*args)
    env = dict(zip(program.jaxpr.invars, args, strict=True))
    env.update(zip(program.jaxpr.constvars, program.consts, strict=True))
    for eqn in program.eqns:
        values = [v.val if hasattr(v, "val") else env[v] for v in eqn.invars]
        out = eqn.primitive.bind(*map(jnp.asarray, values, [v.aval.dtype for v in eqn.invars]), **eqn.params)
        outs = out if eqn.primitive.multiple_results else [out]
        quick = integers.evaluate(eqn, values)
        if quick is not None:
            assert quick.dtype == outs[0].dtype
            np.testing.assert_array_equal(quick, outs[0])
        env.update(zip(eqn.outvars, map(np.asarray, outs), strict=True))


def test_division_that_jax_defines_is_left_to_jax():
    program = jax.make_jaxpr(lax.div)(A, B)
    assert integers.evaluate(program.eqns[0], [A, np.zeros_like(B)]) is None
    assert integers.evaluate(program.eqns[0], [A, -np.ones_like(B)]) is None
