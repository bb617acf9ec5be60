"""Which outputs ignore which inputs: by analysis, in the field, and what NaN does."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import verify
from jaxmath.verify import depend
from jaxmath.verify.trace import trace

VECTOR = jax.ShapeDtypeStruct((4,), jnp.float32)
MATRIX = jax.ShapeDtypeStruct((4, 3), jnp.float32)
ALL = np.ones(4, bool)
PAST = np.arange(4) < 2
ROWS = np.broadcast_to(PAST[:, None], (4, 3))
EARLIER = np.tril(np.ones((4, 4), bool))
LATER = np.tril(np.ones((4, 4), bool), 1)

refuses = functools.partial(pytest.raises, verify.QuestionError)


def attention(q, k, v, mask=EARLIER, fill=-jnp.inf):
    scores = jnp.where(mask, q @ k.T, fill)
    return jax.nn.softmax(scores) @ v


def ask(f, *args, outputs, inputs):
    return verify.prove_independence(f, *args, outputs=outputs, inputs=inputs)


# What the program itself shows.


def test_causal_attention_ignores_what_comes_later():
    found = ask(attention, MATRIX, MATRIX, MATRIX, outputs=ROWS, inputs=(~ROWS, ~ROWS, ~ROWS))
    assert found.verdict == "proved"
    assert found.kind == "independence"
    assert found.method == "dependence analysis of the jaxpr"
    assert found.error_bound == 0.0
    assert str(found) == "proved (error bound 0, dependence analysis)"


def test_nan_in_a_later_value_gets_through_a_masked_softmax():
    found = ask(attention, MATRIX, MATRIX, MATRIX, outputs=ROWS, inputs=(None, None, ~ROWS))
    assert found.verdict == "proved"
    assert "NaN in the marked inputs reaches output[0, 0]" in found.assumptions[-1]


def test_nan_in_a_later_key_does_not():
    found = ask(attention, MATRIX, MATRIX, MATRIX, outputs=ROWS, inputs=(~ROWS, ~ROWS, None))
    assert found.verdict == "proved"
    assert found.assumptions[-1].startswith("NaN and infinities included")


def test_zero_times_nan_is_the_difference():
    zeros = np.array([0.0, 1.0, 1.0, 1.0], np.float32)
    first = np.arange(4) == 0
    multiplied = ask(lambda x: x * zeros, VECTOR, outputs=first, inputs=(first,))
    selected = ask(lambda x: jnp.where(zeros > 0, x, 0.0), VECTOR, outputs=first, inputs=(first,))
    assert multiplied.held and "NaN in the marked inputs reaches output[0]" in multiplied.assumptions[-1]
    assert selected.held and selected.assumptions[-1].startswith("NaN and infinities included")


def test_what_the_analysis_cannot_exclude_is_said():
    # tanh is bounded, so infinity is harmless; the analysis does not know it.
    found = ask(
        lambda x, y: x + 0.0 * jnp.where(jnp.isnan(y), 0.0, jnp.tanh(y)),
        VECTOR,
        VECTOR,
        outputs=ALL,
        inputs=(None, ALL),
    )
    assert found.held
    assert "the analysis does not exclude it" in found.assumptions[-1]


@pytest.mark.parametrize(
    "f",
    [
        jnp.cumsum,
        functools.partial(jax.lax.cummax, axis=0),
        functools.partial(jax.lax.associative_scan, jnp.multiply),
        lambda x: jax.lax.scan(lambda c, a: (jnp.tanh(c + a), c * a), jnp.float32(0), x)[1],
        lambda x: jax.lax.fori_loop(1, 4, lambda i, y: y.at[i].add(y[i - 1] * x[i]), x),
        lambda x: x.at[np.array([1, 3])].add(x[np.array([0, 2])]),
        lambda x: jnp.concatenate([x[:2] ** 2, jnp.sort(x)[2:]]),
        lambda x: jnp.pad(x[:2], (0, 2)) + jnp.where(np.arange(4) > 1, x, 0.0),
        lambda x: jax.checkpoint(jax.jit(jnp.cumsum))(x),
        lambda x: jnp.convolve(x, jnp.arange(3, dtype=x.dtype))[:4],
        lambda x: jax.lax.cond(x[0] > 0, jnp.cumsum, jnp.negative, x),
        lambda x: jnp.where(x[0] > 0, x, -x),
        lambda x: jnp.concatenate([jax.nn.softmax(x[:2]), jnp.linalg.inv(x.reshape(2, 2)).ravel()[:2]]),
        lambda x: jnp.take(x, np.array([0, 1, 1, 3]), mode="fill"),
        lambda x: jax.lax.dynamic_update_slice(x, x[:1], (1,)),
        lambda x: jnp.concatenate([jnp.argsort(x[:2]).astype(x.dtype), x[2:]]),
    ],
)
def test_the_first_entries_ignore_the_last(f):
    found = ask(f, VECTOR, outputs=PAST, inputs=(~PAST,))
    assert found.verdict == "proved"
    assert found.error_bound == 0.0


def test_a_loop_of_unknown_length_taints_only_what_it_carries():
    def f(x, y):
        return jax.lax.while_loop(lambda c: c[0] < 5, lambda c: (c[0] + 1, c[1] * 2), (x, y)), y

    scalar, yes = jax.ShapeDtypeStruct((), jnp.float32), np.array(True)
    kept = ask(f, scalar, scalar, outputs=((None, None), yes), inputs=(yes, None))
    carried = ask(f, scalar, scalar, outputs=((None, yes), None), inputs=(yes, None))
    assert kept.held
    assert carried.verdict == "unknown"
    assert "a loop runs for as long as unknown reals say" in carried.reason


@pytest.mark.parametrize("f", [jnp.log, jax.lax.rsqrt, jnp.reciprocal, lambda x: x**-2, jax.lax.lgamma])
def test_a_pole_does_not_hide_what_goes_in(f):
    zeros = np.array([0.0, 1.0, 1.0, 1.0], np.float32)
    first = np.arange(4) == 0
    assert not ask(lambda x: f(x * zeros), VECTOR, outputs=first, inputs=(first,)).error_bound == 0.0


def test_undefined_outputs_are_not_shown():
    found = ask(lambda x, y: x * jnp.nan, VECTOR, VECTOR, outputs=ALL, inputs=(None, ALL))
    assert found.verdict == "unknown"
    assert "output[0] is undefined at almost every point" in found.reason


# What the field shows.


def test_cancellation_is_seen_in_the_field():
    found = ask(lambda x, y: (x + y) ** 2 - y * (2 * x + y), VECTOR, VECTOR, outputs=ALL, inputs=(None, ALL))
    assert found.verdict == "proved"
    assert found.method.startswith("exp free")
    assert found.points > 0


def test_a_finite_mask_is_read_as_minus_infinity_and_said():
    f = functools.partial(attention, fill=-1e30)
    found = ask(f, MATRIX, MATRIX, MATRIX, outputs=ROWS, inputs=(~ROWS, ~ROWS, ~ROWS))
    assert found.verdict == "proved"
    assert any("read as -inf" in line for line in found.assumptions)


def test_a_leak_of_one_position_is_found_where_it_is():
    f = functools.partial(attention, mask=LATER)
    found = ask(f, MATRIX, MATRIX, MATRIX, outputs=ROWS, inputs=(~ROWS, ~ROWS, ~ROWS))
    assert found.verdict == "refuted"
    assert found.witness.output == "[1, 0]"
    assert [name for name, _ in found.witness.inputs] == [
        f"{kind}[{n}]" for kind in ("", "redrawn") for n in range(3)
    ]


def test_integers_are_given_and_masks_may_leave_parts_out():
    def f(params, ids):
        return {"a": params["table"][ids], "b": params["bias"]}

    params = {"table": MATRIX, "bias": VECTOR}
    unused = np.broadcast_to(np.arange(4)[:, None] == 3, (4, 3))
    found = ask(
        f,
        params,
        np.array([0, 2]),
        outputs={"a": np.ones((2, 3), bool), "b": None},
        inputs=({"table": unused, "bias": ALL}, None),
    )
    assert found.held
    found = ask(
        f,
        params,
        np.array([0, 3]),
        outputs={"a": np.ones((2, 3), bool), "b": None},
        inputs=({"table": unused, "bias": None}, None),
    )
    assert found.verdict == "refuted"
    assert found.witness.output == "['a'][1, 0]"


# The analysis against floating point: it may mark too much, never too little.


@pytest.mark.parametrize(
    "f",
    [
        lambda x: jnp.tanh(x) @ x.T,
        lambda x: jax.nn.softmax(x, axis=0),
        lambda x: jax.nn.logsumexp(jnp.where(np.eye(4, 3, dtype=bool), x, -jnp.inf), axis=1),
        lambda x: attention(x, x, x),
        lambda x: x[::-1, ::2].T,
        lambda x: jnp.sort(x, axis=0),
        lambda x: jnp.argmax(x, axis=1),
        lambda x: jnp.cumsum(x, axis=1, dtype=x.dtype)[:, ::-1],
        lambda x: jax.lax.cumlogsumexp(x, axis=0, reverse=True),
        lambda x: jnp.einsum("ij,kj->ki", x, x[:2]),
        lambda x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (2, 1), (1, 1), "VALID"),
        lambda x: jax.lax.clamp(-1.0, x, 1.0) + x.min(axis=0, keepdims=True),
        lambda x: jnp.roll(x, 1, axis=0) * x.at[0].set(0.0),
        lambda x: x.at[np.array([1, 1])].add(x[:2]),
        lambda x: jnp.split(x, 2)[1] / x[:2],
        lambda x: jnp.stack([x.sum(1), x.prod(1), x.max(1)]),
        lambda x: jax.lax.top_k(x, 2)[0],
        lambda x: jax.lax.scan(lambda c, a: (c * 0.5 + a, c), jnp.zeros(3), x, reverse=True),
        lambda x: jax.vmap(lambda r: jax.lax.while_loop(lambda c: c.sum() < 9, lambda c: c * c + 1, r))(x),
        lambda x: jnp.linalg.qr(x[:3])[0],
        lambda x: jnp.fft.rfft(x[:, 0]).real,
        lambda x: jnp.isfinite(x) & (x > x[:1]),
        lambda x: jax.lax.switch(1, [jnp.sin, jnp.cumsum], x[0]),
        lambda x: jax.nn.relu(jnp.minimum(x, jnp.inf)) + jnp.exp(jnp.where(np.eye(4, 3) > 0, x, jnp.inf)) * 0,
    ],
)
@pytest.mark.parametrize("ieee", [False, True])
def test_whatever_changes_in_floating_point_is_marked(f, ieee):
    rng = np.random.default_rng(0)
    traced, compiled = trace(f, (MATRIX,)), jax.jit(f)
    for place in ((0, 0), (1, 2), (3, 1)):
        mask = np.zeros((4, 3), bool)
        mask[place] = True
        marks = depend.through(traced, [mask], ieee)
        x = rng.normal(size=(4, 3)).astype(np.float32)
        for step in (1.0, -3.0):
            moved = x + np.float32(step) * mask.astype(np.float32)
            pairs = zip(marks, *(jax.tree.leaves(compiled(a)) for a in (x, moved)), strict=True)
            for mark, before, after in pairs:
                differs = ~np.isclose(before, after, rtol=1e-5, atol=1e-6, equal_nan=True)
                clear = ~mark.depends & (mark.state != 4)
                assert mark.shape == before.shape
                assert not (differs & clear).any()


# Masks that do not fit.


def test_as_many_input_masks_as_arguments():
    with refuses(match=r"inputs: a tuple of 2 masks is needed.*1 came"):
        ask(jnp.add, VECTOR, VECTOR, outputs=ALL, inputs=(ALL,))
    with refuses(match=r"a ndarray came.\n  Put None where nothing"):
        ask(jnp.add, VECTOR, VECTOR, outputs=ALL, inputs=ALL)


def test_masks_are_boolean_and_of_the_same_shape():
    with pytest.raises(
        verify.QuestionError, match=r"inputs\[0\]: .*\n  demanded  bool\[4\]\n  came      bool\[3\]"
    ):
        ask(jnp.sin, VECTOR, outputs=ALL, inputs=(np.ones(3, bool),))
    with pytest.raises(
        verify.QuestionError, match=r"outputs: .*\n  demanded  bool\[4\]\n  came      int64\[4\]"
    ):
        ask(jnp.sin, VECTOR, outputs=np.ones(4, np.int64), inputs=(ALL,))
    with refuses(match="Mark entries with a boolean array of the same shape"):
        ask(jnp.sin, VECTOR, outputs=1.0, inputs=(ALL,))


def test_masks_have_the_structure_of_what_they_mark():
    with refuses(match=r"outputs: the mask has another structure"):
        ask(lambda x: (x, x), VECTOR, outputs=ALL, inputs=(ALL,))
    with refuses(match=r"inputs\[0\]: the mask has another structure"):
        ask(lambda p: p["x"], {"x": VECTOR}, outputs=ALL, inputs=({"y": ALL},))


def test_something_is_marked():
    with refuses(match="inputs: no entry is marked, so nothing changes"):
        ask(jnp.sin, VECTOR, outputs=ALL, inputs=(~ALL,))
    with refuses(match="outputs: no entry is marked, so nothing is asked"):
        ask(jnp.sin, VECTOR, outputs=~ALL, inputs=(ALL,))


def test_given_integers_cannot_be_marked():
    with pytest.raises(
        verify.QuestionError, match=r"inputs\[1\]: marks entries of int64\[4\], which is taken as given"
    ):
        ask(lambda x, i: x[i], VECTOR, np.arange(4), outputs=ALL, inputs=(None, ALL))
