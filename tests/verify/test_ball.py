"""Ball arithmetic and programs evaluated in it: what must hold of any enclosure."""

import flint
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from jaxmath.verify.ball import Balls, NoEnclosure, Undecided, evaluate, lifted, traced
from jaxmath.verify.ball_dual import NAN, Dual, maximum, minimum, tightened, value
from jaxmath.verify.ball_functions import FUNCTIONS, power
from jaxmath.verify.ball_tape import Tape
from jaxmath.verify.ball_walk import objects

MP = {
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x),
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x, 2),
    "log1p": mpmath.log1p,
    "tanh": mpmath.tanh,
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "sqrt": mpmath.sqrt,
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "square": lambda x: x * x,
    "abs": abs,
    "sign": mpmath.sign,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "erf_inv": mpmath.erfinv,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "round": mpmath.nint,
}
POSITIVE = {"log", "log2", "sqrt", "rsqrt", "log1p"}
REALS = st.floats(-20, 20, allow_nan=False, width=32)
RADII = st.sampled_from([0.0, 2.0**-60, 2.0**-20, 0.25, 2.0])


def argument(name, x):
    """A number at which the function is defined."""
    if name in POSITIVE:
        return abs(x) + 2.0**-10
    return x / 21 if name == "erf_inv" else x


def outward(exact, digits=60):
    """A ball around what mpmath says."""
    with flint.ctx.workprec(200):
        return arb(mpmath.nstr(exact, digits), arb(2) ** -150 * (1 + abs(arb(mpmath.nstr(exact, 10)))))


def test_every_function_is_compared_with_mpmath():
    assert set(MP) == set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=12, deadline=None)
@given(x=REALS, radius=RADII, at=st.sampled_from([-1.0, -0.5, 0.0, 1.0]))
def test_the_image_of_a_ball_holds_the_values_at_its_points(name, x, radius, at):
    x = argument(name, x)
    point = argument(name, x + at * radius)
    ball = arb(x).union(arb(point))
    with mpmath.workprec(240):
        exact = outward(MP[name](mpmath.mpf(point)))
    assert FUNCTIONS[name](ball).overlaps(exact) or not FUNCTIONS[name](ball).is_finite()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=8, deadline=None)
@given(x=REALS, radius=RADII)
def test_two_precisions_agree(name, x, radius):
    ball = arb(argument(name, x)).union(arb(argument(name, x + radius)))
    images = []
    for prec in (40, 53, 128, 300):
        with flint.ctx.workprec(prec):
            images.append(FUNCTIONS[name](ball))
    assert all(a.overlaps(b) or a.is_nan() for a in images for b in images)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=8, deadline=None)
@given(x=REALS, y=REALS)
def test_the_image_of_a_union_holds_the_images(name, x, y):
    a, b = arb(argument(name, x)), arb(argument(name, y))
    joint = FUNCTIONS[name](a.union(b))
    with flint.ctx.workprec(200):
        parts = [FUNCTIONS[name](a), FUNCTIONS[name](b)]
    assert not joint.is_finite() or all(joint.contains(part) for part in parts)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"floor", "ceil", "round", "sign"}))
@settings(max_examples=8, deadline=None)
@given(x=REALS, radius=RADII)
def test_slopes_hold_the_derivative(name, x, radius):
    x = argument(name, x)
    if name == "abs" and x == 0:
        return
    dual = FUNCTIONS[name](Dual(arb(x).union(arb(argument(name, x + radius))), (arb(1),)))
    with mpmath.workprec(300):
        slope = mpmath.diff(MP[name], mpmath.mpf(x))
    near = outward(slope, 20) + arb(0, 1e-15) * (1 + abs(arb(float(slope))))
    assert dual.slopes[0].overlaps(near) or not dual.slopes[0].is_finite()


@pytest.mark.parametrize("name", ["floor", "ceil", "round", "sign"])
def test_a_jump_has_no_slope(name):
    at = 0.5 if name == "round" else 0.0
    jump = FUNCTIONS[name](Dual(arb(at - 0.25).union(arb(at + 0.25)), (arb(1),)))
    flat = FUNCTIONS[name](Dual(arb(0.6).union(arb(0.7)), (arb(1),)))
    assert jump.slopes[0].is_nan() and flat.slopes[0] == 0


@pytest.mark.parametrize(("x", "rounded"), [(0.5, 0), (1.5, 2), (-0.5, 0), (-1.5, -2), (2.5, 2), (2.6, 3)])
def test_halves_round_to_even(x, rounded):
    assert FUNCTIONS["round"](arb(x)) == rounded


