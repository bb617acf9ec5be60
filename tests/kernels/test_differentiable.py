"""Derivatives of every order from one pullback, against JAX's own derivatives of the same function."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.kernels import Kernel, differentiable


@dataclasses.dataclass(frozen=True)
class Looped(Kernel):
    """f(x, y) = tanh(s) x with s = sum exp(x) y, by a loop that reverse mode cannot enter."""

    def forward(self, x, y):
        add = lambda i, s: s + jnp.exp(x[i]) * y[i]  # noqa: E731
        s = jax.lax.fori_loop(0, jnp.asarray(x.shape[0]), add, jnp.zeros((), x.dtype))
        return jnp.tanh(s) * x, s

    def pullback(self, args, outputs, cotangents, wanted):
        (x, y), (o, s) = args, outputs
        do, ds = cotangents
        do = jnp.zeros_like(o) if do is None else do
        ds = jnp.zeros_like(s) if ds is None else ds
        g = ds + jnp.dot(do, x) * (1 - jnp.tanh(s) ** 2)
        return jnp.tanh(s) * do + g * jnp.exp(x) * y, g * jnp.exp(x)


@dataclasses.dataclass(frozen=True)
class WithPushforward(Looped):
    def pushforward(self, args, outputs, tangents):
        (x, y), (_, s) = args, outputs
        dx, dy = (jnp.zeros_like(a) if t is None else t for a, t in zip(args, tangents, strict=True))
        ds = jnp.dot(jnp.exp(x) * y, dx) + jnp.dot(jnp.exp(x), dy)
        return (1 - jnp.tanh(s) ** 2) * ds * x + jnp.tanh(s) * dx, ds


def plain(x, y):
    return jnp.tanh(jnp.dot(jnp.exp(x), y)) * x


def summed(f):
    return lambda x, y: jnp.sum(jnp.sin(f(x, y)))


def repeated(f):
    return lambda x, y: jnp.sum(jax.lax.scan(lambda c, _: (f(c, y), c), x, None, length=3)[0])


def stack(x, y):
    return jnp.stack([x, y, x])


BOTH = (0, 1)
TRANSFORMS = {
    "value": lambda f: f,
    "grad": lambda f: jax.grad(summed(f), BOTH),
    "jvp": lambda f: lambda x, y: jax.jvp(f, (x, y), (y, x)),
    "jacfwd": lambda f: jax.jacfwd(f, BOTH),
    "jacrev": lambda f: jax.jacrev(f, BOTH),
    "forward over reverse": lambda f: jax.hessian(f, BOTH),
    "reverse over reverse": lambda f: jax.jacrev(jax.jacrev(f, BOTH), BOTH),
    "reverse over forward": lambda f: jax.jacrev(jax.jacfwd(f, BOTH), BOTH),
    "forward over forward": lambda f: jax.jacfwd(jax.jacfwd(f, BOTH), BOTH),
    "third order": lambda f: jax.jacrev(jax.jacfwd(jax.jacrev(f, BOTH), BOTH), BOTH),
    "third order, one argument at a time": lambda f: jax.jacrev(jax.jacrev(jax.jacrev(f, 0), 1), BOTH),
    "linearize": lambda f: lambda x, y: jax.linearize(f, x, y)[1](y, x),
    "vmap": lambda f: lambda x, y: jax.vmap(f, (0, None))(stack(x, y), y),
    "vmap, last axis": lambda f: lambda x, y: jax.vmap(f, (1, None), 1)(stack(x, y).T, y),
    "vmap of grad": lambda f: lambda x, y: jax.vmap(jax.grad(summed(f), BOTH), (0, None))(stack(x, y), y),
    "grad of vmap": lambda f: jax.grad(lambda x, y: jnp.sum(jax.vmap(f, (0, None))(stack(x, y), y)), BOTH),
    "vmap of hessian": lambda f: lambda x, y: jax.vmap(jax.hessian(f, BOTH), (0, None))(stack(x, y), y),
    "checkpoint": lambda f: jax.grad(summed(jax.checkpoint(f)), BOTH),
    "grad of scan": lambda f: jax.grad(repeated(f), BOTH),
    "hessian of scan": lambda f: jax.hessian(repeated(f), BOTH),
    "jit inside": lambda f: jax.grad(summed(jax.jit(f)), BOTH),
}


@pytest.fixture
def point():
    draw = np.random.default_rng(0)
    with jax.enable_x64(True):
        yield tuple(jnp.asarray(draw.normal(size=4) * 0.3) for _ in range(2))


@pytest.mark.parametrize("kernel", [Looped(), WithPushforward()], ids=lambda k: type(k).__name__)
@pytest.mark.parametrize(
    "name",
    [pytest.param(x, marks=pytest.mark.slow if "third" in x or "hessian" in x else ()) for x in TRANSFORMS],
)
def test_transforms_are_those_of_the_plain_function(name, kernel, point):
    f = lambda x, y: differentiable(kernel)(x, y)[0]  # noqa: E731
    transform = TRANSFORMS[name]
    found, expected = transform(f)(*point), transform(plain)(*point)
    compiled = jax.jit(transform(f))(*point)
    # A few dozen operations of size one and derivatives of size up to ten: 1e-12 is 10^4 roundoffs.
    for ours in (found, compiled):
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12), ours, expected)


def test_the_second_output_has_derivatives_too(point):
    f = lambda x, y: differentiable(Looped())(x, y)[1]  # noqa: E731
    g = lambda x, y: jnp.dot(jnp.exp(x), y)  # noqa: E731
    found, expected = (jax.hessian(h, BOTH)(*point) for h in (f, g))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12), found, expected)


def test_it_can_be_exported(point):
    f = jax.jit(jax.grad(summed(lambda x, y: differentiable(Looped())(x, y)[0])))
    np.testing.assert_array_equal(jax.export.export(f)(*point).call(*point), f(*point))


def test_a_wrong_pullback_shows(point):
    class Wrong(Looped):
        def pullback(self, args, outputs, cotangents, wanted):
            return tuple(2 * x for x in super().pullback(args, outputs, cotangents, wanted))

    f = lambda x, y: differentiable(Wrong())(x, y)[0]  # noqa: E731
    assert not np.allclose(jax.grad(summed(f))(*point), jax.grad(summed(plain))(*point))
