"""One import changes: `jaxmath.dot_product_attention` in the place of `jax.nn.dot_product_attention`.

The grid of arguments is that of JAX's own tests of its function; where a query sees nothing theirs returns
the mean of all values, ours zero. Both may be off by the roundings of `_attention_bounds`.
"""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmath
from tests.kernels import _attention_bounds as bounds
from tests.kernels import _attention_reference as reference

ITEMS, QUERIES, KEYS, HEADS, WIDTH = 2, 128, 128, 4, 32
ARGUMENTS = ("query", "key", "value", "bias")


def arrays(dtype, groups=1, items=ITEMS, n=QUERIES, m=KEYS, heads=HEADS, d=WIDTH, seed=0):
    """Queries, keys, values and numbers to pull back."""
    rng = np.random.default_rng(seed)
    shapes = [(items, n, heads, d), *[(items, m, heads // groups, d)] * 2, (items, n, heads, d)]
    return [jnp.asarray(rng.standard_normal(shape), dtype) for shape in shapes]


def compare(query, key, value, do, bias=None, mapped=None, **how):
    """Outputs and cotangents of both."""
    floating = dict(query=query, key=key, value=value) | ({} if bias is None else dict(bias=bias))

    def pull(function, floating, do):
        def attend(floating):
            if mapped is None:
                return function(**floating, **how)
            return jax.vmap(lambda x: function(**x, **how), ({x: mapped[x] for x in floating},))(floating)

        out, pullback = jax.vjp(attend, floating)
        return out, pullback(do)[0]

    ours, pulled = jax.jit(lambda *a: pull(jaxmath.dot_product_attention, *a))(floating, do)
    with jax.numpy_dtype_promotion("standard"):
        # Under jit theirs asks for a product that CPUs lack in float16, and cannot fall back.
        compiled = (lambda f: f) if ours.dtype == jnp.float16 else jax.jit
        theirs, expected = compiled(lambda *a: pull(jax.nn.dot_product_attention, *a))(floating, do)
    assert ours.dtype == theirs.dtype
    limits, sizes = bound(floating, do, how)
    bounds.check(ours, bounds.wide(theirs), sizes["out"], 2 * limits[0])
    for name in pulled:
        assert pulled[name].dtype == expected[name].dtype
        bounds.check(pulled[name], bounds.wide(expected[name]), sizes[name], 2 * limits[1])


def bound(floating, do, how):
    """What a result may be off by, relative to the size of its terms; and these sizes, like the arguments."""
    told = told_to_reference(floating, how)
    dtype = floating["query"].dtype
    limits = [bounds.bound(bounds.roundings(**told, order=order), dtype, order) for order in (0, 1)]
    sizes = reference.pullback(heads_first(do, told["k"].shape[1]), **told, sizes=True, dtype=np.float64)
    out, _ = reference.attention(**told | dict(v=np.abs(told["v"])))
    sizes = dict(out=out, query=sizes["q"], key=sizes["k"], value=sizes["v"], bias=sizes["bias"])
    return limits, {
        x: heads_last(y) if y is not None and x != "bias" else _ungrouped(y, floating)
        for x, y in sizes.items()
    }


def heads_first(x, groups):
    """From `[items, positions, heads, width]` to `[items, groups, heads of a group, positions, width]`."""
    x = np.moveaxis(bounds.wide(x), 2, 1)
    return x.reshape(len(x), groups, -1, *x.shape[2:])


def heads_last(x):
    return np.moveaxis(x.reshape(len(x), -1, *x.shape[3:]), 1, 2)


def _grouped(x, groups):
    """Of a mask or a bias over `[items, heads, n, m]`."""
    x = np.asarray(x)
    x = x.reshape(*[1] * (4 - x.ndim), *x.shape)
    return x[:, :, None] if x.shape[1] == 1 else x.reshape(len(x), groups, -1, *x.shape[2:])


def _ungrouped(x, floating):
    return None if x is None else x.reshape(floating["bias"].shape)


def told_to_reference(floating, how):
    groups = floating["key"].shape[2]
    told = {x[0]: heads_first(floating[x], groups) for x in ("query", "key", "value")}
    told |= dict(bias=_grouped(bounds.wide(floating["bias"]), groups)) if "bias" in floating else {}
    told |= dict(mask=_grouped(how["mask"], groups)) if how.get("mask") is not None else {}
    told |= dict(causal=how["is_causal"]) if "is_causal" in how else {}
    told |= dict(window=_pair(how["local_window_size"])) if "local_window_size" in how else {}
    lengths = dict(query_lengths="query_seq_lengths", key_lengths="key_value_seq_lengths")
    told |= {x: np.asarray(how[y])[:, None, None] for x, y in lengths.items() if y in how}
    return told | ({"scale": how["scale"]} if "scale" in how else {})


def _pair(window):
    return (window, window) if isinstance(window, int) else window


SLOW = pytest.mark.slow
PLAIN = [
    pytest.param(dtype, groups, mapped, marks=[] if (dtype, groups, mapped) in FAST else SLOW)
    for FAST in [[("bfloat16", 2, True)]]
    for dtype in ("bfloat16", "float16", "float32")
    for groups in (1, 2, 4)
    for mapped in (False, True)
]


@pytest.mark.parametrize("dtype, groups, mapped", PLAIN)
def test_heads_that_share_keys(dtype, groups, mapped):
    axes = dict(query=0, key=0, value=0) if mapped else None
    compare(*arrays(dtype, groups), mapped=axes)


LENGTHS = dict(
    query_seq_lengths=jnp.array([QUERIES // 2, QUERIES // 4], jnp.int32),
    key_value_seq_lengths=jnp.array([KEYS // 4, KEYS // 2], jnp.int32),
)
CUSTOM = dict(mask=jnp.tril(jnp.ones((QUERIES, KEYS), bool))[None, None])
MASKS = {
    "causal": dict(is_causal=True),
    "padding": LENGTHS,
    "custom": CUSTOM,
    "causal, padding": dict(is_causal=True) | LENGTHS,
    "custom, padding": CUSTOM | LENGTHS,
    "causal, sliding window": dict(is_causal=True, local_window_size=(3, 2)),
    "sliding window": dict(local_window_size=(3, 0)),
    "symmetric window": dict(local_window_size=5),
    "mask of one row": dict(mask=jnp.arange(KEYS)[None, None] % 3 > 0),
    "scale": dict(scale=0.1),
}


@pytest.mark.parametrize("dtype", ["float32", pytest.param("bfloat16", marks=SLOW)])
@pytest.mark.parametrize(
    "name", [x if x == "causal, padding" else pytest.param(x, marks=SLOW) for x in MASKS]
)
def test_masks(name, dtype):
    compare(*arrays(dtype), **MASKS[name])


@pytest.mark.parametrize("causal", [False, pytest.param(True, marks=SLOW)])
@pytest.mark.parametrize("shape", [(1, HEADS), pytest.param((ITEMS, 1), marks=SLOW)])
@pytest.mark.parametrize("dtype", ["float32", pytest.param("bfloat16", marks=SLOW)])
def test_bias(causal, shape, dtype):
    bias = jnp.asarray(np.random.default_rng(9).standard_normal((*shape, QUERIES, KEYS)), dtype)
    compare(*arrays(dtype), bias=bias, is_causal=causal)


@SLOW
@pytest.mark.parametrize("items", [1, 16])
@pytest.mark.parametrize("mapped", [False, True])
def test_gradient_of_a_bias_of_every_item(items, mapped):
    bias = jnp.asarray(np.random.default_rng(9).standard_normal((items, HEADS, QUERIES, QUERIES)), "bfloat16")
    axes = dict(query=0, key=0, value=0, bias=0) if mapped else None
    mask = jnp.ones((1, 1, QUERIES), bool)
    compare(*arrays("bfloat16", items=items), bias=bias, mapped=axes, mask=mask)


def test_the_signature_is_a_superset():
    theirs = inspect.signature(jax.nn.dot_product_attention).parameters
    ours = inspect.signature(jaxmath.dot_product_attention).parameters
    assert list(theirs)[:5] == list(ours)[:5]
    for name, parameter in theirs.items():
        assert ours[name].kind == parameter.kind and ours[name].default == parameter.default


def test_arrays_of_one_item():
    query, key, value, _ = (x[0] for x in arrays("float32", groups=2, n=5, m=7))
    how = dict(is_causal=True, return_residual=True)
    ours, lse = jaxmath.dot_product_attention(query, key, value, **how)
    theirs, residual = jax.nn.dot_product_attention(query, key, value, **how)
    assert lse.shape == residual.shape == query.shape[:2]
    items = dict(zip(ARGUMENTS, (x[None] for x in (query, key, value)), strict=False))
    limits, sizes = bound(items, query[None], how)
    bounds.check(ours, theirs, sizes["out"][0], 2 * limits[0])
    bounds.check(lse, residual, 1 + np.abs(residual), 2 * limits[0])


def test_where_a_query_sees_nothing():
    """Theirs is the mean of all values."""
    query, key, value, _ = arrays("float32", n=3, m=4)
    mask = jnp.array([[True] * 4, [False] * 4, [True] * 4])[None, None]
    ours = jaxmath.dot_product_attention(query, key, value, mask=mask)
    theirs = jax.nn.dot_product_attention(query, key, value, mask=mask)
    assert not ours[:, 1].any()
    # Four products and three sums in one way and the other, of values below four.
    np.testing.assert_allclose(theirs[:, 1], value.mean(1), rtol=0, atol=2 * 8 * 2.0**-24 * 4)