@settings(max_examples=50, deadline=None)
@given(a=REALS, b=REALS, r=RADII)
def test_functional_equations(a, b, r):
    f = FUNCTIONS
    x, y = arb(a, r), arb(b)
    assert (f["exp"](x) * f["exp"](y)).overlaps(f["exp"](x + y))
    assert (f["logistic"](x) + f["logistic"](-x)).overlaps(arb(1))
    assert (f["sin"](x) ** 2 + f["cos"](x) ** 2).overlaps(arb(1))
    assert (f["erf"](x) + f["erfc"](x)).overlaps(arb(1))
    assert f["log"](f["exp"](x)).overlaps(x)
    assert f["expm1"](x).overlaps(f["exp"](x) - 1)
    assert f["tanh"](x).overlaps(2 * f["logistic"](2 * x) - 1)
    assert f["sqrt"](f["square"](x)).overlaps(f["abs"](x))
    assert maximum(x, y).overlaps((x + y + f["abs"](x - y)) / 2)
    assert (maximum(x, y) + minimum(x, y)).overlaps(x + y)
    assert power(x, 3).overlaps(x * f["square"](x))


def test_wide_balls_stay_narrow():
    image = FUNCTIONS["tanh"](arb(-100).union(arb(100)))
    assert abs(image.upper()) < 1.001 and FUNCTIONS["square"](arb(0, 1)).lower() > -1e-8
    assert FUNCTIONS["logistic"](arb(0, 50)).upper() < 1.001 and power(arb(0, 1), 4).lower() > -1e-8


def test_roots_are_taken_of_the_part_that_is_not_negative():
    assert FUNCTIONS["sqrt"](arb(0, 4)).overlaps(arb(2)) and FUNCTIONS["sqrt"](arb(-4)).is_nan()


def test_the_mean_value_theorem_narrows():
    x = Dual(arb(1, 0.5), (arb(1),))
    wide = x * x - x * 2
    assert wide.value.rad() > 1
    assert tightened(wide, arb(-1), [arb(0, 0.5)]).value.rad() < 0.6
    assert tightened(Dual(arb(1, 1), (NAN,)), arb(1), [arb(0, 1)]).slopes[0].is_nan()


@settings(max_examples=40, deadline=None)
@given(a=REALS, b=st.floats(0.5, 4, width=32))
def test_dual_arithmetic_follows_the_rules_of_calculus(a, b):
    x, y = Dual(arb(a), (arb(1), arb(0))), Dual(arb(b), (arb(0), arb(1)))
    assert [s.overlaps(t) for s, t in zip((x * y).slopes, (arb(b), arb(a)), strict=True)] == [True] * 2
    assert [
        s.overlaps(t) for s, t in zip((x / y).slopes, (1 / arb(b), -arb(a) / arb(b) ** 2), strict=True)
    ] == [True] * 2
    assert (
        (2 - x).slopes[0] == -1
        and (x - 2).slopes[0] == 1
        and (x * 3).slopes[0] == 3
        and (x / 2).slopes[0] == 0.5
    )
    assert (1 / y).slopes[1].overlaps(-1 / arb(b) ** 2)


# Programs.

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4))
Y = RNG.normal(size=(4, 2))
IDS = np.array([2, 0, 1])
MASK = np.array([[True, False, True, True], [True] * 4, [False] * 4])

