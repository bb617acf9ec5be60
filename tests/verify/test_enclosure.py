"""Errors and inequalities: what is certified is true, what is false is refuted, the rest is unknown."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

from jaxmath.verify import ulp
from jaxmath.verify.ball_search import Box
from jaxmath.verify.enclosure import certify_bound, certify_error, certify_rounding
from jaxmath.verify.inequality import described

RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(4, 8)).astype(np.float32)


def two_pass(x):
    centred = x - x.mean(-1, keepdims=True)
    return centred * lax.rsqrt(jnp.mean(centred**2, -1, keepdims=True) + 1e-5)


def one_pass(x):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(jnp.mean(x**2, -1, keepdims=True) - mean**2 + 1e-5)


# Errors at given inputs.


def test_an_exact_function_has_no_error():
    found = certify_error(lambda x: 2 * x, lambda x: x + x, ROWS)
    assert str(found) == "certified error <= 0 (0 ulps of the row maximum) at the given float32 inputs"
    assert (found.kind, found.args, found.points) == ("enclosure", ("float32[4,8]",), 32)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_error_is_at_least_what_float64_sees_and_hardly_more(dtype):
    x = jnp.asarray(ROWS, dtype)
    found = certify_error(jax.nn.softmax, jax.nn.softmax, x)
    exact = np.exp(np.asarray(x, np.float64))
    exact /= exact.sum(-1, keepdims=True)
    seen = np.abs(exact - np.asarray(jax.nn.softmax(x), np.float64)).max()
    told = float(found.detail.split()[2])
    assert found.verdict == "certified" and seen <= told <= 1.11 * seen
    assert f"given {dtype} inputs" in found.detail


def test_ulps_are_those_of_the_row_maximum():
    x = np.array([[1.0, 0.0], [4.0, 0.0]], np.float32)
    found = certify_error(lambda y: y + jnp.array([[0.0, 2.0**-23], [0.0, 0.0]]), lambda y: y, x)
    assert "(1 ulps of the row maximum)" in found.detail
    found = certify_error(lambda y: y + jnp.array([[0.0, 0.0], [0.0, 2.0**-23]]), lambda y: y, x)
    assert "(0.25 ulps of the row maximum)" in found.detail


def test_limits_are_held_or_refuted_with_the_worst_entry():
    assert certify_error(jnp.exp, jnp.exp, ROWS, at_most=1e-4, ulps=4).verdict == "certified"
    wrong = certify_error(lambda x: jnp.exp(x).at[2, 3].add(0.5), jnp.exp, ROWS, ulps=4)
    assert wrong.verdict == "refuted" and wrong.witness.output == "[2, 3]"
    assert wrong.witness.left - wrong.witness.right == pytest.approx(0.5)
    assert "an error of at most 4 ulps of the row maximum was demanded" in wrong.reason
    wrong = certify_error(lambda x: {"a": x + 1}, lambda x: {"a": x}, ROWS, at_most=0.5)
    assert wrong.verdict == "refuted" and wrong.witness.output.startswith("['a'][")


def test_too_wide_an_enclosure_is_unknown():
    found = certify_error(lambda x: x / 3, lambda x: x / 3, np.ones(2), prec=4, at_most=1e-3)
    assert found.verdict == "unknown" and "the enclosure is too wide" not in found.reason or found.reason


def test_an_error_that_is_not_finite_is_unknown():
    found = certify_error(lambda x: x / 0.0, lambda x: x, ROWS)
    assert found.verdict == "unknown" and "no finite error" in found.reason
    found = certify_error(lambda x: x, lambda x: jnp.log(-jnp.exp(x)), ROWS)
    assert found.verdict == "unknown" and "nan" in found.reason


def test_a_missing_rule_is_unknown():
    found = certify_error(lax.lgamma, lambda x: lax.lgamma(x), ROWS)
    assert found.verdict == "unknown" and "no rule for primitive `lgamma`" in found.reason


def test_infinity_is_what_large_values_round_to():
    x = np.array([20.0], np.float16)
    found = certify_error(jnp.exp, jnp.exp, x)
    assert found.verdict == "certified" and float(found.detail.split()[2]) < 1e-20
    assert certify_error(lambda y: -jnp.exp(y), jnp.exp, x).verdict == "unknown"


def test_integers_are_given_and_pytrees_are_paired():
    ids = np.array([3, 1])
    found = certify_error(
        lambda t: (t[0][t[1]], jnp.sum(t[0])), lambda t: (t[0][t[1]], jnp.sum(t[0])), (ROWS, ids)
    )
    assert found.verdict == "certified" and found.args == ("float32[4,8]", "int32[2]")


def test_both_return_floating_arrays_of_one_shape():
    demanded = "function and reference have to return floating arrays of the same shapes"
    with pytest.raises(TypeError, match=demanded):
        certify_error(lambda x: x[0], lambda x: x, ROWS)
    with pytest.raises(TypeError, match=demanded):
        certify_error(lambda x: x > 0, lambda x: x > 0, ROWS)


def test_layer_norm_in_one_pass_loses_digits_that_two_passes_keep():
    errors = {}
    for mean in (0, 100):
        x = (np.random.default_rng(0).normal(mean, 1, (4, 64))).astype(np.float32)
        assert certify_error(two_pass, two_pass, x, ulps=64).verdict == "certified"
        errors[mean] = certify_error(one_pass, two_pass, x, ulps=64)
    assert [errors[mean].verdict for mean in (0, 100)] == ["certified", "refuted"]


def test_the_same_question_has_the_same_answer():
    asked = [certify_error(jax.nn.softmax, jax.nn.softmax, ROWS) for _ in range(2)]
    assert asked[0].to_json() == asked[1].to_json() and "sha256" in asked[0].method
    asked = [certify_bound(lambda x: (jnp.tanh(x), x), dict(x=(0.5, 4))) for _ in range(2)]
    assert asked[0].to_json() == asked[1].to_json()


# Errors at every number of a short type.


def test_every_number_of_a_short_type_is_tried():
    found = certify_rounding(lambda x: x * 0.5, lambda x: x / 2, 1.0, 2.0)
    assert str(found) == "certified error <= 0 (0 ulps) at all 129 bfloat16 numbers from 1.0 to 2.0"
    found = certify_rounding(lambda x: jnp.exp(x), jnp.exp, 0.0, 1.0, dtype=jnp.float16, ulps=0.01)
    assert found.verdict == "refuted" and found.witness.output.startswith("(")


def test_float32_is_too_long_to_be_tried():
    with pytest.raises(ValueError, match="float32 has too many numbers.*\n  Use bfloat16 or float16"):
        certify_rounding(jnp.exp, jnp.exp, 0, 1, dtype=jnp.float32)
    with pytest.raises(ValueError, match="there is no bfloat16 number from 2 to 1.\n  Widen the interval"):
        certify_rounding(jnp.exp, jnp.exp, 2, 1)
    assert "lgamma" in certify_rounding(lax.lgamma, lambda x: lax.lgamma(x), 1, 1).reason


# Inequalities on boxes.

TRUE = {
    "tanh": (lambda x: (jnp.tanh(x), x), dict(x=(0.5, 4)), {}),
    "exp": (lambda x: (1 + x, jnp.exp(x)), dict(x=(-3, 3)), dict(slack=1e-9, sharp=dict(x=0.0))),
    "sine": (lambda x: (jnp.sin(x), 1.0), dict(x=(-8, 8)), dict(slack=1e-12)),
    "means": (lambda x, y: (jnp.sqrt(x * y), (x + y) / 2), dict(x=(1, 2), y=(1, 2)), dict(slack=1e-3)),
    "lse": (
        lambda x: (jnp.max(x), jax.nn.logsumexp(x)),
        dict(x=(-8, [8.0, 8.0])),
        dict(sharp=dict(x=[8, -8])),
    ),
    "gelu": (lambda x: (-0.169972, jax.nn.gelu(x, approximate=False)), dict(x=(-8, 8)), {}),
    "where": (lambda x: (jnp.where(x > 0, 0.0, x), jnp.abs(x)), dict(x=(-1, 1)), dict(slack=1e-6)),
    "jump": (lambda x: (jnp.where(x > 0.3, 1.0, -1.0) + jnp.floor(x), 1.0 + x), dict(x=(0, 0.875)), {}),
    "broadcast": (lambda x: ((x, -x), (2.0, 3.0)), dict(x=(-1, [1.0, 2.0])), dict(slack=1e-6)),
}
FALSE = {
    "tanh": (lambda x: (x, jnp.tanh(x)), dict(x=(0.5, 4)), {}),
    "exp": (lambda x: (1 + 1.0001 * x, jnp.exp(x)), dict(x=(-3, 3)), dict(slack=1e-12)),
    "sine": (lambda x: (jnp.sin(x), 0.99999), dict(x=(-8, 8)), {}),
    "gelu": (lambda x: (-0.16997, jax.nn.gelu(x, approximate=False)), dict(x=(-8, 8)), {}),
    "jump": (lambda x: (jnp.where(x > 0.3, 1.0, -1.0), 0.5 + x), dict(x=(0, 0.875)), {}),
    "narrow": (lambda x: (jnp.exp(-((1e3 * (x - 0.3)) ** 2)), 0.5), dict(x=(0, 1)), {}),
    "pair": (lambda x: ((x, x), (2.0, 1.5)), dict(x=(0, [1.0, 1.75])), {}),
}


@pytest.mark.parametrize("name", sorted(TRUE))
def test_true_inequalities_are_certified(name):
    fn, box, options = TRUE[name]
    found = certify_bound(fn, box, **options)
    assert found.verdict == "certified", str(found)
    assert found.kind == "bound" and found.points >= 1


@pytest.mark.parametrize("name", sorted(FALSE))
def test_false_inequalities_are_refuted_at_a_point_of_the_box(name):
    fn, box, options = FALSE[name]
    found = certify_bound(fn, box, **options)
    assert found.verdict == "refuted", str(found)
    assert found.witness.left > found.witness.right + options.get("slack", 0.0)
    for key, point in found.witness.inputs:
        low, high = np.broadcast_arrays(*map(np.asarray, box[key]))
        assert np.all((low <= point) & (point <= high))


@given(st.floats(-2, 2, width=32), st.floats(0.001, 0.5))
def test_a_parabola_is_below_its_maximum_and_not_below_less(centre, gap):
    def parabola(x):
        return -((x - centre) ** 2)

    assert certify_bound(lambda x: (parabola(x), gap), dict(x=(-3, 3))).verdict == "certified"
    assert certify_bound(lambda x: (parabola(x), -gap), dict(x=(-3, 3))).verdict == "refuted"


def test_what_is_certified_is_written_out():
    found = certify_bound(*TRUE["exp"][:2], **TRUE["exp"][2])
    assert found.detail.startswith("left <= right + 1e-09 for abs(x) <= 3, ")
    assert found.detail.endswith("boxes; left/right = 1 at x = 0.0")
    found = certify_bound(lambda x, y: (x, y), [(0, 1), (2, [3.0, 3.0])])
    assert str(found) == "certified left <= right for 0 <= x <= 1, 2 <= y <= 3, 1 box"
    assert found.args == ("real", "real[2]")
    equal = certify_bound(lambda x: (0 * x, 0 * x), dict(x=(-1, 1)), sharp=dict(x=0))
    assert equal.detail == "left <= right for abs(x) <= 1, 1 box; right - left = 0.0e+00 at x = 0"


def test_a_false_bound_is_shown_with_its_witness():
    found = certify_bound(*FALSE["pair"][:2])
    assert str(found).startswith("refuted: witness output[1][1] at x = ")
    assert found.reason == "not left <= right for x in [[0, 1], [0, 1.75]]"


def test_equality_without_slack_is_unknown_with_the_box_left_over():
    found = certify_bound(lambda x: (1 + x, jnp.exp(x)), dict(x=(-3, 3)), budget=200)
    assert found.verdict == "unknown" and "open after 199 boxes, on " in found.reason
    found = certify_bound(lambda x: (0.0 * x, x - x**2 / x), dict(x=(0, 1)))
    assert found.verdict == "unknown"


def test_a_bound_that_is_not_reached_is_not_called_sharp():
    found = certify_bound(lambda x: (jnp.tanh(x), 2 * x), dict(x=(0.5, 4)), sharp=dict(x=0.5))
    assert found.verdict == "unknown" and "holds (" in found.reason and "but it is not sharp" in found.reason


def test_a_sharp_point_where_it_fails_refutes():
    found = certify_bound(lambda x: (x, 0.999), dict(x=(0, 1)), sharp=dict(x=1.0))
    assert found.verdict == "refuted" and found.points == 0


def test_what_the_engine_cannot_follow_is_unknown():
    found = certify_bound(lambda x: (lax.lgamma(x), 1.0), dict(x=(1, 2)))
    assert found.verdict == "unknown" and "no rule for primitive `lgamma`" in found.reason
    found = certify_bound(lambda x: (lax.cond(x > 1.5, lambda: x, lambda: -x), 2.0), dict(x=(1, 2)))
    assert found.verdict == "unknown" and "Use jnp.where" in found.reason


def test_roots_of_what_may_be_negative_are_an_assumption():
    found = certify_bound(lambda x: (jnp.sqrt(x - x**2), 0.6), dict(x=(0, 1)))
    assert found.verdict == "certified"
    assert any("square roots are taken of what is not negative" in line for line in found.assumptions)


@pytest.mark.parametrize(
    ("box", "sharp", "message"),
    [
        (dict(x=(2, 1)), None, "the box of `x` is no interval.\n  came      .*\n  Give finite ends"),
        (dict(x=(0, np.inf)), None, "no interval"),
        (dict(x=(0, 1)), dict(y=1), "does not name the arguments of the box.\n  demanded  x\n  came      y"),
        (dict(x=(0, 1)), dict(x=2), "the sharp point is outside the box.\n  x = 2.0"),
    ],
)
def test_boxes_are_intervals_that_hold_their_points(box, sharp, message):
    with pytest.raises(ValueError, match=message):
        certify_bound(lambda x: (x, x), box, sharp=sharp)


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda x: x, "has to return two sides.*\n  it returned a "),
        (lambda x: (x, x, x), "it returned a tuple"),
        (lambda x: (x, (x, x)), "the two sides are not of one structure.\n  left   "),
    ],
)
def test_two_sides_are_returned(fn, message):
    with pytest.raises(TypeError, match=message):
        certify_bound(fn, dict(x=(0, 1)))


def test_boxes_are_halved_without_gaps():
    box = Box((0.0, -1.0), (1.0, 3.0))
    left, right = box.halves(1)
    assert (left, right) == (Box((0.0, -1.0), (1.0, 1.0)), Box((0.0, 1.0), (1.0, 3.0)))
    assert all(ball.contains(arb(x)) for ball, x in zip(box.balls(), box.highs, strict=True))


def test_boxes_in_words():
    assert described("x", -8, 8) == "abs(x) <= 8" and described("x", 0, 0.5) == "0 <= x <= 0.5"
    assert (
        described("x", [1, 1], [1, 1]) == "x = 1"
        and described("x", [0, 1], [2, 2]) == "x in [[0, 2], [1, 2]]"
    )


# Figures.


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_an_ulp_is_the_spacing_of_the_type(dtype):
    for x in (
        1.0,
        1.5,
        3.0,
        0.1,
        float(jnp.finfo(dtype).tiny),
        float(jnp.finfo(dtype).smallest_subnormal),
        0.0,
    ):
        number = np.asarray(x, jnp.dtype(dtype))
        above = (number.view(f"uint{8 * number.itemsize}") + 1).view(number.dtype)
        assert float(ulp.ulp(arb(float(number)), dtype)) == float(above) - float(number)


@given(st.floats(1e-30, 1e30))
def test_figures_are_rounded_to_the_safe_side(x):
    assert float(ulp.at_most(x)) >= x >= float(ulp.at_least(x))
    assert ulp.above(arb(x)) >= x >= ulp.below(arb(x))


def test_figures_are_short():
    written = [ulp.at_most(x) for x in (0.0, 3.04e-6, 7.19, 9667.0, 5.0e9, 0.00123, np.inf, 1e-12)]
    assert written == ["0", "3.1e-06", "7.2", "9700", "5.0e+9", "0.0013", "inf", "1.0e-12"]
