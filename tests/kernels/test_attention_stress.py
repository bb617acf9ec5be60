"""Attention where numbers are at their limits: huge scores, minus infinity, and what must not be read."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmath
from tests.kernels import _attention_bounds as bounds
from tests.kernels._attention_cases import Call

BLOCK = (2, 3, 1)
ATTENTION = jax.jit(
    jaxmath.attention, static_argnames=("causal", "window", "block", "return_lse", "soft_cap")
)


@pytest.fixture(params=["float32", "bfloat16", "float16"])
def dtype(request):
    return jnp.dtype(request.param)


def drawn(dtype="float32", n=5, m=7, seed=0):
    values = Call.draw((), n, m, dtype=dtype, seed=seed, lead=(2,)).values
    return values["q"], values["k"], values["v"]


@jax.jit
def everything(arrays, hidden, do):
    """Answers, what is pulled back, and how that moves, with everything hidden that is told."""

    def attend(arrays):
        return jaxmath.attention(**arrays, **hidden, causal=True, block=BLOCK)

    def gradient(arrays):
        return jax.vjp(attend, arrays)[1](do)[0]

    out, pullback = jax.vjp(attend, arrays)
    return out, pullback(do)[0], jax.jvp(gradient, (arrays,), (jax.tree.map(jnp.ones_like, arrays),))[1]


def hide(x, seen, poison):
    return jnp.where(seen, x, jnp.asarray(poison, x.dtype))


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("what", ["key lengths", "bias", pytest.param("mask", marks=pytest.mark.slow)])
def test_what_nobody_sees_may_hold_anything(what, poison):
    q, k, v = drawn()
    do = jnp.ones((2, 5, 3))
    exists = jnp.arange(7)[:, None] < 4
    hidden = {
        "key lengths": dict(key_lengths=jnp.full((2,), 4)),
        "mask": dict(mask=jnp.broadcast_to(exists[:, 0], (5, 7))),
        "bias": dict(mask=jnp.broadcast_to(exists[:, 0], (5, 7))),
    }[what]
    arrays, clean = dict(q=q, k=k, v=v), dict(q=q, k=k, v=v)
    if what == "bias":
        arrays["bias"] = hide(jnp.zeros((5, 7)), hidden["mask"], poison)
        clean["bias"] = jnp.zeros((5, 7))
    else:
        arrays |= {x: hide(arrays[x], exists, poison) for x in "kv"}
        clean |= {x: hide(arrays[x], exists, 0.0) for x in "kv"}
    for ours, expected in zip(
        *(jax.tree.leaves(everything(x, hidden, do)) for x in (arrays, clean)), strict=True
    ):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_queries_that_do_not_exist_may_hold_anything(poison):
    q, k, v = drawn()
    hidden, do = dict(query_lengths=jnp.full((2,), 2)), jnp.ones((2, 5, 3))
    exists = jnp.arange(5)[:, None] < 2
    found = everything(dict(q=hide(q, exists, poison), k=k, v=v), hidden, do)
    expected = everything(dict(q=hide(q, exists, 0.0), k=k, v=v), hidden, do)
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(ours, theirs)


HIDDEN = dict(
    bias=jnp.full((5, 7), -jnp.inf),
    mask=jnp.zeros((5, 7), bool),
    key_lengths=jnp.zeros((2,), jnp.int32),
    query_lengths=jnp.zeros((2,), jnp.int32),
    offset=jnp.full((2,), -9),
)


@pytest.mark.parametrize(
    "way", [x if x == "bias" else pytest.param(x, marks=pytest.mark.slow) for x in HIDDEN]
)
def test_rows_that_see_nothing_have_no_derivatives(way):
    """By mask, by bias, by lengths and by alignment: zeros, to second order."""
    q, k, v = drawn()
    for x in jax.tree.leaves(everything(dict(q=q, k=k, v=v), {way: HIDDEN[way]}, jnp.ones((2, 5, 3)))):
        assert not np.any(x)


@pytest.mark.parametrize("block", [BLOCK, pytest.param(None, marks=pytest.mark.slow)])
def test_huge_scores_choose_one_key(block, dtype):
    """Scores differ by at least 100: all weights but one are less than half a unit in the last place."""
    size = 2.0 ** (6 if dtype == jnp.float16 else 50)
    q, keys = jnp.asarray([[size]], dtype), jnp.asarray([[-size], [size], [size / 2], [0.0]], dtype)
    v = jnp.asarray([[1.0], [2.0], [3.0], [4.0]], dtype)
    out, lse = ATTENTION(q, keys, v, block=block, return_lse=True)
    assert out[0, 0] == 2 and lse[0] == size * size
    gradients = jax.grad(lambda *a: ATTENTION(*a, block=block).sum().astype(jnp.float32), (0, 1, 2))(
        q, keys, v
    )
    assert not np.any(gradients[0]) and not np.any(gradients[1])
    assert np.array_equal(gradients[2][:, 0], [0, 1, 0, 0])


@pytest.mark.parametrize("block", [BLOCK, pytest.param(None, marks=pytest.mark.slow)])
def test_scores_far_below_zero_are_not_lost(block):
    """All scores near -10000: a maximum that starts at zero would lose them."""
    q, k, v = drawn()
    shift = jnp.full((1, 7), -1e4)
    out, lse = ATTENTION(q, k, v, bias=shift, block=block, return_lse=True)
    plain, base = ATTENTION(q, k, v, block=block, return_lse=True)
    # Adding the bias rounds every score to a multiple of 2^-10.
    np.testing.assert_allclose(out, plain, rtol=0, atol=2 * 2.0**-11 * 2 * np.abs(v).max())
    np.testing.assert_allclose(lse, base - 1e4, rtol=0, atol=2 * 2.0**-11 + 2.0**-10)


def test_a_bias_of_minus_infinity_is_a_mask():
    q, k, v = drawn()
    seen = np.random.default_rng(1).random((5, 7)) < 0.5
    seen[2] = False
    do = jnp.ones((2, 5, 3))
    by_bias = everything(dict(q=q, k=k, v=v), dict(bias=jnp.where(seen, 0.0, -jnp.inf)), do)
    by_mask = everything(dict(q=q, k=k, v=v), dict(mask=jnp.asarray(seen)), do)
    for ours, expected in zip(jax.tree.leaves(by_bias), jax.tree.leaves(by_mask), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_the_softcap_bounds_what_would_overflow():
    q, k, v = drawn()
    out, lse = ATTENTION(1e25 * q, 1e13 * k, v, soft_cap=3.0, return_lse=True)
    assert np.all(np.isfinite(out)) and np.all(np.abs(lse - np.log(7)) <= 3 + 1e-5)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_sums_of_many_small_weights_are_not_taken_in_sixteen_bits(name):
    """With 4096 equal weights a sum in the dtype of the values would stop growing."""
    m = 4096
    ones = jnp.ones((m, 1), name)
    out, lse = ATTENTION(0 * ones[:1], ones, ones, return_lse=True)
    assert out[0, 0] == 1
    unit = float(jnp.finfo(jnp.float32).eps) / 2
    assert abs(float(lse[0]) - np.log(m)) <= (bounds.ELEMENTARY + 2) * unit * np.log(m)