PROGRAMS = {
    "softmax": lambda x, y: jax.nn.softmax(x),
    "masked softmax": lambda x, y: jax.nn.softmax(x[:2], where=MASK[:2]),
    "minus infinity": lambda x, y: jax.nn.softmax(jnp.where(MASK[:2], x[:2], -jnp.inf)),
    "logsumexp": lambda x, y: jax.nn.logsumexp(x, axis=-1),
    "logaddexp": lambda x, y: jnp.logaddexp(x, x[::-1]),
    "layer norm": lambda x, y: (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5),
    "rms norm": lambda x, y: x * lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + 1e-6),
    "gelu": lambda x, y: jax.nn.gelu(x, approximate=False),
    "tanh gelu": lambda x, y: jax.nn.gelu(x, approximate=True),
    "silu": lambda x, y: jax.nn.silu(x),
    "relu": lambda x, y: jax.nn.relu(x) + jnp.clip(x, -0.5, 0.5) + jnp.minimum(x, 0.0),
    "softplus": lambda x, y: jax.nn.softplus(x),
    "matmul": lambda x, y: x @ y,
    "batched matmul": lambda x, y: jnp.einsum("ij,kij->ki", x, jnp.stack([x, 2 * x])),
    "empty sum": lambda x, y: x[:, :0] @ y[:0],
    "take": lambda x, y: x[IDS],
    "take with fill": lambda x, y: jnp.nan_to_num(jnp.take(x, jnp.array([0, 7]), axis=0, fill_value=3.0)),
    "dynamic slice": lambda x, y: lax.dynamic_slice(x, (1, 1), (2, 2)),
    "update slice": lambda x, y: lax.dynamic_update_slice(x, y[:2], (1, 1)),
    "set": lambda x, y: x.at[1, 2].set(5.0),
    "pad": lambda x, y: jnp.pad(x, ((1, 0), (0, 2)), constant_values=2.0),
    "moves": lambda x, y: jnp.concatenate([x.T[::-1], jnp.tile(y, 2)[:, :3]], 1).reshape(2, -1)[:, 1:9:2],
    "split": lambda x, y: jnp.concatenate(jnp.split(x, 2, axis=1)[::-1], 1),
    "unstack": lambda x, y: jax.grad(lambda x: (jnp.stack([x, 2 * x], 1) ** 3).sum())(x),
    "running": lambda x, y: (
        jnp.cumsum(x, 1) + jnp.cumprod(x, 1) + lax.cummax(x, 1, reverse=True) + lax.cummin(x, 1)
    ),
    "reductions": lambda x, y: x.max() - x.min(0) + x.prod(1).sum(),
    "powers": lambda x, y: x**3 + jnp.abs(x) ** 2.5 + jnp.abs(x) ** x + x**-2,
    "rotation": lambda x, y: jnp.cos(x) * jnp.arange(4.0)[None] - jnp.sin(x) / jnp.arange(1.0, 5.0)[None],
    "scan": lambda x, y: lax.scan(lambda c, r: (c + r, c * r), x[0], x)[1],
    "reversed scan": lambda x, y: lax.scan(
        lambda c, r: (c + r[0], 2 * r[1]), x[0], (x, jnp.arange(3)), reverse=True
    ),
    "scan without output": lambda x, y: lax.scan(lambda c, r: (c + r, None), x[0], x)[0],
    "fori": lambda x, y: lax.fori_loop(0, 5, lambda i, c: c * 0.5 + i, x),
    "while": lambda x, y: lax.while_loop(lambda c: c[0] < 4, lambda c: (c[0] + 1, c[1] * c[1]), (0, x))[1],
    "while on values": lambda x, y: lax.while_loop(lambda c: jnp.max(c) > 0.1, lambda c: c / 2, x),
    "cond": lambda x, y: lax.cond(jnp.sum(x) > 100, lambda: x, lambda: -x),
    "where": lambda x, y: jnp.where((x > 0) & ~(x >= 1) | (x < -1), x, 0.0),
    "casts": lambda x, y: (
        x.astype(jnp.int32).astype(x.dtype) + (x > 0).astype(x.dtype) + jnp.floor(x) + jnp.round(x)
    ),
    "checkpoint": lambda x, y: jax.checkpoint(jnp.tanh)(x) + jax.jit(jnp.exp2)(x) + lax.stop_gradient(x),
    "gradient": lambda x, y: jax.grad(lambda z: jnp.sum(jax.nn.silu(z) ** 2))(x),
    "finite": lambda x, y: (
        jnp.where(jnp.isfinite(x) & ~jnp.isnan(x), x, 0.0) + jnp.sign(x) * lax.erf(x) * lax.erfc(x)
    ),
    "one-hot": lambda x, y: jax.nn.one_hot(IDS, 4) * x,
    "scalars": lambda x, y: (
        jnp.where(x[0, 0] > 0, x[0, 1], x[0, 2]) + jnp.where(jnp.isfinite(x[0, 0]), 1.0, 0.0)
    ),
}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_programs_enclose_what_jax_computes(name):
    program = traced(PROGRAMS[name], [X, Y])
    balls = evaluate(program, [lifted(X), lifted(Y)], 128)
    with jax.enable_x64(True):
        floats = jax.tree.leaves(PROGRAMS[name](jnp.asarray(X), jnp.asarray(Y)))
    assert len(balls) == len(floats)
    for ball, computed in zip(balls, floats, strict=True):
        assert ball.shape == computed.shape
        mid = np.array([float(b) for b in ball.flat]).reshape(computed.shape)
        np.testing.assert_allclose(mid, computed, rtol=1e-12, atol=1e-13)
        assert all(b.rad() < 1e-25 for b in ball.flat)


