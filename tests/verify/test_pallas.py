"""Kernels are read without being lowered: grids, scratch memory, and memory that nobody wrote."""

import functools

import jax
import jax.numpy as jnp
import pytest
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu

from jaxmath import verify
from jaxmath.verify import internals

SQUARE = jax.ShapeDtypeStruct((8, 8), jnp.float32)
LINE = jax.ShapeDtypeStruct((8,), jnp.float32)
TILE = pl.BlockSpec((4, 8), lambda i: (i, 0))


def _by_tiles(kernel):
    return pl.pallas_call(kernel, grid=(2,), in_specs=[TILE], out_specs=TILE, out_shape=SQUARE)


def _softmax(x_ref, o_ref, power=1.0):
    x = x_ref[...]
    e = jnp.exp(power * (x - x.max(-1, keepdims=True)))
    o_ref[...] = e / e.sum(-1, keepdims=True)


def test_kernel_is_what_it_computes():
    verify.assert_identity(_by_tiles(_softmax), jax.nn.softmax, SQUARE)


def test_kernel_with_another_temperature_is_refuted():
    wrong = _by_tiles(functools.partial(_softmax, power=1.01))
    assert verify.prove_identity(wrong, jax.nn.softmax, SQUARE).verdict == "refuted"


def _accumulate(x_ref, y_ref, o_ref, sum_ref, first):
    @pl.when(pl.program_id(1) == first)
    def _():
        sum_ref[...] = jnp.zeros_like(sum_ref)

    sum_ref[...] += x_ref[...] @ y_ref[...]
    o_ref[...] = sum_ref[...]


def _matmul(first):
    """A kernel for a TPU, with scratch memory that lives through the grid."""
    return pl.pallas_call(
        functools.partial(_accumulate, first=first),
        grid=(2, 2),
        in_specs=[pl.BlockSpec((4, 4), lambda i, k: (i, k)), pl.BlockSpec((4, 8), lambda i, k: (k, 0))],
        out_specs=pl.BlockSpec((4, 8), lambda i, k: (i, 0)),
        out_shape=SQUARE,
        scratch_shapes=[pltpu.VMEM((4, 8), jnp.float32)],
    )


def test_scratch_memory_lives_through_the_grid():
    verify.assert_identity(_matmul(first=0), jnp.matmul, SQUARE, SQUARE)


def test_sum_that_is_cleared_too_late_is_not_proved():
    certificate = verify.prove_identity(_matmul(first=1), jnp.matmul, SQUARE, SQUARE)
    assert certificate.verdict == "refuted"


def test_memory_that_nobody_wrote_is_undefined():
    certificate = verify.prove_identity(_matmul(first=2), jnp.matmul, SQUARE, SQUARE)
    assert certificate.verdict == "unknown"
    assert "undefined" in certificate.reason


def test_output_that_is_not_all_written_is_undefined():
    def kernel(x_ref, o_ref):
        o_ref[:3] = x_ref[:3]

    copy = _by_tiles(kernel)
    assert verify.prove_identity(copy, lambda x: x, SQUARE).verdict == "unknown"


def test_grid_that_does_not_divide_reads_nothing_it_should_not():
    def kernel(x_ref, o_ref):
        o_ref[...] = 2 * x_ref[...]

    tile = pl.BlockSpec((3,), lambda i: (i,))
    double = pl.pallas_call(kernel, grid=(3,), in_specs=[tile], out_specs=tile, out_shape=LINE)
    verify.assert_identity(double, lambda x: x + x, LINE)


def test_kernels_behind_a_custom_rule():
    @jax.custom_vjp
    def soft(x):
        return _by_tiles(_softmax)(x)

    def forward(x):
        p = soft(x)
        return p, p

    def backward(p, dy):
        def kernel(p_ref, dy_ref, o_ref):
            p, dy = p_ref[...], dy_ref[...]
            o_ref[...] = p * (dy - (p * dy).sum(-1, keepdims=True))

        call = pl.pallas_call(kernel, grid=(2,), in_specs=[TILE, TILE], out_specs=TILE, out_shape=SQUARE)
        return (call(p, dy),)

    soft.defvjp(forward, backward)
    verify.assert_vjp(jax.nn.softmax, lambda x, dy: jax.vjp(soft, x)[1](dy)[0], SQUARE)


def test_trace_in_float64_is_read_in_float64():
    with jax.enable_x64(True):
        program = jax.make_jaxpr(lambda x: pl.pallas_call(_softmax, out_shape=x)(x))(jnp.ones((2, 2)))
    (eqn,) = program.eqns
    assert internals.without_grid(eqn).out_avals[0].dtype == jnp.float64


def _unknown_on(monkeypatch, name, value):
    internals.without_grid.cache_clear()
    monkeypatch.setattr(internals, name, value)
    certificate = verify.prove_identity(_by_tiles(_softmax), jax.nn.softmax, SQUARE)
    assert certificate.verdict == "unknown"
    return certificate.reason


def test_interpreter_that_has_moved_is_named(monkeypatch):
    reason = _unknown_on(monkeypatch, "_KERNELS", ("jax._src.pallas.elsewhere", "interpret"))
    assert "`jax._src.pallas.elsewhere.interpret` is needed" in reason
    assert "Use a version of jax" in reason


def test_function_that_has_moved_is_named(monkeypatch):
    reason = _unknown_on(monkeypatch, "_KERNELS", ("jax.numpy", "interpret"))
    assert "`jax.numpy.interpret` is needed" in reason


def test_interpreter_that_wants_more_is_named(monkeypatch):
    def interpret(*args, jaxpr, colour):
        raise AssertionError

    reason = _unknown_on(monkeypatch, "inside", lambda *name: interpret)
    assert "`pallas_call`" in reason
    assert "has no parameter `colour`" in reason


def test_kernel_that_the_interpreter_does_not_know(monkeypatch):
    def interpret(*args, jaxpr):
        raise NotImplementedError("no such operation")

    reason = _unknown_on(monkeypatch, "inside", lambda *name: interpret)
    assert "cannot spell out the kernel: no such operation" in reason
    assert "in `pallas_call`" in reason


@pytest.fixture(autouse=True)
def _fresh():
    yield
    internals.without_grid.cache_clear()
