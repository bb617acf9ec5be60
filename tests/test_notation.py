"""`notation.check`: what it accepts, what it refuses, and in which words."""

import ast
from pathlib import Path

import chex
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Array, Bool, Float, Int, Key, Shaped, UInt

import jaxmath
from jaxmath.notation import ALPHABET, NotationError, check, checked


def shaped(*shape, dtype=jnp.float32):
    return jax.ShapeDtypeStruct(shape, dtype)


def attention(q, k, v, mask=None):
    return check(
        "attention",
        q=(q, Float[Array, "n d"]),
        k=(k, Float[Array, "m d"]),
        v=(v, Float[Array, "m e"]),
        mask=(mask, Bool[Array, "n m"] | None),
    )


def message_of(function, *args, **kwargs):
    with pytest.raises(NotationError) as raised:
        function(*args, **kwargs)
    return str(raised.value)


def test_binds_every_letter():
    sizes = attention(shaped(6, 64), shaped(9, 64), shaped(9, 32), shaped(6, 9, dtype=bool))
    assert sizes == {"n": 6, "d": 64, "m": 9, "e": 32}


def test_names_the_argument_and_the_axis():
    assert message_of(attention, shaped(6, 64), shaped(9, 32), shaped(9, 64)) == (
        "attention: shapes do not fit together.\n"
        "  q     (n=6, d=64)\n"
        "  k     (m=9, d=32)   <- d is 64 in q\n"
        "  v     (m=9, e=64)"
    )


def test_names_every_axis_at_fault():
    mask = shaped(9, 6, dtype=bool)
    assert message_of(attention, shaped(6, 64), shaped(9, 64), shaped(8, 64), mask) == (
        "attention: shapes do not fit together.\n"
        "  q     (n=6, d=64)\n"
        "  k     (m=9, d=64)\n"
        "  v     (m=8, e=64)   <- m is 9 in k\n"
        "  mask  (n=9, m=6)    <- n is 6 in q, m is 9 in k"
    )


def test_names_the_rank():
    assert message_of(attention, shaped(2, 6, 64), shaped(64), shaped(9, 64)) == (
        "attention: shapes do not fit together.\n"
        "  q     (2, 6, 64)    <- must be (n, d): jax.vmap takes leading axes\n"
        "  k     (64)          <- must be (m, d)\n"
        "  v     (m=9, e=64)"
    )


def test_names_the_dtype():
    k, mask = shaped(9, 64, dtype=jnp.int32), shaped(6, 9)
    assert message_of(attention, shaped(6, 64), k, shaped(9, 64), mask) == (
        "attention: dtypes are not what they must be.\n"
        "  q     float32(6, 64)\n"
        "  k     int32(9, 64)     <- must be floating: pass k.astype(jnp.float32)\n"
        "  v     float32(9, 64)\n"
        "  mask  float32(6, 9)    <- must be boolean: pass a comparison, such as mask == 1"
    )


def test_names_what_is_not_an_array():
    assert message_of(attention, [[1.0]], None, shaped(9, 64)) == (
        "attention: arguments are not arrays.\n"
        "  q     list             <- must be floating, of shape (n, d): pass jnp.asarray(q)\n"
        "  k     NoneType         <- must be floating, of shape (m, d)\n"
        "  v     float32(9, 64)"
    )


@pytest.mark.parametrize(
    "demand, note",
    [
        (Int[Array, ""], "must be a signed integer: pass x.astype(jnp.int32)"),
        (jaxtyping.Integer[Array, ""], "must be integer: pass x.astype(jnp.int32)"),
        (UInt[Array, ""], "must be an unsigned integer: pass x.astype(jnp.uint32)"),
        (jaxtyping.Complex[Array, ""], "must be one of complex64, complex128: pass x in one of these"),
        (Key[Array, ""], "must be one of prng_key: pass x in one of these"),
    ],
)
def test_names_the_kind_of_dtype(demand, note):
    assert message_of(check, "f", x=(shaped(), demand)) == (
        f"f: dtypes are not what they must be.\n  x     float32()   <- {note}"
    )


@pytest.mark.parametrize(
    "shape, demand, note",
    [
        ((4, 5), "n 3", "axis 1 must be 3"),
        ((6, 3), "n #d", "d is 8 in x"),
        ((6, 5), "n d//2", "d//2 is 4"),
        ((6, 5), "n d/3", "d/3 is 2.66667"),
        ((6, 7), "n n", "n is 6 in y"),
        ((6,), "... n d", "must be (..., n, d)"),
        ((6,), "*b n d", "must be (*b, n, d)"),
    ],
)
def test_names_what_a_shape_demands(shape, demand, note):
    message = message_of(check, "f", x=(shaped(8), "d"), y=(shaped(*shape), demand))
    assert message.endswith(f"<- {note}")