@pytest.mark.parametrize(
    "name", sorted(set(PROGRAMS) - {"while on values", "cond", "casts", "minus infinity"})
)
def test_tapes_agree_with_programs(name):
    program = traced(PROGRAMS[name], [X, Y])
    tape = Tape()
    unknown = [np.array([tape.input() for _ in a.flat], object).reshape(a.shape) for a in (X, Y)]
    recorded = evaluate(program, unknown, 128)
    places = [tape.place(tape.form(x)) for out in recorded for x in out.flat]
    env = tape.run([arb(x) for a in (X, Y) for x in a.flat], 128, tape.needed(places))
    balls = [b for out in evaluate(program, [lifted(X), lifted(Y)], 128) for b in out.flat]
    assert all(env[p].overlaps(b) and env[p].rad() < 1e-25 for p, b in zip(places, balls, strict=True))


def test_a_tape_cancels_what_is_the_same():
    tape = Tape()
    x, y, z = (tape.input() for _ in range(3))
    greatest = maximum(maximum(x, y), z)
    assert tape.place(x - greatest) == tape.place(-maximum(maximum(arb(0), y - x), z - x))
    assert (greatest + 1 - greatest).key == tape.form(arb(1)).key
    assert tape.place(greatest - y) == tape.place(maximum(maximum(x - y, arb(0)), z - y))
    exp = FUNCTIONS["exp"]
    assert (exp(x) * exp(y) * 2).key == (exp(x + y) * 2).key and (exp(x) * exp(-x)).key == exp(arb(0) * x).key
    assert (exp(x) / (exp(x) + exp(y))).key == (1 / (exp(arb(0) * x) + exp(y - x))).key
    assert maximum(x, x + 1).key == (x + 1).key and maximum(x, x).key == x.key
    assert FUNCTIONS["abs"](x - y).key == FUNCTIONS["abs"](y - x).key
    assert (x * y).key == (y * x).key and (x * arb(0)).is_constant and (arb(2) * x / 2).key == x.key
    assert (arb(1) - x).key == (-(x - 1)).key and (2 / (x / 3)).terms[0][1] == 1


def test_shifts_of_logits_are_seen_to_change_nothing():
    tape = Tape()
    x = np.array([tape.input() for _ in range(3)], object)
    program = traced(jax.nn.softmax, [np.zeros(3)])
    plain, shifted = (evaluate(program, [logits], 64)[0] for logits in (x, x + tape.input()))
    assert [a.key for a in plain] == [b.key for b in shifted]


def test_undecided_truths_take_the_hull():
    (out,) = evaluate(traced(lambda x: jnp.where(x > 0, x + 1, -x), [np.zeros(())]), [objects(arb(0, 1))], 64)
    assert out[()].lower() < -0.9 and out[()].upper() > 1.9
    (both,) = evaluate(
        traced(lambda x: jnp.where((x > 0) & (x < 2), 1.0, 0.0), [np.zeros(())]), [objects(arb(0, 1))], 64
    )
    assert both[()].overlaps(arb(0)) and both[()].overlaps(arb(1))
    (cast,) = evaluate(traced(lambda x: (x > 0).astype(x.dtype), [np.zeros(())]), [objects(arb(0, 1))], 64)
    assert cast[()].overlaps(arb(0)) and cast[()].overlaps(arb(1))
    (inner,) = evaluate(
        traced(lambda x: jnp.where(jnp.where(x > 0, x < 2, x > -2), 1.0, 0.0), [np.zeros(())]),
        [objects(arb(0, 1))],
        64,
    )
    assert inner[()] == 1


def test_undecided_truths_move_with_their_arrays():
    def moved(x):
        truths = jnp.stack([x > 0, x < 5])[:, None]
        return jnp.where(jnp.concatenate([truths.T, truths.T[:, ::-1]]), 1.0, 2.0)

    (out,) = evaluate(traced(moved, [np.zeros(())]), [objects(arb(0, 1))], 64)
    assert [[b == 1 for b in row] for row in out] == [[False, True], [True, False]]
    assert out[0, 0].overlaps(arb(1)) and out[0, 0].overlaps(arb(2))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x.astype(jnp.int32),
        lambda x: lax.cond(x > 0, lambda: x, lambda: -x),
        lambda x: jnp.where(jnp.all(jnp.stack([x > 0, x < 1])), x, 0.0),
        lambda x: jnp.where(x > 0, 1, 2),
        lambda x: (x > 0).astype(jnp.int32),
    ],
)
def test_what_depends_on_undecided_truths_stops(fn):
    with pytest.raises(Undecided, match="depends on a comparison of values that could not be told apart"):
        evaluate(traced(fn, [np.zeros(())]), [objects(arb(0, 1))], 64)


