"""Linear maps and read-outs of half precision, where a few vectors go a way of their own."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxmath import definitions, kernels
from jaxmath.kernels._few_vectors import FEW
from jaxmath.notation import NotationError

HALF = {jnp.bfloat16: 2.0**-8, jnp.float16: 2.0**-11}
WIDE = jnp.float32


def operands(shape, d, f, dtype, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(jnp.asarray(rng.normal(size=s), dtype) for s in ((*shape, d), (d, f)))


def near(found, x, w, dtype):
    """Products are exact in float32; `d` roundings of sums of sizes, and one to half precision."""
    x, w = (np.asarray(z, np.float64) for z in (x, w))
    sizes = np.abs(x) @ np.abs(w)
    limit = HALF[dtype] * np.abs(x @ w) * (1 + 2.0**-8) + (x.shape[-1] + 2) * 2.0**-24 * sizes + 2.0**-24
    assert found.dtype == dtype
    assert (np.abs(np.asarray(found, np.float64) - x @ w) <= limit).all()


@settings(deadline=None, max_examples=25)
@given(
    shape=st.sampled_from([(), (1,), (1, 1), (2,), (3, 2), (FEW,), (FEW + 1,), (0,)]),
    d=st.sampled_from([1, 7, 12, 26, 96, 130]),
    f=st.integers(1, 9),
    dtype=st.sampled_from(list(HALF)),
    turned=st.booleans(),
    few=st.sampled_from([None, True, False]),
)
def test_half_precision_is_added_up_in_float32(shape, d, f, dtype, turned, few):
    x, w = operands(shape, d, f, dtype)
    y = kernels.unembed(x, w.T, few=few) if turned else kernels.linear(x, w, few=few)
    assert y.shape == (*shape, f)
    near(y, x, w, dtype)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
def test_mapped_vectors_are_more_vectors(axes, turned):
    x, w = operands((5, 1), 24, 3, jnp.bfloat16)
    x = x if axes[0] == 0 else x[0]
    w = jnp.stack([w * (i + 1) for i in range(5)]) if axes[1] == 0 else w
    one = kernels.linear if not turned else lambda x, w: kernels.unembed(x, w.T)
    found = jax.jit(jax.vmap(one, axes))(x, w)
    for i, y in enumerate(found):
        near(y, x[i] if axes[0] == 0 else x, w[i] if axes[1] == 0 else w, jnp.bfloat16)


WAYS = {
    "grad": lambda f, x, w: jax.grad(lambda *a: (f(*a) ** 2).sum(), (0, 1))(x, w),
    "jvp": lambda f, x, w: jax.jvp(f, (x, w), (w[:, 0] * x, w[::-1]))[1],
    "forward over reverse": lambda f, x, w: jax.jvp(
        jax.grad(lambda *a: (f(*a) ** 3).sum(), (0, 1)), (x, w), (x[::-1], w[::-1])
    )[1],
    "gradients of examples": lambda f, x, w: jax.vmap(jax.grad(lambda w, x: (f(x, w) ** 2).sum()), (None, 0))(
        w, x[None] * jnp.arange(1.0, 4, dtype=x.dtype)[:, None]
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("turned", [False, True])
def test_derivatives_are_those_of_the_textbook(way, turned):
    """Small integers, which are exact in float32 whatever the order of sums."""
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.integers(-2, 3, shape), WIDE) for shape in ((8,), (8, 3)))
    textbook = definitions.linear
    kernel = functools.partial(kernels.linear, few=True)
    if turned:
        kernel = lambda x, w: kernels.unembed(x, w.T, few=True)  # noqa: E731
    found, expected = (jax.jit(functools.partial(WAYS[way], f))(x, w) for f in (kernel, textbook))
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def temporaries(step, *args):
    """Bytes that a loop over steps takes beside its arguments."""
    loop = jax.jit(lambda x, matrix: jax.lax.fori_loop(0, 4, lambda _, x: step(x, matrix), x))
    return loop.lower(*args).compile().memory_analysis().temp_size_in_bytes


on_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="other machines do not widen a matrix")


@on_cpu
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("turned", [False, True])
def test_a_loop_keeps_no_wide_copy_of_a_matrix(count, turned):
    d = 240
    x, w = operands((count,), d, d, jnp.bfloat16)
    kernel = kernels.unembed if turned else kernels.linear
    assert temporaries(lambda x, w: jnp.tanh(kernel(x, w)), x, w) < d * d


@on_cpu
def test_a_loop_keeps_no_wide_copy_of_a_table():
    def along(look_up):
        def step(x, table):
            ids, x = x
            y = look_up(ids, table) + x
            return jnp.argmax(y, -1).astype(jnp.int32), y * jnp.bfloat16(0.5)

        return step

    x, table = operands((1,), 64, 512, jnp.bfloat16)
    start = jnp.zeros((1,), jnp.int32), x
    assert temporaries(along(kernels.embed), start, table.T) < table.size


def test_the_way_of_a_table_changes_no_row():
    table = operands((), 64, 512, jnp.bfloat16)[1].T
    ids = jnp.array([0, 511, 512, -1])
    np.testing.assert_array_equal(kernels.embed(ids, table), definitions.embed(ids, table))


def test_vectors_that_do_not_fit_are_named():
    x, w = operands((2,), 3, 4, jnp.bfloat16)
    with pytest.raises(NotationError, match="weight"):
        kernels.linear(x, w.T)
    with pytest.raises(NotationError, match="table"):
        kernels.unembed(x, w)
