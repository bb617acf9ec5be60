"""Convolutions and ragged products are the sums they abbreviate."""

import functools

import jax
import jax.numpy as jnp
import pytest
from jax import lax

from jaxmath import verify
from jaxmath.verify import internals

STEPS = dict(window_strides=(2, 1), padding=((1, 1), (0, 2)), rhs_dilation=(1, 2))


def _spec(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def _convolved(x, k, groups=1):
    return lax.conv_general_dilated(x, k, feature_group_count=groups, **STEPS)


def _summed(x, k, groups=1):
    """The sum that `_convolved` abbreviates, term by term."""
    outs, features, high, wide = k.shape
    padded = jnp.pad(x, ((0, 0), (0, 0), (1, 1), (0, 2)))
    rows = (padded.shape[2] - high) // 2 + 1
    columns = padded.shape[3] - 2 * (wide - 1)

    def feature(o):
        first = o // (outs // groups) * features
        return sum(
            padded[:, first + i, a : a + 2 * rows - 1 : 2, 2 * b : 2 * b + columns] * k[o, i, a, b]
            for i in range(features)
            for a in range(high)
            for b in range(wide)
        )

    return jnp.stack([feature(o) for o in range(outs)], 1)


ONE = 1, (_spec(1, 2, 3, 3), _spec(2, 2, 2, 2))
TWO = 2, (_spec(1, 4, 3, 3), _spec(2, 2, 2, 2))


@pytest.mark.parametrize(("groups", "args"), [ONE, TWO])
def test_convolution_is_the_sum(groups, args):
    verify.assert_identity(_convolved, _summed, *args) if groups == 1 else None
    left, right = (functools.partial(f, groups=groups) for f in (_convolved, _summed))
    verify.assert_identity(left, right, *args)


@pytest.mark.parametrize(("groups", "args"), [ONE, TWO])
def test_derivative_of_the_convolution(groups, args):
    left, right = (functools.partial(f, groups=groups) for f in (_summed, _convolved))
    verify.assert_vjp(left, lambda x, k, dy: jax.vjp(right, x, k)[1](dy), *args)


def test_flipped_kernel_is_refuted():
    certificate = verify.prove_identity(_convolved, lambda x, k: _summed(x, k[:, :, ::-1]), *ONE[1])
    assert certificate.verdict == "refuted"


def test_layout_of_images():
    def last(x, k):
        return lax.conv_general_dilated(x, k, dimension_numbers=("NHWC", "HWIO", "NHWC"), **STEPS)

    def first(x, k):
        return _summed(x.transpose(0, 3, 1, 2), k.transpose(3, 2, 0, 1)).transpose(0, 2, 3, 1)

    verify.assert_identity(last, first, _spec(1, 3, 3, 2), _spec(2, 2, 2, 2))


SIZES = jnp.array([2, 0, 1])
RAGGED = _spec(3, 2), _spec(3, 2, 2)


def _ragged(x, w):
    return lax.ragged_dot(x, w, SIZES)


def _split(x, w, last=2):
    return jnp.concatenate([x[:2] @ w[0], x[2:] @ w[last]])


def test_ragged_product_is_a_product_for_each_group():
    verify.assert_identity(_ragged, _split, *RAGGED)
    verify.assert_vjp(_split, lambda x, w, dy: jax.vjp(_ragged, x, w)[1](dy), *RAGGED)


def test_ragged_product_with_another_group_is_refuted():
    assert verify.prove_identity(_ragged, functools.partial(_split, last=1), *RAGGED).verdict == "refuted"


def test_lowering_that_has_moved_is_named(monkeypatch):
    internals.without_groups.cache_clear()
    monkeypatch.setattr(internals, "_RAGGED", ("jax._src.lax.lax", "elsewhere"))
    certificate = verify.prove_identity(_ragged, _split, *RAGGED)
    assert certificate.verdict == "unknown"
    assert "`jax._src.lax.lax.elsewhere` is needed" in certificate.reason
