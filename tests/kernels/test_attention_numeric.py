"""Attention against a reference in extended precision: every option, alone and together, in every dtype.

Errors are held against counted roundings times the size of the terms (`_attention_bounds`).
"""

import itertools

import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import strategies as st

from jaxmath.kernels.attention import dropout_mask
from tests.kernels import _attention_bounds as bounds
from tests.kernels import _attention_reference as reference
from tests.kernels._attention_cases import OPTIONS, SHAPES, Call

REST = [x for x in SHAPES if x not in ((11, 5), (1, 13))]
DTYPES = ["float32", "float64", "bfloat16", "float16"]


def check(names=(), n=7, m=7, *, dtype="float32", knobs=None, **sizes):
    """Answers, log-sum-exps and all cotangents of a call against the reference."""
    with jax.enable_x64(dtype == "float64"):
        call = Call.draw(names, n, m, dtype=dtype, **sizes)
        cotangents = call.cotangents()
        told = call.told()

        @jax.jit
        def run(values, arrays, cotangents):
            outputs, pullback = jax.vjp(lambda values: call.function(**(knobs or {}))(values, arrays), values)
            return outputs, pullback(cotangents)[0]

        (out, lse), pulled = run(call.values, call.arrays, cotangents)
        check_outputs(out, lse, call, told)
        check_pulled(pulled, cotangents, call, told)


def check_outputs(out, lse, call, told):
    dtype = call.values["q"].dtype
    assert out.dtype == dtype and lse.dtype == bounds.working(dtype)
    expected, expected_lse = reference.attention(**told)
    size, _ = reference.attention(**told | dict(v=np.abs(told["v"])))
    count = bounds.roundings(**told, kept_in=kept_in(call))
    bounds.check(out, expected, size, bounds.bound(count, dtype))
    some = np.isfinite(expected_lse)
    assert np.all(np.asarray(lse)[~some] == -np.inf), "the log-sum-exp of nothing"
    lse, expected_lse = np.asarray(lse)[some], expected_lse[some]
    bounds.check(lse, expected_lse, 1 + np.abs(expected_lse), bounds.bound(count, bounds.working(dtype)))


def kept_in(call):
    """A scale that is an array multiplies the queries, in their dtype."""
    return call.values["q"].dtype if "scale" in call.values else None


def check_pulled(pulled, cotangents, call, told):
    dtype = call.values["q"].dtype
    do, dlse = (np.asarray(a, np.float64).astype(np.longdouble) for a in cotangents)
    expected = reference.pullback(do, **told, dlse=dlse)
    size = reference.pullback(do, **told, dlse=dlse, sizes=True)
    count = bounds.roundings(**told, order=1, kept_in=kept_in(call))
    limit = bounds.bound(count, dtype, order=1)
    for name in pulled:
        assert pulled[name].dtype == call.values[name].dtype
        bounds.check(pulled[name], expected[name], size[name], limit)


# Every option once.
TOGETHER = [
    ("mask", "bias", "scale that moves", "sink"),
    ("causal at the end", "slopes", "soft-cap"),
    ("prefix", "segments", "bias of heads"),
    ("query lengths", "key lengths", "window"),
    ("dropout", "bias of keys", "window to the left"),
    ("causal", "bias with holes"),
    ("soft-cap over a bias", "window at the end"),
    ("mask of pairs", "bias of items", "window to the right", "scale"),
]


@pytest.mark.parametrize("names", TOGETHER, ids=", ".join)
def test_every_option(names):
    check(names, 5, 11)


def test_no_option_is_left_out():
    assert sorted(name for names in TOGETHER for name in names) == sorted(OPTIONS)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_alone(name):
    check([name], 5, 11)


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_option(dtype):
    check(dtype=dtype)


@pytest.mark.parametrize(
    "n, m", [(11, 5), (1, 13), *(pytest.param(*x, marks=pytest.mark.slow) for x in REST)]
)
def test_awkward_sizes(n, m):
    check(["causal at the end", "sink"], n, m)


@hypothesis.settings(max_examples=3, phases=[hypothesis.Phase.generate])
@hypothesis.given(st.data())
def test_options_together(data):
    draw_and_check(data)


@pytest.mark.slow
@hypothesis.settings(max_examples=150, phases=[hypothesis.Phase.generate])
@hypothesis.given(st.data())
def test_many_options_together(data):
    draw_and_check(data)


def draw_and_check(data):
    names = data.draw(st.lists(st.sampled_from(list(OPTIONS)), min_size=2, max_size=4, unique=True))
    n, m = data.draw(st.sampled_from(SHAPES))
    block = data.draw(st.sampled_from([(2, 3, 1), (4, 4, 2), None]))
    check(
        names,
        n,
        m,
        dtype=data.draw(st.sampled_from(DTYPES)),
        shared=data.draw(st.booleans()),
        knobs=dict(block=block),
    )


# Every sixth of them: all would take half an hour, and conjunctions are drawn at random besides.
@pytest.mark.slow
@pytest.mark.parametrize("names", [*itertools.combinations(OPTIONS, 2)][::6], ids=" and ".join)
def test_pairs_of_options(names):
    check(names, 5, 11)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES[1:])
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_in_every_dtype(name, dtype):
    check([name], 11, 5, dtype=dtype)


@pytest.mark.slow
@pytest.mark.parametrize("n, m", SHAPES + [(67, 131), (300, 257), (1, 521), (601, 2)])
@pytest.mark.parametrize("name", ["causal", "key lengths", "segments", "mask", "bias of keys"])
def test_sizes_beyond_one_block(name, n, m):
    check([name], n, m)


@pytest.mark.parametrize("n, m", [(0, 3), (3, 0), (0, 0)])
def test_no_queries_and_no_keys(n, m):
    call = Call.draw(["sink"] if m else [], n, m)
    (out, lse), pullback = jax.vjp(lambda values: call.function()(values, call.arrays), call.values)
    assert out.shape == (2, 3, n, 3) and lse.shape == (2, 3, n)
    assert not np.any(out) and np.all(lse == -np.inf)
    assert all(not np.any(x) for x in pullback((out, jnp.zeros_like(lse)))[0].values())


@pytest.mark.parametrize("block", [None, (2, 3, 1)])
def test_dropout_keeps_what_its_mask_says(block):
    """Values that are unit vectors show the weights; blocks do not change what is kept."""
    call = Call.draw(["dropout"], 6, 8, lead=(2, 3))
    eye = jnp.broadcast_to(jnp.eye(8), (2, 3, 8, 8))
    weights, _ = call.function(block=block)(call.values | dict(v=eye), call.arrays)
    assert np.array_equal(np.asarray(weights) > 0, call.told()["keep"])


def test_dropout_keeps_the_share_that_it_says():
    kept = np.asarray(dropout_mask(jax.random.key(0), 0.3, (4,), 64, 64))
    # Five standard deviations of a binomial law.
    assert abs(kept.mean() - 0.7) < 5 * np.sqrt(0.3 * 0.7 / kept.size)
    assert len({x.tobytes() for x in kept}) == 4, "heads drop different weights"
