"""Derivatives of attention of every kind and order, against those of a reference that JAX differentiates.

In float64, in blocks much smaller than the arguments. What a derivative may be off by is counted
roundings times the same derivative of a program in which nothing cancels (`_attention_bounds.majorant`).
"""

import functools
import os
import subprocess
import sys

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmath
from tests.kernels import _attention_bounds as bounds
from tests.kernels import _attention_reference as reference
from tests.kernels._attention_cases import Call

BLOCK = (2, 3, 1)
REST = ["q", "k", "v", "sink", "mask", "key_lengths"]
CASES = {
    "everything at once": (
        "bias",
        "sink",
        "slopes",
        "soft-cap",
        "window at the end",
        "mask of pairs",
        "scale that moves",
    ),
    "plain": (),
    "holes": ("bias with holes", "key lengths"),
    "capped bias": ("soft-cap over a bias", "prefix", "segments"),
    "dropout": ("dropout", "causal", "bias of heads"),
}
FIRST = next(iter(CASES))


@pytest.fixture(autouse=True)
def sixty_four_bits(x64):
    """All of these."""


def ways_of(f):
    """What is made of a function with two outputs, by name: the order, and a function of x, x', x'', c."""

    def loss(x, c):
        return sum(jnp.vdot(a, b) for a, b in zip(f(x), c, strict=True))

    def along(g, *directions):
        for t in directions:
            g = functools.partial(lambda g, t, x: jax.jvp(g, (x,), (t,))[1], g, t)
        return g

    def gradient(c):
        return jax.grad(lambda x: loss(x, c))

    return {
        "jvp": (1, lambda x, s, t, c: along(f, s)(x)),
        "grad": (1, lambda x, s, t, c: gradient(c)(x)),
        "linearize": (1, lambda x, s, t, c: jax.linearize(f, x)[1](s)),
        "transpose of linearize": (
            1,
            lambda x, s, t, c: jax.linear_transpose(jax.linearize(f, x)[1], x)(c),
        ),
        "forward over forward": (2, lambda x, s, t, c: along(f, s, t)(x)),
        "forward over reverse": (2, lambda x, s, t, c: along(gradient(c), s)(x)),
        "reverse over forward": (2, lambda x, s, t, c: jax.grad(along(lambda x: loss(x, c), s))(x)),
        "reverse over reverse": (
            2,
            lambda x, s, t, c: jax.grad(lambda x: _dot(gradient(c)(x), s))(x),
        ),
        "forward over forward over reverse": (3, lambda x, s, t, c: along(gradient(c), s, t)(x)),
        "reverse over reverse over reverse": (
            3,
            lambda x, s, t, c: jax.grad(lambda x: _dot(jax.grad(lambda x: _dot(gradient(c)(x), s))(x), t))(x),
        ),
        "vmap of grad": (1, lambda x, s, t, c: jax.vmap(jax.grad(loss), (None, 0))(x, _pair(c))),
        "grad of vmap": (
            1,
            lambda x, s, t, c: jax.grad(lambda x: jax.vmap(lambda c: loss(x, c))(_pair(c)).sum())(x),
        ),
        "jvp of vmap of grad": (2, lambda x, s, t, c: along(jax.vmap(gradient(c)), _pair(s))(_pair(x))),
        "grad of checkpoint": (1, lambda x, s, t, c: jax.grad(lambda x: jax.checkpoint(loss)(x, c))(x)),
        "grad of scan": (
            1,
            lambda x, s, t, c: jax.grad(lambda x: _scanned(lambda c: loss(x, c), _pair(c)))(x),
        ),
    }


