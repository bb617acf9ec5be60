import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from jaxmath import definitions as d

soft_cap = jax.jit(d.soft_cap)
X = np.array([-8.0, -3.0, -1.0, -0.125, 0.0, 0.5, 1.0, 2.0, 6.0])

EXACT = {
    d.relu: lambda x: max(x, 0),
    d.relu_squared: lambda x: max(x, 0) ** 2,
    d.gelu: lambda x: x * mpmath.ncdf(x),
    d.gelu_tanh: lambda x: x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + 0.044715 * x**3))),
    d.silu: lambda x: x / (1 + mpmath.exp(-x)),
    d.sigmoid: lambda x: 1 / (1 + mpmath.exp(-x)),
    d.softplus: lambda x: mpmath.log(1 + mpmath.exp(x)),
}


def reference(f, x):
    with mpmath.workdps(30):
        return np.array([float(EXACT[f](mpmath.mpf(float(a)))) for a in x])


@pytest.mark.parametrize("f", EXACT, ids=lambda f: f.__name__)
def test_value(f, dtype, close, elementary):
    # Two elementary functions; the argument of tanh has six roundings and enters with x tanh'(x) < 1/2;
    # the sum 1 + erf, and 1 + tanh, is rounded in units of 1, not of itself.
    close(
        jax.jit(f)(jnp.asarray(X, dtype)),
        reference(f, X),
        2 * elementary + 6,
        size=np.maximum(1, np.abs(X)) ** 2,
    )


@pytest.mark.parametrize("f", EXACT, ids=lambda f: f.__name__)
def test_derivative(f, x64, elementary):
    points = X[X != 0]
    with mpmath.workdps(30):
        expected = [float(mpmath.diff(EXACT[f], mpmath.mpf(x))) for x in points]
    got = jax.jit(jax.vmap(jax.grad(f)))(jnp.asarray(points))
    # The same roundings, in the two or three terms of a derivative, which grow like x^2.
    np.testing.assert_allclose(got, expected, rtol=0, atol=3 * (2 * elementary + 6) * 2.0**-53 * 64)


def test_derivative_at_the_corner(dtype):
    zero = jnp.zeros((), dtype)
    assert jax.grad(d.relu)(zero) == 0 and jax.grad(d.relu_squared)(zero) == 0


@pytest.mark.parametrize("f", EXACT, ids=lambda f: f.__name__)
def test_far_away(f, dtype):
    x = jnp.asarray([-1e4, 1e4], dtype)
    for values in jax.jit(jax.vmap(jax.value_and_grad(f)))(x):
        assert np.isfinite(np.asarray(values, float)).all()


@pytest.mark.parametrize("cap", [0.5, 4.0])
def test_soft_cap(cap, dtype, close, elementary):
    with mpmath.workdps(30):
        expected = [float(cap * mpmath.tanh(mpmath.mpf(x) / cap)) for x in X]
    close(soft_cap(jnp.asarray(X, dtype), cap), expected, elementary + 3, size=np.abs(expected))
    close(
        soft_cap(jnp.asarray(X, dtype), jnp.asarray(cap, dtype)),
        expected,
        elementary + 3,
        size=np.abs(expected),
    )
