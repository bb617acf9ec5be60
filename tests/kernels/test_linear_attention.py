"""Recurrences in chunks, against the textbook: derivatives, leading axes, types, sizes, messages."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, kernels
from jaxmath.definitions import masks
from jaxmath.notation import NotationError


def operands(n=37, d=4, e=3, dtype=np.float64):
    rng = np.random.default_rng(0)
    q, k, v = (rng.uniform(-1, 1, (n, width)) for width in (d, d, e))
    k = k / np.linalg.norm(k, axis=1, keepdims=True)
    rows = (q, k, v, rng.uniform(0, 1, n), -rng.uniform(0, 1, n))
    return tuple(jnp.asarray(x, dtype) for x in rows)


def features(q, k):
    return definitions.elu_features(q), definitions.elu_features(k)


PAIRS = {
    "retention": (
        lambda q, k, v, b, a, chunk: kernels.retention(q, k, v, a, chunk=chunk),
        lambda q, k, v, b, a: definitions.retention(q, k, v, a),
    ),
    "delta rule": (
        lambda q, k, v, b, a, chunk: kernels.delta_rule(q, k, v, b, a, chunk=chunk),
        definitions.delta_rule,
    ),
    "linear attention": (
        lambda q, k, v, b, a, chunk: kernels.linear_attention(*features(q, k), v, causal=True, chunk=chunk),
        lambda q, k, v, b, a: definitions.linear_attention(*features(q, k), v, masks.causal(q.shape[0])),
    ),
}
WAYS = {
    "value": lambda f, *x: f(*x),
    "grad": lambda f, *x: jax.grad(lambda *x: (f(*x) ** 2).sum(), (0, 1, 2, 3, 4))(*x),
    "jvp": lambda f, *x: jax.jvp(f, x, operands())[1],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PAIRS)
def test_chunks_change_nothing(name, way, x64):
    """A gradient takes 37 steps of some 40 roundings each way, and adds 37 terms below 100."""
    kernel, definition = PAIRS[name]
    found = jax.jit(functools.partial(WAYS[way], functools.partial(kernel, chunk=8)))(*operands())
    expected = jax.jit(functools.partial(WAYS[way], definition))(*operands())
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2 * 37 * 40 * 100 * 37 * 2.0**-53)


@pytest.mark.parametrize("name", PAIRS)
def test_leading_axes_broadcast(name, x64):
    """Two sequences, three heads of queries that share a key."""
    q, k, v, b, a = operands(n=5)
    many = jnp.stack([q, 2 * q, 3 * q])
    kernel = functools.partial(PAIRS[name][0], chunk=2)
    found = kernel(many[None], jnp.stack([k, -k])[:, None], v, b, a)
    one = kernel(many[1], -k, v, b, a)
    assert found.shape == (2, 3, 5, 3)
    np.testing.assert_allclose(found[1, 1], one, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_sixteen_bits_are_computed_in_float32(name):
    """Answers of at most 4 in size, rounded once to 8 digits, after roundings to 24 digits."""
    rows = operands(n=9, dtype=jnp.bfloat16)
    found = PAIRS[name][0](*rows, chunk=4)
    exact = PAIRS[name][1](*(x.astype(jnp.float32) for x in rows))
    if name == "linear attention":
        q, k = (x.astype(jnp.float32) for x in features(*rows[:2]))
        exact = definitions.linear_attention(q, k, rows[2].astype(jnp.float32), masks.causal(9))
    assert found.dtype == jnp.bfloat16
    np.testing.assert_allclose(found.astype(jnp.float32), exact, rtol=2.0**-8, atol=4 * 9 * 40 * 2.0**-24)


@pytest.mark.parametrize("name", PAIRS)
def test_no_positions_have_no_answers(name):
    assert PAIRS[name][0](*operands(n=0, dtype=np.float32), chunk=4).shape == (0, 3)


def test_strong_decay_neither_overflows_nor_forgets_the_present():
    q, k, v, _, a = operands(n=64, dtype=np.float32)
    found = kernels.retention(q, k, v, 1e6 * a - 1e6)
    np.testing.assert_allclose(found, (q * k).sum(1, keepdims=True) * v, rtol=0, atol=20 * 4 * 2.0**-24)


def test_all_keys():
    q, k, v, *_ = operands(n=6, dtype=np.float32)
    q, k = features(q, k)
    found = kernels.linear_attention(q[:4], k, v)
    np.testing.assert_allclose(
        found, definitions.linear_attention(q[:4], k, v), rtol=0, atol=2 * 40 * 2.0**-24
    )


def test_states_go_on(x64):
    q, k, v, b, a = operands(n=10)
    q, k = features(q, k)
    empty = (jnp.zeros((4, 3)), jnp.zeros(4))
    state, first = kernels.linear_attention_from(empty, q[:7], k[:7], v[:7], chunk=3)
    _, last = kernels.linear_attention_from(state, q[7:], k[7:], v[7:])
    whole = kernels.linear_attention(q, k, v, causal=True)
    np.testing.assert_allclose(jnp.concatenate([first, last]), whole, rtol=0, atol=1e-13)


FORMS = {
    "causal": functools.partial(kernels.linear_attention, causal=True, chunk=2),
    "all keys": kernels.linear_attention,
    "textbook": lambda q, k, v: definitions.linear_attention(q, k, v, masks.causal(q.shape[0])),
    "textbook, a mask of nothing": lambda q, k, v: definitions.linear_attention(
        q, k, v, jnp.zeros((q.shape[0],) * 2, bool)
    ),
    "steps": lambda *rows: jax.lax.scan(
        lambda s, x: definitions.linear_attention_step(s, *x),
        definitions.LinearState(jnp.zeros((4, 3)), jnp.zeros(4)),
        rows,
    )[1],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by_query", [False, True], ids=["no key", "no feature of the query"])
def test_who_has_met_no_key_is_answered_with_zero(form, by_query, x64):
    """In every mode: value, both directions, second derivatives."""
    q, k, v, *_ = operands(n=5)
    q, k = (0 * q, k) if by_query else (q, 0 * k)
    f = FORMS[form]
    again = jax.jvp(jax.grad(lambda *x: jnp.sin(f(*x)).sum(), (0, 1, 2)), (q, k, v), (q, k, v))
    for found in jax.tree.leaves((jax.jvp(f, (q, k, v), (q + 1, k + 1, v)), again)):
        np.testing.assert_array_equal(found, 0)


def test_keys_of_zeros_are_not_there(x64):
    """Answers and gradients of others are those without them; the first has met none."""
    q, k, v, *_ = operands(n=6)
    q, k = features(q, k)
    here = np.array([0, 1, 0, 1, 1, 1], bool)
    kept = np.flatnonzero(here)

    def whole(q, k, v):
        return kernels.linear_attention(q, jnp.where(here[:, None], k, 0), v, causal=True, chunk=4)

    def alone(q, k, v):
        return kernels.linear_attention(q[kept], k[kept], v[kept], causal=True)

    np.testing.assert_allclose(whole(q, k, v)[kept], alone(q, k, v), rtol=0, atol=1e-14)
    np.testing.assert_array_equal(whole(q, k, v)[0], 0)
    got = jax.grad(lambda *x: jnp.sin(whole(*x)[kept]).sum(), (0, 1, 2))(q, k, v)
    want = jax.grad(lambda *x: jnp.sin(alone(*x)).sum(), (0, 1, 2))(q, k, v)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13)


def test_memory_for_a_gradient_is_linear_in_positions():
    def bytes_at(n):
        rows = operands(n=n, d=16, e=16, dtype=np.float32)
        loss = lambda q, k, v, b, a: kernels.delta_rule(q, k, v, b, a, chunk=32).sum()  # noqa: E731
        step = jax.jit(jax.grad(loss, (0, 1, 2, 3, 4))).lower(*rows).compile()
        return step.memory_analysis().temp_size_in_bytes

    assert bytes_at(2048) < 2.5 * bytes_at(1024)


def test_messages():
    q, k, v, b, a = operands(n=4, dtype=np.float32)
    with pytest.raises(ValueError, match="retention: chunk must be a positive int, positions at once; got 0"):
        kernels.retention(q, k, v, a, chunk=0)
    with pytest.raises(
        ValueError, match="delta_rule: chunk must be a positive int, positions at once; got -1"
    ):
        kernels.delta_rule(q, k, v, b, a, chunk=-1)
    with pytest.raises(NotationError, match="d is 4 in q"):
        kernels.retention(q, k[:, :3], v, a)
