"""The questions of the engine, as functions and as assertions."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import verify

X = jax.ShapeDtypeStruct((3,), jnp.float32)
WIDE = jax.ShapeDtypeStruct((40, 20), jnp.float32)

fails = functools.partial(pytest.raises, verify.VerificationError)


def square(x):
    return x * x


# Identities.


def test_sides_that_are_one_function():
    found = verify.prove_identity(lambda x: jnp.exp(x) * jnp.exp(-2 * x), lambda x: 1 / jnp.exp(x), X)
    assert found.verdict == "proved" and found.held
    assert found.kind == "identity" and found.args == ("float32[3]",)
    assert found.compared >= 3 and found.coverage == 1.0


def test_sides_that_differ_come_with_a_witness():
    found = verify.prove_identity(lambda p: p["a"] * 2, lambda p: p["a"] * 2.001, {"a": X})
    assert found.verdict == "refuted" and not found.held
    ((name, values),) = found.witness.inputs
    assert name == "[0]['a']" and np.shape(values) == (3,)
    assert found.witness.left == pytest.approx(2 * values[0])
    assert found.witness.right == pytest.approx(2.001 * values[0])


def test_the_same_seed_gives_the_same_certificate():
    ask = [
        verify.prove_identity(jnp.tanh, lambda x: 2 * jax.nn.sigmoid(2 * x) - 1, X, seed=n) for n in (5, 5)
    ]
    assert ask[0].verdict == "proved"
    assert ask[0].to_json() == ask[1].to_json()
    assert json.loads(ask[0].to_json())["seed"] == 5


# Derivatives.


def test_pullbacks():
    assert verify.prove_vjp(square, lambda x, g: 2 * x * g, X).verdict == "proved"
    assert verify.prove_vjp(square, lambda x, g: x * g, X).verdict == "refuted"
    assert verify.prove_vjp(square, lambda x, g: jax.vjp(square, x)[1](g), X).verdict == "proved"


def test_pushforwards():
    assert verify.prove_jvp(square, lambda xs, ts: 2 * xs[0] * ts[0], X).verdict == "proved"
    assert verify.prove_jvp(square, lambda xs, ts: xs[0] * ts[0], X).verdict == "refuted"


def test_a_cotangent_is_no_argument_even_where_it_has_the_same_type():
    """Each of the pullback's inputs is drawn by itself, so none can stand in for another."""

    def product(x, y):
        return x * y

    assert verify.prove_vjp(product, lambda x, y, g: (g * y, g * x), X, X).verdict == "proved"
    for wrong in (
        lambda x, y, g: (g * g, x * y),
        lambda x, y, g: (y * y, x * y),
        lambda x, y, g: (g * x, g * y),
        lambda x, y, g: (g * g, g * x),
    ):
        assert verify.prove_vjp(product, wrong, X, X).verdict == "refuted"


def test_a_tangent_is_no_argument_either():
    def f(x, y):
        return x * y

    assert verify.prove_jvp(f, lambda xs, ts: xs[0] * ts[1] + ts[0] * xs[1], X, X).verdict == "proved"
    for wrong in (lambda xs, ts: xs[0] * ts[1] + ts[0] * ts[1], lambda xs, ts: 2 * xs[0] * xs[1]):
        assert verify.prove_jvp(f, wrong, X, X).verdict == "refuted"


def test_pytrees_integers_and_several_outputs():
    def f(p, ids):
        return {"rows": p["table"][ids] * p["scale"], "ids": ids + 1}

    def pullback(p, ids, g):
        rows = g["rows"]
        table = jnp.zeros_like(p["table"]).at[ids].add(rows * p["scale"])
        return {"table": table, "scale": (rows * p["table"][ids]).sum()}, None

    args = {
        "table": jax.ShapeDtypeStruct((4, 2), jnp.float32),
        "scale": jax.ShapeDtypeStruct((), jnp.float32),
    }
    ids = np.array([0, 3, 3])
    assert verify.prove_vjp(f, pullback, args, ids).verdict == "proved"
    assert verify.prove_vjp(f, lambda p, i, g: pullback(p, i[::-1], g), args, ids).verdict == "refuted"


# Assertions.


def test_assertions_are_silent_where_the_answer_is_yes():
    ones = np.ones(3, bool)
    assert verify.assert_identity(square, lambda x: x**2, X) is None
    assert verify.assert_vjp(square, lambda x, g: 2 * x * g, X) is None
    assert verify.assert_jvp(square, lambda xs, ts: 2 * xs[0] * ts[0], X) is None
    assert verify.assert_independence(lambda x, y: y, X, X, outputs=ones, inputs=(ones, None)) is None


