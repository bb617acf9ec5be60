"""Hand-written derivative rules are found wherever they are, and each is held against its function."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from jaxmath.verify import prove_rules

X = jax.ShapeDtypeStruct((3,), jnp.float32)
HERE = "test_rules.py:"


@jax.custom_jvp
def sine(x):
    return jnp.sin(x)


sine.defjvp(lambda xs, ts: (sine(*xs), jnp.cos(xs[0]) * ts[0]))


@jax.custom_jvp
def wrong_sine(x):
    return jnp.sin(x)


wrong_sine.defjvp(lambda xs, ts: (wrong_sine(*xs), -jnp.cos(xs[0]) * ts[0]))


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return x**n


power.defvjp(lambda x, n: (power(x, n), x), lambda n, x, g: (n * x ** (n - 1) * g,))


@jax.custom_vjp
def wrong_square(x):
    return x * x


wrong_square.defvjp(lambda x: (x * x, x), lambda x, g: (x * g,))


@jax.custom_vjp
def wrong_forward(x):
    return x * x


wrong_forward.defvjp(lambda x: (x * x + 1, x), lambda x, g: (2 * x * g,))


@jax.custom_vjp
def picked(table, ids):
    return {"rows": table[ids], "sum": table.sum()}


picked.defvjp(
    lambda table, ids: (picked(table, ids), (ids, table)),
    lambda kept, g: (jnp.zeros_like(kept[1]).at[kept[0]].add(g["rows"]) + g["sum"], None),
)


@jax.custom_vjp
def masked(x, mask):
    return x * mask


masked.defvjp(lambda x, mask: (x * mask, mask), lambda mask, g: (g * mask, None))


def only(found):
    ((name, certificate),) = found.items()
    return name, certificate


def verdicts(found):
    return {name.split(" at ")[0]: certificate.verdict for name, certificate in found.items()}


def test_a_rule_has_a_name_and_a_place():
    name, found = only(prove_rules(sine, X))
    assert name.startswith(f"sine at {HERE}")
    assert (found.kind, found.verdict, found.args) == ("jvp", "proved", ("float32[3]",))


@pytest.mark.parametrize("rule", [wrong_sine, wrong_square])
def test_a_wrong_rule_is_shown_with_a_witness(rule):
    _, found = only(prove_rules(rule, X))
    assert found.verdict == "refuted"
    assert found.witness is not None


def test_the_forward_pass_has_to_compute_the_function():
    _, found = only(prove_rules(wrong_forward, X))
    assert found.verdict == "refuted"
    assert found.reason.startswith("the rule's own value is not the function's: output[0]")


WRAPPED = {
    "jit": lambda f: jax.jit(f),
    "checkpoint": lambda f: jax.checkpoint(f),
    "scan": lambda f: lambda x: jax.lax.scan(lambda c, a: (c + f(a), None), jnp.float32(0), x)[0],
    "while": lambda f: lambda x: jax.lax.fori_loop(0, 3, lambda i, y: f(y), x),
    "branch": lambda f: lambda x: jax.lax.cond(x[0] > 0, jnp.cos, f, x),
    "untaken": lambda f: lambda x: jax.lax.cond(np.array(True), jnp.cos, f, x),
    "vmap": lambda f: jax.vmap(f),
    "other": lambda f: lambda x: sine(f(x)),
    "unused": lambda f: lambda x: (f(x), x)[1],
}


@pytest.mark.parametrize("wrap", WRAPPED)
def test_rules_are_found_inside(wrap):
    found = verdicts(prove_rules(WRAPPED[wrap](wrong_square), X))
    assert found.pop("wrong_square") == "refuted"
    assert found in ({}, {"sine": "proved"})


def test_equal_calls_are_one_question_and_different_ones_are_not():
    y = jax.ShapeDtypeStruct((2,), jnp.float32)
    assert len(prove_rules(lambda x: sine(sine(x)), X)) == 1
    names = list(prove_rules(lambda x, y: (sine(x), sine(y)), X, y))
    assert len(names) == 2 and names[1] == f"{names[0]}, float32[2]"
    assert len(prove_rules(lambda x: power(power(x, 2), 3), X)) == 2


def test_static_and_integer_arguments():
    def f(x, ids):
        return power(x, 3), picked(x, ids)

    found = verdicts(prove_rules(f, X, np.array([0, 2])))
    assert found == {"power": "proved", "picked": "proved"}


def test_integers_that_depend_on_unknown_values_are_said_and_not_dropped():
    _, found = only(prove_rules(lambda x: picked(x, jnp.argsort(x)), X))
    assert found.verdict == "unknown"
    assert "operand 1 of picked at" in found.reason
    assert "int32[3] and its values are not known" in found.reason


def test_a_rule_for_the_constant_it_gets():
    _, found = only(prove_rules(lambda x: masked(x, jnp.array([0.0, 1.0, 0.0])), X))
    assert found.verdict == "proved"
    assert "the rule is taken at the constants it gets here: operands 1" in found.assumptions
    assert only(prove_rules(masked, X, X))[1].verdict == "refuted"


def test_rules_that_cannot_be_read_are_told():
    @jax.custom_vjp
    def raising(x):
        return x

    raising.defvjp(lambda x: (x, None), lambda _, g: 1 / 0)

    def closing(x, y):
        @jax.custom_vjp
        def times(a):
            return a * y

        times.defvjp(lambda a: (a * y, None), lambda _, g: (g * y,))
        return times(x)

    assert only(prove_rules(raising, X))[1].reason == "the rule raised ZeroDivisionError: division by zero"
    found = only(prove_rules(closing, X, X))[1]
    assert found.verdict == "unknown"
    assert "the rule closes over a value of the function around it" in found.reason
    assert "Pass that value to the function with the rule as an argument" in found.reason


def test_a_function_without_rules_has_none():
    assert prove_rules(jnp.sin, X) == {}


@pytest.mark.parametrize(
    "f, names",
    [
        (jax.nn.relu, {"relu"}),
        (jax.nn.softplus, {"logaddexp"}),
        (lambda x: optax.losses.sigmoid_binary_cross_entropy(x, x), {"logaddexp"}),
        (lambda x: jax.scipy.special.xlogy(x, x), {"xlogy"}),
        (lambda x: nnx.relu(x), {"relu"}),
    ],
)
def test_rules_of_jax_and_of_libraries_upon_it(f, names):
    found = verdicts(prove_rules(f, X))
    assert found == dict.fromkeys(names, "proved")