def _dot(a, b):
    return sum(jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def _pair(tree):
    """Two of them, the second one half as large."""
    return jax.tree.map(lambda x: jnp.stack([x, x / 2]), tree)


def _scanned(f, xs):
    return jax.lax.scan(lambda total, x: (total + f(x), None), jnp.zeros(()), xs)[0]


def operands(call, seed=2):
    """A point, two directions and cotangents."""
    rng = np.random.default_rng(seed)
    s, t = ({x: jnp.asarray(rng.standard_normal(v.shape)) for x, v in call.values.items()} for _ in range(2))
    return call.values, s, t, call.cotangents()


def textbook(call):
    fixed = {x: y for x, y in call.told().items() if x not in call.values}
    return lambda values: reference.attention(**values, **fixed, xp=jnp)


def check(way, names, n=5, m=7, **sizes):
    call = Call.draw(names, n, m, d=2, e=3, dtype="float64", **sizes)
    given = operands(call)
    order, ours = ways_of(lambda values: call.function(block=BLOCK)(values, call.arrays))[way]
    found = jax.jit(ours)(*given)
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        told = call.told()
        float64 = {x: np.asarray(told[x], np.float64) for x in call.values}
        expected = jax.jit(ways_of(textbook(call))[way][1])(*given)
        above = bounds.majorant(**told | float64)
        size = jax.jit(ways_of(above)[way][1])(*jax.tree.map(jnp.abs, given))
    # The reference, in the same precision, is as far off.
    limit = 2 * bounds.bound(bounds.roundings(**float64, order=order), jnp.float64, order)
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for a, b, c in zip(*map(jax.tree.leaves, (found, expected, size)), strict=True):
        bounds.check(jnp.where(b == -jnp.inf, 0, a), jnp.where(b == -jnp.inf, 0, b), c, limit)


WAYS = list(ways_of(lambda x: x))


# The others take a minute together.
FAST = ("jvp", "forward over reverse", "reverse over reverse")


@pytest.mark.parametrize("way", [x if x in FAST else pytest.param(x, marks=pytest.mark.slow) for x in WAYS])
def test_every_way(way):
    check(way, CASES[FIRST])


# Every way with a third of the cases, every case with a third of the ways.
OTHERS = [
    (way, case) for i, way in enumerate(WAYS) for j, case in enumerate(list(CASES)[1:]) if (i + j) % 3 == 0
]


@pytest.mark.slow
@pytest.mark.parametrize(("way", "case"), OTHERS)
def test_ways_with_other_options(way, case):
    check(way, CASES[case])


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_way_with_shared_keys(way):
    check(way, CASES["dropout"], 4, 5, shared=True)


@pytest.mark.slow
def test_whole_jacobians_and_hessians():
    """All columns at once: what vmap makes of the rules, in both modes."""
    call = Call.draw(("causal", "bias of keys"), 2, 3, d=1, e=1, lead=(1, 2), dtype="float64")
    f = call.function(block=(1, 2, 1))

    def flat(f):
        return lambda values: f(values)[0].ravel()

    @jax.jit
    def ours(values):
        g = flat(lambda values: f(values, call.arrays))
        return (
            jax.jacfwd(g)(values),
            jax.jacrev(g)(values),
            jax.hessian(g)(values),
            jax.jacrev(jax.jacrev(g))(values),
        )

    forward, reverse, hessian, twice = ours(call.values)
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        g = flat(textbook(call))
        first, second = jax.jit(lambda x: (jax.jacfwd(g)(x), jax.hessian(g)(x)))(call.values)
        told = call.told() | {x: np.asarray(y, np.float64) for x, y in call.values.items()}
        h = flat(bounds.majorant(**told))
        sizes = jax.jit(lambda x: (jax.jacfwd(h)(x), jax.hessian(h)(x)))(jax.tree.map(jnp.abs, call.values))
    for order, found, expected, size in (
        (1, forward, first, sizes[0]), (1, reverse, first, sizes[0]),
        (2, hessian, second, sizes[1]), (2, twice, second, sizes[1]),
    ):  # fmt: skip
        limit = 2 * bounds.bound(bounds.roundings(**told, order=order), jnp.float64, order)
        for a, b, c in zip(*map(jax.tree.leaves, (found, expected, size)), strict=True):
            bounds.check(a, b, c, limit)


@pytest.mark.parametrize("name", ["bias", *(pytest.param(x, marks=pytest.mark.slow) for x in REST)])
def test_vmap_over_one_argument(name):
    """Gradients of the squares of answers and of log-sum-exps, for two values of one argument at once."""
    call = Call.draw(("bias", "sink", "mask", "key lengths"), 3, 4, d=2, e=2, dtype="float64")
    given = call.values | call.arrays
    alone = given[name]
    others = {"mask": jnp.flip, "key_lengths": lambda lengths: 4 - lengths}
    other = others.get(name, lambda values: values / 2)(alone)

    def loss(floating, others):
        out, lse = jaxmath.attention(**floating, **others, block=BLOCK, return_lse=True)
        return (out**2).sum() + jnp.where(lse > -jnp.inf, lse, 0).sum()

    def gradient(one):
        all_ = given | {name: one}
        return jax.grad(loss)({x: all_[x] for x in call.values}, {x: all_[x] for x in call.arrays})

    mapped = jax.jit(jax.vmap(gradient))(jnp.stack([alone, other]))
    for i, one in enumerate((alone, other)):
        told = {x: np.asarray(y) for x, y in (given | {name: one}).items()}
        out, lse = reference.attention(**told)
        cotangents = dict(do=2 * out, dlse=np.where(lse > -np.inf, 1.0, 0.0))
        expected, size = (reference.pullback(**cotangents, **told, sizes=x) for x in (False, True))
        # The cotangents are as far off as the answers.
        limit = 2 * bounds.bound(bounds.roundings(**told, order=1), jnp.float64, 1)
        for x in mapped:
            bounds.check(mapped[x][i], expected[x], size[x], limit)


def test_an_exported_gradient_is_the_gradient():
    call = Call.draw(("causal", "sink"), 5, 7, dtype="float64")
    f = call.function(block=BLOCK)
    gradient = jax.jit(jax.grad(lambda values: f(values, call.arrays)[0].sum()))
    again = jax.export.export(gradient)(call.values).call(call.values)
    for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(gradient(call.values)), strict=True):
        np.testing.assert_array_equal(a, b)


SHARDED = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import PartitionSpec as P
import jaxmath
mesh = jax.make_mesh((2,), ("items",), axis_types=(jax.sharding.AxisType.Auto,))
q, k, v = (jnp.asarray(np.random.default_rng(i).standard_normal((2, 3, 5, 4)), "float32") for i in range(3))
spec = P("items")

def loss(*args):
    return jaxmath.attention(*args, causal=True, block=(2, 3, 1))

def pulled(*args):
    out, pullback = jax.vjp(loss, *args)
    return out, pullback(out)

def moved(*args):
    return jax.jvp(pulled, args, args)

sharded = jax.jit(jax.shard_map(moved, mesh=mesh, in_specs=(spec,) * 3, out_specs=spec))(q, k, v)
for a, b in zip(jax.tree.leaves(sharded), jax.tree.leaves(jax.jit(moved)(q, k, v)), strict=True):
    assert len(a.sharding.device_set) == 2
    np.testing.assert_array_equal(a, b)
print("alike")
"""


@pytest.mark.slow
def test_items_may_lie_on_two_devices():
    """Under `shard_map`, in a process with two devices: answers, cotangents and their tangents."""
    flags = dict(os.environ, XLA_FLAGS="--xla_force_host_platform_device_count=2", JAX_PLATFORMS="cpu")
    done = subprocess.run([sys.executable, "-c", SHARDED], env=flags, capture_output=True, text=True)
    assert done.stdout == "alike\n", done.stderr[-2000:]