def test_an_assertion_shows_where_and_at_what_the_sides_differ():
    with pytest.raises(AssertionError) as caught:
        verify.assert_identity(lambda x: {"a": square(x)}, lambda x: {"a": square(x).at[1].add(1)}, X)
    error = caught.value
    assert isinstance(error, verify.VerificationError)
    assert error.certificate.verdict == "refuted"
    lines = str(error).split("\n")
    assert lines[:2] == ["identity(float32[3]): refuted.", "  output['a'][1] differs."]
    assert [line.split()[0] for line in lines[2:]] == ["left", "right", "at"]
    assert lines[4].startswith("  at [0] = [0.")


def test_an_assertion_shortens_long_witnesses():
    with pytest.raises(
        verify.VerificationError, match=r"\.\.\. \(in full in `\.certificate\.witness`\)"
    ) as caught:
        verify.assert_vjp(square, lambda x, g: x * g, WIDE)
    text = str(caught.value)
    assert "vjp(float32[40,20]): refuted." in text
    assert "\n  exact  " in text and "\n  rule   " in text
    assert "\n  at tangent[0] = [[" in text and "\n  at cotangent = [[" in text
    assert max(map(len, text.split("\n"))) < 300


def test_other_assertions_fail_likewise():
    with pytest.raises(
        verify.VerificationError, match=r"jvp\(float32\[3\]\): refuted.\n  output\[0\] differs.\n  exact"
    ):
        verify.assert_jvp(square, lambda xs, ts: xs[0] * ts[0], X)
    ones = np.ones(3, bool)
    with pytest.raises(
        verify.VerificationError, match=r"output\[0\] differs.\n  before .*\n  after  .*\n.*\n  at redrawn"
    ):
        verify.assert_independence(square, X, outputs=ones, inputs=(ones,))


def test_an_open_question_fails_with_its_reason():
    with pytest.raises(
        verify.VerificationError, match="identity.*: unknown.\n  a branch is taken on unknown"
    ) as caught:
        verify.assert_identity(*[lambda x: jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x)] * 2, X)
    assert caught.value.certificate.verdict == "unknown"


@pytest.mark.parametrize("exponents", [[0.0], [0.5], [3.0, 3.0]])
def test_a_literal_to_known_powers_has_their_shape(exponents):
    """The only clock of rotary positions in a plane is of this kind."""
    powers = 1e4 ** jnp.array(exponents)
    found = verify.prove_identity(
        lambda x: x * jnp.tile(10000.0 ** jnp.array(exponents), 2), lambda x: x * jnp.tile(powers, 2),
        jax.ShapeDtypeStruct((2 * len(exponents),), jnp.float32),
    )  # fmt: skip
    assert found.held, str(found)


def test_random_bits_are_not_drawn_anew_in_wider_floats():
    def dropped(x):
        return x * jax.random.bernoulli(jax.random.key(0), 0.5, (3,)).astype(x.dtype)

    kept = np.asarray(jax.random.bernoulli(jax.random.key(0), 0.5, (3,)))
    assert verify.prove_identity(dropped, lambda x: jnp.where(kept, x, 0), X).verdict == "proved"
    assert verify.prove_identity(dropped, lambda x: jnp.where(kept[::-1], x, 0), X).verdict == "refuted"


def test_a_row_without_terms_beside_one_with_terms():
    """Sums of exponentials are positive, of none of them zero; in one array the rows are told apart."""
    mask = jnp.asarray([[True, True], [False, False]])

    def blockwise(x):
        x = jnp.where(mask, x, -jnp.inf)
        top = x.max(1)
        p = jnp.exp(x - jnp.where(top == -jnp.inf, 0, top)[:, None])
        total = p.sum(1)
        return p / jnp.where(total > 0, total, 1)[:, None]

    def textbook(x):
        return jnp.concatenate([jax.nn.softmax(x[:1]), jnp.zeros((1, 2), x.dtype)])

    x = jax.ShapeDtypeStruct((2, 2), jnp.float32)
    assert verify.prove_identity(blockwise, textbook, x).verdict == "proved"
    assert verify.prove_identity(blockwise, lambda x: jax.nn.softmax(x), x).verdict == "refuted"
