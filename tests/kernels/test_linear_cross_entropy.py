"""Read-out and loss in blocks, against the textbook: derivatives of the first two orders, types, messages."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, kernels
from jaxmath.kernels.linear_cross_entropy import linear_cross_entropy, linear_token_losses
from jaxmath.notation import NotationError

TARGETS = np.array([0, 3, -100, 10, 2, 5, 7])
HOW = dict(label_smoothing=0.125, z_loss=0.25, soft_cap=1.5)
# Terms of a loss, its gradient and the Hessian are at most this large at these sizes and seeds: scores are
# capped at 1.5, and entries of vectors and tables are below 3.
SIZE = 200.0


def operands(dtype=np.float64, n=7, d=3, v=11):
    rng = np.random.default_rng(0)
    shapes = ((n, d), (v, d), (n,), (v,))
    return tuple(jnp.asarray(rng.uniform(-1, 1, shape), dtype) for shape in shapes)


def losses_of(function, **how):
    return lambda x, table, weights, bias: function(x, table, jnp.array(TARGETS), weights**2, bias, **how)


def hvp(f, *a):
    return jax.jvp(jax.grad(f, (0, 1, 2, 3)), a, operands(n=7))[1]


def reverse_twice(f, *a):
    along = operands()
    gradient = jax.grad(f, (0, 1, 2, 3))
    pair = lambda *a: sum(jnp.vdot(g, t) for g, t in zip(gradient(*a), along, strict=True))  # noqa: E731
    return jax.grad(pair, (0, 1, 2, 3))(*a)


WAYS = {
    "value": lambda f, *a: f(*a),
    "grad": lambda f, *a: jax.grad(f, (0, 1, 2, 3))(*a),
    "jvp": lambda f, *a: jax.jvp(f, a, operands())[1],
    "forward over reverse": hvp,
    "reverse over reverse": reverse_twice,
    "vmap": lambda f, *a: jax.vmap(jax.grad(f))(*(jnp.stack([x, 2 * x]) for x in a)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("block", [(7, 11), (3, 4), (2, 5), 3, 7, None])
def test_blocks_change_nothing(way, block, x64):
    """At most 2000 roundings lead to any of these from sizes of at most 11."""
    ours = losses_of(linear_cross_entropy, block=block, **HOW)
    theirs = losses_of(definitions.linear_cross_entropy, **HOW)
    found, expected = (jax.jit(functools.partial(WAYS[way], f))(*operands()) for f in (ours, theirs))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2000 * SIZE * 2.0**-53)


def test_no_matrix_of_scores_is_made():
    x, table, targets = jnp.ones((256, 8)), jnp.ones((50_000, 8)), jnp.zeros(256, int)
    step = jax.jit(
        jax.value_and_grad(lambda x, e: linear_cross_entropy(x, e, targets, block=(128, 512)), (0, 1))
    )
    used = step.lower(x, table).compile().memory_analysis().temp_size_in_bytes
    assert used < 4 * 256 * 50_000 / 8


def test_a_gradient_beside_its_loss_needs_the_scores_of_its_tokens():
    used = temporary(lambda loss: jax.value_and_grad(loss, (0, 1)))
    assert used < 4 * (32 + 4) * 50_000


def test_a_tangent_does_not_need_the_gradient():
    """Of hidden outputs that nobody reads, XLA computes nothing."""
    used = temporary(lambda loss: lambda *a: jax.jvp(loss, a, a))
    assert used < 4 * 256 * 50_000


def temporary(derivative):
    x, table, targets = jnp.ones((256, 8)), jnp.ones((50_000, 8)), jnp.zeros(256, int)
    step = derivative(lambda x, e: linear_cross_entropy(x, e, targets, block=32))
    return jax.jit(step).lower(x, table).compile().memory_analysis().temp_size_in_bytes


@pytest.mark.parametrize("block, products", [(64, 3), ((64, 1024), 4)])
def test_products_are_not_taken_twice(block, products):
    """Scores, and what is pulled back to vectors and table; scores again where the loss came first."""
    x, table, targets = jnp.ones((64, 128)), jnp.ones((1024, 128)), jnp.zeros(64, int)
    loss = lambda x, e: linear_cross_entropy(x, e, targets, block=block)  # noqa: E731
    step = jax.value_and_grad(loss, (0, 1))
    assert str(jax.make_jaxpr(step)(x, table)).count("dot_general") == products


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_sixteen_bits_add_up_in_float32(dtype):
    x, table, _, _ = operands(np.float32)
    x, table = x.astype(dtype), table.astype(dtype)
    targets = jnp.maximum(jnp.array(TARGETS), 0)
    found = linear_token_losses(x, table, targets, block=(3, 4))
    exact = definitions.linear_token_losses(x.astype(jnp.float32), table.astype(jnp.float32), targets)
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, exact, rtol=0, atol=64 * 4 * 2.0**-24)
    gradient = jax.grad(lambda x, e: linear_cross_entropy(x, e, targets, block=(3, 4)), (0, 1))(x, table)
    assert [g.dtype for g in gradient] == [dtype, dtype]


def test_leading_axes_are_tokens():
    x, table, _, _ = operands(np.float32, n=6)
    targets = jnp.array([[0, 3, 1], [2, 5, 7]])
    found = kernels.linear_token_losses(x.reshape(2, 3, 3), table, targets)
    flat = kernels.linear_token_losses(x, table, targets.ravel())
    assert (found == flat.reshape(2, 3)).all()


def test_nothing_counts():
    x, table, _, _ = operands(np.float32)
    loss = lambda x: linear_cross_entropy(x, table, jnp.full(7, -100))  # noqa: E731
    value, gradient = jax.value_and_grad(loss)(jnp.full_like(x, jnp.nan))
    assert value == 0 and not gradient.any()


def test_messages():
    x, table = jnp.ones((2, 3)), jnp.ones((5, 3))
    with pytest.raises(NotationError, match="d is 3 in x"):
        linear_token_losses(x, jnp.ones((5, 4)), jnp.zeros(2, int))
    with pytest.raises(ValueError, match=r"a target for every vector; x has leading axes \(2,\)"):
        linear_token_losses(x, table, jnp.zeros(3, int))
    with pytest.raises(
        ValueError, match=r"one dtype; got float32 and bfloat16. Pass table.astype\(float32\)"
    ):
        linear_token_losses(x, table.astype(jnp.bfloat16), jnp.zeros(2, int))
    with pytest.raises(ValueError, match=r"block must be \(tokens, words\), both at least 1; got \(0, 4\)"):
        linear_token_losses(x, table, jnp.zeros(2, int), block=(0, 4))
    with pytest.raises(ValueError, match="block must be at least one token; got 0"):
        linear_cross_entropy(x, table, jnp.zeros(2, int), block=0)