@pytest.mark.parametrize(
    "fn", [lambda x: x.astype(jnp.int32), lambda x: lax.cond(x > 0, lambda: x, lambda: -x)]
)
def test_tapes_do_not_branch(fn):
    with pytest.raises(Undecided, match="Use jnp.where"):
        evaluate(traced(fn, [np.zeros(())]), [objects(Tape().input())], 64)


def test_unknown_primitives_are_named():
    with pytest.raises(
        NoEnclosure, match=r"ball: no rule for primitive `lgamma` \(float64\[2\] -> float64\[2\]\)"
    ) as caught:
        evaluate(traced(lambda x: lax.lgamma(x), [np.ones(2)]), [lifted(np.ones(2))], 64)
    assert "test_ball.py" in str(caught.value) and "Known rules: abs, add," in str(caught.value)


def test_constants_are_the_floats_that_they_are():
    (out,) = evaluate(traced(lambda x: x + 0.1, [np.zeros(())]), [lifted(np.zeros(()))], 200)
    assert out[()] == arb(0.1)
    assert lifted(jnp.asarray(1.5, jnp.bfloat16))[()] == 1.5 and lifted(np.arange(3)).dtype == int


def test_roots_of_unknown_sign_are_noted():
    walk = Balls()
    evaluate(traced(jnp.sqrt, [np.zeros(())]), [objects(arb(0, 1))], 64, walk)
    assert any("square roots are taken of what is not negative" in note for note in walk.notes)
    walk, tape = Balls(), Tape()
    evaluate(traced(lambda x: jnp.sqrt(x * x + 1.0), [np.zeros(())]), [objects(tape.input())], 64, walk)
    assert not walk.notes


SMOOTH_OR_NOT = {
    "softmax": lambda x: jax.nn.softmax(x) * jnp.where(x > 0, x, -2 * x) - jnp.max(x),
    "constants": lambda x: jnp.where(x > 0.3, 1.0, 2.0) + x,
    "steps": lambda x: jnp.floor(x) * jnp.sign(x[::-1]) + jnp.round(x),
    "logic": lambda x: jnp.where((x > 0) & ~(x[::-1] > 1) | (x < -3), x * x, jnp.exp(x / 9)),
    "corners": lambda x: jnp.abs(x) - jnp.minimum(x, x[::-1]) / jnp.maximum(x**2, 1.0),
}


@pytest.mark.parametrize("name", sorted(SMOOTH_OR_NOT))
@settings(max_examples=15, deadline=None)
@given(point=st.lists(REALS, min_size=3, max_size=3), radius=st.floats(0, 2), at=st.floats(0, 1))
def test_boxes_hold_the_values_at_their_points(name, point, radius, at):
    tape = Tape()
    unknown = np.array([tape.input() for _ in range(3)], object)
    (out,) = evaluate(traced(SMOOTH_OR_NOT[name], [np.zeros(3)]), [unknown], 64)
    places = [tape.place(x) for x in out]
    needed = tape.needed(places)
    box = [arb(x).union(arb(x) + radius) for x in point]
    unit = [tuple(arb(int(i == j)) for j in range(3)) for i in range(3)]
    centre = tape.run([arb(x) + radius / 2 for x in point], 64, needed)
    env = tape.run([Dual(b, s) for b, s in zip(box, unit, strict=True)], 64, needed, around=centre)
    exact = tape.run([arb(x) + at * radius for x in point], 128, needed)
    assert all(value(env[p]).overlaps(exact[p]) for p in places)


def test_constants_that_a_truth_selects_have_no_slope_where_it_is_open():
    tape = Tape()
    x = tape.input()
    place = tape.place(tape.select(x.is_less(arb(0)), arb(1), arb(2)) + x)
    needed = tape.needed([place])
    centre = tape.run([arb(0.25)], 64, needed)
    env = tape.run([Dual(arb(0.25, 0.5), (arb(1),))], 64, needed, around=centre)
    assert value(env[place]).lower() < 0.8 and value(env[place]).upper() > 2.7
