"""Questions that cannot be put, programs that cannot be read: never a verdict, always a reason."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import io_callback

from jaxmath import verify
from jaxmath.verify import prove_identity, prove_jvp, prove_vjp
from jaxmath.verify.errors import QuestionError

X = jax.ShapeDtypeStruct((3,), jnp.float32)
refuses = functools.partial(pytest.raises, QuestionError)


def itself(f, *args):
    return prove_identity(f, f, *args)


def reason(certificate):
    assert certificate.verdict == "unknown"
    assert certificate.witness is None
    return certificate.reason


# Programs.


def test_a_primitive_without_a_rule_is_named_with_types_and_place(monkeypatch):
    monkeypatch.delitem(verify.interpret.RULES, "tanh")
    text = reason(itself(lambda x: jnp.tanh(x), X))
    first, second, third = text.split("\n")
    assert first == "no rule for primitive `tanh` (float32[3] -> float32[3])."
    assert second.startswith("  used at test_bad_input.py:") and "<lambda>" in second
    assert third.startswith("  The proof stops here; nothing is claimed. Known rules: abs, ")


def test_the_place_is_the_users_also_inside_a_library_function(monkeypatch):
    monkeypatch.delitem(verify.interpret.RULES, "logistic")

    def gate(x):
        return jax.nn.silu(x)

    assert "used at test_bad_input.py" in reason(itself(gate, X))
    assert "(test_the_place" in reason(itself(gate, X))


@pytest.mark.parametrize("f", [jnp.linalg.eigvalsh, lambda x: jax.lax.linalg.schur(x)[0]])
def test_decompositions(f):
    text = reason(itself(lambda x: f(x[:, None] * x[None, :]), X))
    assert "no rule for primitive `" in text and "nothing is claimed" in text


def test_branches_on_unknown_values():
    f = lambda x: jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x)  # noqa: E731
    text = reason(itself(f, X))
    assert "a branch is taken on unknown reals. Use jnp.where" in text
    assert "test_bad_input.py" in text


def test_loops_of_unknown_length():
    f = lambda x: jax.lax.while_loop(lambda c: c.sum() < 5, lambda c: c * 2, x)  # noqa: E731
    assert "a loop runs for as long as unknown reals say. Use a fixed number of steps" in reason(itself(f, X))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x[0] > 0 else -x,
        lambda x: x * int(x[0]),
        lambda x: x[x > 0],
        lambda x: jnp.asarray(np.sin(x)),
    ],
)
def test_python_that_asks_for_values(f):
    with refuses(match="the function asks for values that are unknown: ") as caught:
        itself(f, X)
    assert "used at test_bad_input.py" in str(caught.value)
    assert "Use jnp.where, or let what decides be an integer or boolean array" in str(caught.value)


def printing(x):
    jax.debug.print("{x}", x=x)
    return x


def calling(x):
    jax.debug.callback(lambda *_: pytest.fail("called"), jnp.ones(2))
    return x


@pytest.mark.parametrize(
    "f",
    [
        printing,
        calling,
        lambda x: io_callback(lambda a: a, x, x),
        lambda x: jax.pure_callback(lambda a: a, x, x),
        lambda x: x + jax.pure_callback(lambda: pytest.fail("called"), jax.ShapeDtypeStruct((), jnp.float32)),
    ],
)
def test_side_effects(f):
    text = reason(itself(f, X))
    assert "calls Python while the program runs: it is more than a function" in text
    assert "used at test_bad_input.py" in text
    assert "Ask about the part without the callback" in text
    mask = np.ones(3, bool)
    assert reason(verify.prove_independence(f, X, outputs=mask, inputs=(mask,))) == text


def test_random_bits_from_a_fixed_key_are_constants():
    def f(x, seed=0):
        return x * jax.random.bernoulli(jax.random.key(seed), 0.5, (3,)).astype(x.dtype)

    assert itself(f, X).verdict == "proved"
    assert prove_identity(f, lambda x: f(x, 1), X).verdict == "refuted"


def test_keys_are_given():
    def f(x, key):
        return x * jax.random.bernoulli(key, 0.5, (3,)).astype(x.dtype)

    assert itself(f, X, jax.random.key(0)).verdict == "proved"
    assert itself(f, X, jax.random.PRNGKey(0)).verdict == "proved"
    with pytest.raises(TypeError, match="argument 1: key<fry> arrays are taken as given, so their values"):
        itself(f, X, jax.eval_shape(lambda: jax.random.key(0)))


def test_random_bits_from_unknown_values():
    def f(x):
        return jax.random.normal(jax.random.key(x[0].astype(jnp.int32)), (3,))

    assert "an unknown real is cast to an integer" in reason(itself(f, X))


def test_functions_that_are_not_the_same_when_asked_again():
    rng, count = np.random.default_rng(0), itertools.count(1)
    for f in (lambda x: x + rng.normal(size=3).astype(np.float32), lambda x: x * next(count)):
        text = reason(itself(f, X))
        assert "not the same when they are traced again: they keep state, or draw random numbers" in text


def test_nan_is_undefined_and_never_counts():
    ones = np.array([True, False, True])
    assert "output[0] is undefined" in reason(itself(lambda x: x * jnp.nan, X))
    assert "output[0] is undefined" in reason(itself(lambda x: jnp.full(3, jnp.nan), X))
    assert "output[1] is undefined" in reason(itself(lambda x: jnp.where(ones, x, jnp.nan), X))
    assert "output['a'][1] is undefined" in reason(
        itself(lambda x: {"a": jnp.full(3, jnp.nan).at[0].set(1)}, X)
    )
    assert "use jnp.where" in reason(itself(lambda x: (x - x) / (x - x), X))
    assert "output[0] is undefined" in reason(itself(lambda x: jax.lax.rsqrt(x - x), X))
    assert reason(prove_identity(lambda x: x * jnp.nan, lambda x: x, X))


def test_complex_numbers():
    text = "complex numbers have no rule. Write the real and the imaginary part as two arrays"
    assert text in reason(itself(lambda x: x.astype(jnp.complex64), X))
    assert "no rule for primitive `complex`" in reason(itself(lambda x: jax.lax.complex(x, -x).imag, X))
    with pytest.raises(TypeError, match="argument 0: real floating arrays are unknowns .* complex64 came"):
        itself(jnp.abs, jax.ShapeDtypeStruct((3,), jnp.complex64))
    with refuses(match=r"output\[1\]: an array is needed on the left, complex came"):
        itself(lambda x: (x, 1j), X)


def test_a_rule_that_fails_is_a_reason_and_no_traceback(monkeypatch):
    def fails(walk, eqn, x):
        raise KeyError("missing")

    monkeypatch.setitem(verify.interpret.RULES, "sin", fails)
    text = reason(itself(lambda x: jnp.sin(x), X))
    assert (
        "the rule for `sin` (float32[3] -> float32[3]) does not cover this use: KeyError: 'missing'" in text
    )
    assert "used at test_bad_input.py" in text and "nothing is claimed" in text


def test_an_exception_of_the_function_passes_with_a_note():
    with pytest.raises(ZeroDivisionError) as caught:
        itself(lambda x: 1 / 0, X)
    assert "Raised while the function was traced for a proof; nothing is claimed." in caught.value.__notes__


# What goes in.


def test_something_is_quantified_over():
    for args in ((), (np.arange(3),), (np.ones(3, bool), 4)):
        with pytest.raises(
            QuestionError, match="no argument is a floating array, .* nothing to quantify over"
        ):
            itself(lambda *a: jnp.ones(3), *args)
    with pytest.raises(
        QuestionError, match="no argument is a floating array, .* nothing to differentiate by"
    ):
        prove_vjp(lambda i: i * 2, lambda i, g: g, np.arange(3))
    with refuses(match="no output is a floating array, so there is no derivative"):
        prove_vjp(lambda x: jnp.argmax(x), lambda x, g: g, X)
    with pytest.raises(
        QuestionError, match="every floating argument is empty, .* nothing to differentiate by"
    ):
        prove_vjp(lambda x: x.sum(), lambda x, g: x, jax.ShapeDtypeStruct((0,), jnp.float32))


@pytest.mark.parametrize("thing", [object(), "a", np.sin, np.array([object()]), np.array(["a"]), {"k": {1}}])
def test_arguments_are_arrays(thing):
    with pytest.raises(
        TypeError, match=r"argument 1.*: an array or a jax.ShapeDtypeStruct is needed, \w+ came"
    ) as caught:
        itself(lambda x, y: x, X, thing)
    assert "Close over what is not an array, with functools.partial" in str(caught.value)


def test_integers_come_with_their_values():
    with pytest.raises(TypeError, match="argument 1: int32 arrays are taken as given.* Pass the array"):
        itself(lambda x, i: x[i], X, jax.ShapeDtypeStruct((), jnp.int32))


def test_python_integers_and_booleans_stay_static():
    assert prove_identity(lambda x, n: x**n, lambda x, n: x * x, X, 2).held
    assert prove_identity(lambda x, n: jnp.tile(x, n), lambda x, n: jnp.concatenate([x] * n), X, 2).held
    assert prove_identity(lambda x, flag: x if flag else -x, lambda x, flag: x, X, True).held
    assert prove_identity(lambda x, eps: x + eps, lambda x, eps: eps + x, X, 1e-5).held


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float8_e4m3fn, np.float64])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_floating_types_are_real_numbers(dtype, shape):
    spec = jax.ShapeDtypeStruct(shape, dtype)
    assert prove_identity(lambda x: x + x, lambda x: x * 2, spec).verdict == "proved"
    assert prove_vjp(lambda x: x * x, lambda x, g: 2 * x * g, spec).verdict == "proved"
    assert prove_jvp(lambda x: x * x, lambda x, t: 3 * x[0] * t[0], spec).verdict == "refuted"


def test_concrete_floats_stand_for_all_values():
    assert prove_identity(lambda x: x * 2, lambda x: x + x, np.array([np.nan, 1.0])).verdict == "proved"
    assert prove_identity(lambda x: x * 0, lambda x: x, np.zeros(3, np.float32)).verdict == "refuted"


def test_empty_arrays():
    empty = jax.ShapeDtypeStruct((0,), jnp.float32)
    with refuses(match="every output is empty, so there is nothing to compare"):
        itself(lambda x: x, empty)
    assert itself(lambda x, y: (x, y), empty, X).held
    assert prove_identity(lambda x: x.sum(), lambda x: jnp.float32(0), empty).held
    assert prove_identity(lambda x: x.sum(), lambda x: jnp.float32(1), empty).verdict == "refuted"


def test_failure_and_seed():
    for failure in (0.0, 1.0, 2.0, -1.0):
        with pytest.raises(ValueError, match="failure: a probability between 0 and 1 is needed"):
            prove_identity(jnp.sin, jnp.sin, X, failure=failure)
    with pytest.raises(ValueError, match="seed: an integer from 0 on is needed, -1 came"):
        prove_identity(jnp.sin, jnp.sin, X, seed=-1)
    mask = np.ones(3, bool)
    with pytest.raises(ValueError, match="failure: a probability"):
        verify.prove_independence(jnp.sin, X, outputs=mask, inputs=(mask,), failure=0.0)


# What comes out.


def test_the_sides_fit():
    with pytest.raises(
        QuestionError, match=r"shape at output.\n  left   float32\[3\]\n  right  float32\[2\]"
    ):
        prove_identity(lambda x: x, lambda x: x[:2], X)
    with refuses(match="Nothing is broadcast; reshape one side"):
        prove_identity(lambda x: x, lambda x: x[None], X)
    with pytest.raises(
        QuestionError, match=r"the sides differ in structure.\n  left   PyTreeDef\(\(\*, \*\)\)"
    ):
        prove_identity(lambda x: (x, x), lambda x: x, X)
    with refuses(match="the sides differ in kind at output"):
        prove_identity(lambda x: x, lambda x: jnp.arange(3), X)


def test_outputs_are_arrays():
    with refuses(match="output: an array is needed on the left, str came"):
        prove_identity(lambda x: "a", lambda x: x, X)
    with refuses(match="the sides hold no arrays, so there is nothing to compare"):
        itself(lambda x: None, X)
    with pytest.raises(QuestionError, match=r"output\[0\]: an array is needed, str came.\n  Return arrays"):
        prove_vjp(lambda x: ("a", x), lambda x, g: g, X)
    with refuses(match="two sides are needed, a tuple came. Return `left, right`"):
        verify.prove_sides(lambda x: (x, x, x), X)


# Functions and their derivatives.


def test_functions_take_the_arguments():
    with pytest.raises(
        QuestionError,
        match=r"g: cannot be called with 1 arguments.*\n  demanded  g\(\*args\)\n  came      g\(x, y\)",
    ):
        prove_identity(lambda x: x, lambda x, y: x, X)
    with pytest.raises(
        QuestionError, match=r"vjp: cannot be called with 2 .*\n  demanded  vjp\(\*args, cotangent\)"
    ):
        prove_vjp(lambda x: x, lambda x: x, X)
    with pytest.raises(
        QuestionError, match=r"jvp: cannot be called with 2 .*\n  demanded  jvp\(args, tangents\)"
    ):
        prove_jvp(lambda x: x, lambda x: x, X)
    with refuses(match="f: cannot be called with 2 arguments"):
        verify.prove_independence(jax.jit(lambda x: x), X, X, outputs=None, inputs=(None, None))


def test_pullbacks_return_one_cotangent_for_each_floating_argument():
    with pytest.raises(
        QuestionError, match="vjp returned 1 arrays, 2 are needed: one cotangent for each floating"
    ):
        prove_vjp(lambda x, y: x * y, lambda x, y, g: g, X, X)
    with pytest.raises(
        QuestionError, match=r"cotangent 0 does not fit its argument.\n  cotangent float32\[2\]"
    ):
        prove_vjp(lambda x: x * 2, lambda x, g: g[:2], X)
    with refuses(match="vjp returned a str where an array is needed"):
        prove_vjp(lambda x: x * 2, lambda x, g: "a", X)


def test_tangents_fit_the_output():
    with pytest.raises(QuestionError, match=r"jvp returned arrays of shapes \[\(2,\)\]; .* are \[\(3,\)\]"):
        prove_jvp(lambda x: x * 2, lambda x, t: t[0][:2], X)
    with refuses(match="Return the output's tangent, in the output's structure"):
        prove_jvp(lambda x: (x, x), lambda x, t: t[0], X)
    with refuses(match="jvp returned a str where an array is needed"):
        prove_jvp(lambda x: x, lambda x, t: "a", X)


def test_integer_outputs_have_no_cotangent():
    f = lambda x: (x * 2, jnp.argmax(x))  # noqa: E731
    assert prove_vjp(f, lambda x, g: 2 * g[0], X).verdict == "proved"
    assert prove_vjp(f, lambda x, g: 3 * g[0], X).verdict == "refuted"
    nothing = functools.partial(np.zeros, dtype=jax.dtypes.float0)
    assert prove_jvp(f, lambda x, t: (2 * t[0], nothing(())), X).verdict == "proved"