@pytest.mark.parametrize(
    "shape, demand",
    [
        ((), ""),
        ((4, 3), "n 3"),
        ((4, 1), "n #d"),
        ((4, 8), "n #d"),
        ((4, 4), "n d//2"),
        ((4, 4), "n d/2"),
        ((4, 7), "n later+1"),
        ((4, 9), "n _"),
        ((2, 3, 5, 8), "... n d"),
        ((5, 8), "... n d"),
        ((2, 3, 5, 8), "*b n d"),
        ((8, 2, 3), "d ..."),
    ],
)
def test_accepts(shape, demand):
    check("f", x=(shaped(8), "d"), y=(shaped(*shape), demand))


@pytest.mark.parametrize(
    "value, demand",
    [
        (None, Float[Array, "n"] | None),
        (1.0, Float[Array, ""] | float),
        (np.ones(2), "n"),
        (np.float32(1.0), ""),
        (jnp.ones(2, jnp.bfloat16), Float[Array, "n"]),
        (jnp.ones(2, bool), Shaped[Array, "n"]),
        (jax.random.key(0), Key[Array, ""]),
    ],
)
def test_accepts_values(value, demand):
    check("f", x=(value, demand))


@pytest.mark.parametrize("demand", [3, float, Float[Array, "n"] | Int[Array, "n"]])
def test_refuses_what_is_not_a_demand(demand):
    with pytest.raises(TypeError) as raised:
        check("f", x=(shaped(2), demand))
    assert str(raised.value) == (
        "notation.check: a demand must be a shape, such as 'n d', or a jaxtyping annotation, such as "
        f"Float[Array, 'n d'], alone or with None or a number type; got {demand!r}."
    )


def test_looks_at_shapes_only_under_jit_and_vmap():
    f = jax.jit(jax.vmap(lambda x: x * check("f", x=(x, "n d"))["d"]))
    assert f(jnp.ones((2, 3, 4)))[0, 0, 0] == 4
    with pytest.raises(NotationError, match="must be"):
        f(jnp.ones((2, 3)))


def test_is_silent_when_chex_is():
    chex.disable_asserts()
    try:
        attention([1], shaped(9, 32, 5), shaped(9, 64, dtype=int), shaped(3, dtype=bool))
    finally:
        chex.enable_asserts()


def test_checked_reads_the_annotations_of_the_function():
    @checked
    def scale(x: Float[Array, "n d"], by: Float[Array, " d"] | float = 1.0, name: str = ""):
        """Docstring."""
        return x * by

    assert scale.__doc__ == "Docstring."
    assert scale(jnp.ones((2, 3)), 2.0, name="x").shape == (2, 3)
    assert message_of(scale, jnp.ones((2, 3)), by=jnp.ones(2)) == (
        "scale: shapes do not fit together.\n  x     (n=2, d=3)\n  by    (d=2)        <- d is 3 in x"
    )


axes = st.lists(st.sampled_from(["n", "m", "d", "2", "#n", "_"]), max_size=3)
sizes = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(st.lists(st.tuples(axes, sizes), min_size=1, max_size=4))
def test_accepts_what_jaxtyping_accepts(pairs):
    demands = [(shaped(*shape), Shaped[jax.ShapeDtypeStruct, " ".join(names)]) for names, shape in pairs]

    @jaxtyping.jaxtyped(typechecker=None)
    def jaxtyping_accepts():
        return all(isinstance(x, demand) for x, demand in demands)

    try:
        check("f", **{f"x{i}": pair for i, pair in enumerate(demands)})
    except NotationError:
        assert not jaxtyping_accepts()
    else:
        assert jaxtyping_accepts()


def letters_of(path):
    """The identifiers in the shape strings of a file's jaxtyping annotations."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Subscript(
                value=ast.Name(id=kind),
                slice=ast.Tuple(elts=[ast.Name(id="Array"), ast.Constant(value=str(shape))]),
            ) if hasattr(jaxtyping, kind):
                plain = [axis for axis in shape.split() if not axis.startswith(("*", "."))]
                trees = (ast.walk(ast.parse(axis.lstrip("#"))) for axis in plain)
                yield from (x.id for tree in trees for x in tree if isinstance(x, ast.Name) and x.id != "_")


@pytest.mark.parametrize("floor", ["definitions", "kernels", "modules"])
def test_every_letter_has_a_meaning(floor):
    paths = (Path(jaxmath.__file__).parent / floor).rglob("*.py")
    strangers = {f"{path.name}: {x}" for path in paths for x in letters_of(path) if x not in ALPHABET}
    assert not strangers
