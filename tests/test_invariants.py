"""Invariants: what satisfies them, what does not, under `jit` and not, and in which words."""

import inspect

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxmath import invariants
from jaxmath.invariants import (
    InvariantError,
    has_unit_rms,
    has_zero_mean,
    is_causal,
    is_distribution,
    is_finite,
    is_in_range,
    is_monotone,
    is_orthogonal,
    is_rotation,
    require,
)
from jaxmath.notation import NotationError

DTYPES = [jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64]
NAN = float("nan")

seeds = st.integers(0, 2**31 - 1)
widths = st.sampled_from([1, 3, 500])
dtypes = st.sampled_from([jnp.float16, jnp.bfloat16, jnp.float32])
scales = st.sampled_from([1e-3, 1.0, 10.0])


def normal(seed, shape, dtype=jnp.float32, scale=1.0):
    return jnp.asarray(scale * np.random.default_rng(seed).standard_normal(shape), dtype)


def rotate(angle):
    return jnp.array([[jnp.cos(angle), -jnp.sin(angle)], [jnp.sin(angle), jnp.cos(angle)]])


# name: an invariant, arguments that satisfy it, arguments that do not, and the message about these
CASES = {
    "is_finite": (
        is_finite,
        (jnp.array([0.0, 1.0]),),
        (jnp.array([0.0, jnp.inf, jnp.nan]),),
        "is_finite: x must have no infinite and no undefined entry.\n"
        "  2 entries are not finite\n"
        "  Look for a division by zero or an overflow upstream.",
    ),
    "is_distribution": (
        is_distribution,
        (jnp.array([[0.25, 0.75], [1.0, 0.0]]),),
        (jnp.array([[0.25, 0.5], [2.0, -1.0]]),),
        "is_distribution: x must be nonnegative and sum to one.\n"
        "  1 entries are negative or undefined\n"
        "  a sum misses one by 0.25 (allowed: 3e-07)\n"
        "  Normalise it, as softmax does, along the axis that is checked.",
    ),
    "is_causal": (
        is_causal,
        (jnp.array([[1.0, 0.0], [0.5, 0.5]]),),
        (jnp.array([[1.0, 1e-30], [0.5, 0.5]]),),
        "is_causal: x must be zero above the diagonal.\n"
        "  1 pairs look ahead\n"
        "  Mask the pairs in which a query sees a later key.",
    ),
    "is_orthogonal": (
        is_orthogonal,
        (jnp.array([[0.0, 1.0], [1.0, 0.0]]),),
        (jnp.array([[1.0, 0.5], [0.0, 1.0]]),),
        "is_orthogonal: x must have orthonormal columns.\n"
        "  an inner product of columns is off by 0.5 (allowed: 1.1e-06)\n"
        "  Orthonormalise it (jnp.linalg.qr), or say how many `rounds` made it.",
    ),
    "is_rotation": (
        is_rotation,
        (jnp.array([[0.0, -1.0], [1.0, 0.0]]),),
        (jnp.array([[0.0, 1.0], [1.0, 0.0]]),),
        "is_rotation: x must be a rotation.\n"
        "  an inner product of columns is off by 0 (allowed: 1.1e-06)\n"
        "  1 determinants are not positive\n"
        "  Take a matrix that is orthogonal and has a positive determinant.",
    ),
    "has_unit_rms": (
        has_unit_rms,
        (jnp.array([1.0, -1.0]),),
        (jnp.array([[1.0, -1.0], [1.0, 0.0]]),),
        "has_unit_rms: x must have mean square one.\n"
        "  a mean square exceeds one by 0 (allowed: 1.1e-06)\n"
        "  a mean square falls short of one by 0.5 (allowed: 1.1e-06)\n"
        "  Divide it by its root mean square, or say how much epsilon takes (`slack`).",
    ),
    "has_zero_mean": (
        has_zero_mean,
        (jnp.array([1.0, -1.0]),),
        (jnp.array([3.0, 1.0]),),
        "has_zero_mean: x must have mean zero.\n"
        "  a mean is 0.5 of the mean magnitude (allowed: 7.2e-07)\n"
        "  Subtract the mean, or say what it was subtracted from (`of`).",
    ),
    "is_monotone": (
        is_monotone,
        (jnp.array([1, 1, 2]),),
        (jnp.array([1, 0, 2, 1]),),
        "is_monotone: x must be monotone.\n"
        "  2 neighbours are out of order\n"
        "  Sort it, or check the other axis.",
    ),
    "is_in_range": (
        is_in_range,
        (jnp.array([0, 7]), 0, 8),
        (jnp.array([-1, 0, 8]), 0, 8),
        "is_in_range: x must lie in the range.\n"
        "  1 entries are too small\n"
        "  1 entries are too large\n"
        "  Clip it, or make room: an index out of range is clamped or dropped in silence.",
    ),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def test_every_invariant_is_a_case():
    assert set(CASES) == {
        x for x, value in vars(invariants).items() if isinstance(value, invariants.Invariant)
    }


@every_case
def test_holds_or_not_under_jit_as_without(case):
    predicate, good, bad, _ = case
    for call in (predicate, jax.jit(lambda x: predicate(x, *good[1:]))):
        assert call(good[0], *good[1:] if call is predicate else ()).shape == ()
        assert call(good[0], *good[1:] if call is predicate else ())
        assert not call(bad[0], *bad[1:] if call is predicate else ())


@every_case
def test_require_says_what_is_wrong(case):
    predicate, good, bad, message = case
    require(predicate, *good)
    with pytest.raises(InvariantError) as raised:
        require(predicate, *bad, name="x")
    assert str(raised.value) == message


@every_case
def test_require_works_under_jit_through_chexify(case):
    predicate, good, bad, message = case

    @jax.jit
    def checked(x):
        require(predicate, x, *good[1:], name="x")
        return x

    run = chex.chexify(checked, async_check=False)
    run(good[0])
    with pytest.raises(AssertionError) as raised:
        run(bad[0])
    assert message in str(raised.value)


def test_require_asks_for_chexify_under_jit():
    with pytest.raises(RuntimeError, match="wrapped with `@chex.chexify`"):
        jax.jit(lambda x: require(is_finite, x))(jnp.ones(2))


@every_case
def test_require_is_silent_when_chex_is(case):
    predicate, _, bad, _ = case
    chex.disable_asserts()
    try:
        require(predicate, *bad)
    finally:
        chex.enable_asserts()


@pytest.mark.parametrize(
    "predicate, x",
    [
        (is_distribution, [NAN, 1.0]),
        (is_causal, [[1.0, NAN], [0.0, 1.0]]),
        (is_orthogonal, [[NAN]]),
        (is_rotation, [[NAN]]),
        (has_unit_rms, [NAN, 1.0]),
        (has_zero_mean, [NAN, 0.0]),
        (is_monotone, [NAN, 0.0]),
    ],
)
def test_nothing_undefined_holds(predicate, x):
    assert not predicate(jnp.array(x))


def test_no_tolerance_where_no_digit_is_left():
    huge = jax.ShapeDtypeStruct((2**24,), jnp.float32)
    with pytest.raises(ValueError) as raised:
        jax.eval_shape(is_distribution, huge)
    assert str(raised.value) == (
        "invariants: 33554430 roundings in float32 may leave no correct digit, so there is no tolerance "
        "to check against; use a wider dtype or a shorter axis."
    )


def test_integers_are_no_distribution():
    with pytest.raises(NotationError) as raised:
        inspect.unwrap(is_distribution.measure)(jnp.array([1, 0]))
    assert str(raised.value) == (
        "is_distribution: dtypes are not what they must be.\n"
        "  p     int32(2)   <- must be floating: pass p.astype(jnp.float32)"
    )


@jax.jit
def softmax_and_a_distortion(x):
    p = jax.nn.softmax(x)
    # Four times what may be missed: what is missed, what the check misses, rounding to the dtype.
    distorted = p * jnp.asarray(1 + 4 * is_distribution.measure(p)[1].allowed, p.dtype)
    return is_distribution(p), is_distribution(p.T, axis=0), is_distribution(distorted)


@given(seeds, widths, dtypes, scales)
def test_softmax_is_a_distribution(seed, n, dtype, scale):
    rows, columns, distorted = softmax_and_a_distortion(normal(seed, (4, n), dtype, scale))
    assert rows and columns and not distorted


def test_a_row_of_zeros_is_a_distribution_on_demand():
    p = jnp.array([[0.5, 0.5], [0.0, 0.0]])
    assert not is_distribution(p)
    assert is_distribution(p, empty=True)
    assert not is_distribution(p * 0.5, empty=True)


@pytest.mark.parametrize("align", ["top-left", "bottom-right"])
@pytest.mark.parametrize("n, m", [(1, 1), (2, 4), (4, 2)])
def test_masked_weights_are_causal(n, m, align):
    seen = jnp.tri(n, m, m - n if align == "bottom-right" else 0)
    full = jnp.ones((n, m))
    assert is_causal(seen, align) and is_causal(seen.astype(bool), align)
    assert is_causal(full, align) == bool(seen.all())
    assert is_causal(jnp.stack([seen, full]), align) == bool(seen.all())


def test_causal_refuses_an_unknown_alignment():
    with pytest.raises(ValueError) as raised:
        inspect.unwrap(is_causal.measure)(jnp.eye(2), "end")
    assert str(raised.value) == "is_causal: align must be 'top-left' or 'bottom-right'; got 'end'."


@jax.jit
def qr_and_a_distortion(x):
    q = jnp.linalg.qr(x)[0]
    mirrored = q.at[:, 0].multiply(-1)
    distorted = q * (1 + is_orthogonal.measure(q)[0].allowed)
    orthogonal = is_orthogonal(q) & is_orthogonal(q.T) & is_orthogonal(q[:, : (len(q) + 1) // 2])
    return orthogonal, is_rotation(q) ^ is_rotation(mirrored), is_orthogonal(distorted)


@given(seeds, st.sampled_from([1, 5, 64]))
def test_what_qr_returns_is_orthogonal_and_one_sign_a_rotation(seed, d):
    orthogonal, one_is_a_rotation, distorted = qr_and_a_distortion(normal(seed, (d, d)))
    assert orthogonal and one_is_a_rotation and not distorted


@given(st.floats(-1e3, 1e3, width=32), st.floats(-1e3, 1e3, width=32))
def test_planar_rotations_are_a_group(a, b):
    p, q = rotate(a), rotate(b)
    assert is_rotation(p) and is_rotation(p.T)
    # The roundings behind a column: those of both factors and of the product.
    assert is_rotation(p @ q, rounds=2 * 8 + 2)


@jax.jit
def normalised_and_a_distortion(x):
    y = x * jax.lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True))
    distorted = y * jnp.asarray(1 + 2 * has_unit_rms.measure(y)[0].allowed, y.dtype)
    return has_unit_rms(y), has_unit_rms(distorted)


@given(seeds, widths, dtypes)
def test_rms_normalised_vectors_have_unit_rms(seed, d, dtype):
    normalised, distorted = normalised_and_a_distortion(normal(seed, (4, d), dtype) + jnp.asarray(1, dtype))
    assert normalised and not distorted


def test_epsilon_takes_its_share_of_the_mean_square():
    x, eps = jnp.array([0.01, -0.01]), 1e-5
    y = x * jax.lax.rsqrt(jnp.mean(x * x) + eps)
    assert not has_unit_rms(y)
    assert has_unit_rms(y, slack=eps / (1e-4 + eps))
    assert not has_unit_rms(2 * y, slack=eps / (1e-4 + eps))


@jax.jit
def centred(x):
    y = x - jnp.mean(x, -1, keepdims=True)
    return has_zero_mean(y, of=x), has_zero_mean(x)


@given(seeds, widths, dtypes, scales)
def test_centred_vectors_have_zero_mean(seed, d, dtype, scale):
    after, before = centred(normal(seed, (4, d), dtype, scale) + jnp.asarray(30 * scale, dtype))
    assert after and not before


@given(st.lists(st.integers(-5, 5), min_size=4, max_size=4))
def test_sorted_is_monotone_and_strictly_so_without_repetition(numbers):
    x, ordered = jnp.array(numbers), jnp.array(sorted(numbers))
    assert is_monotone(ordered) and is_monotone(ordered[:, None], axis=0)
    assert bool(is_monotone(ordered, strict=True)) == (len(set(numbers)) == len(numbers))
    assert bool(is_monotone(x)) == (numbers == sorted(numbers))


def test_unsigned_numbers_do_not_wrap():
    assert not is_monotone(jnp.array([2, 1], jnp.uint8))


@given(st.integers(-3, 10), st.integers(0, 8))
def test_in_range_is_that_of_python(x, high):
    assert bool(is_in_range(jnp.array(x), 0, high)) == (x in range(high))


@pytest.mark.usefixtures("x64")
def test_tolerances_shrink_with_the_roundoff():
    allowed = [is_distribution.measure(jnp.full(4, 0.25, dtype))[1].allowed for dtype in DTYPES]
    assert allowed[1] > allowed[0] > allowed[2] > allowed[3]
    assert is_distribution(jax.nn.softmax(jnp.arange(9.0)))
    assert not is_distribution(jax.nn.softmax(jnp.arange(9.0, dtype=jnp.float32)).astype(jnp.float64))
