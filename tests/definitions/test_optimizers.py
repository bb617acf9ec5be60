import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmath import definitions as d

STEPS = 4
LR = 0.25


@pytest.fixture
def grads(x64):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal((3, 2))) for _ in range(STEPS)]


def ours(step, state, grads):
    """`step(theta, grad, *state, t)`, from all ones."""

    @jax.jit
    def run(grads):
        theta, now = jnp.ones_like(grads[0]), state
        for t, grad in enumerate(grads, start=1):
            theta, *now = step(theta, grad, *now, t)
        return theta

    return run(grads)


def theirs(optimizer, grads):
    @jax.jit
    def run(grads):
        theta = jnp.ones_like(grads[0])
        state = optimizer.init(theta)
        for grad in grads:
            update, state = optimizer.update(grad, state, theta)
            theta = optax.apply_updates(theta, update)
        return theta

    # Optax mixes precisions.
    with jax.numpy_dtype_promotion("standard"):
        return run(grads)


def agree(a, b, roundings=50, unit=2.0**-53, size=8.0):
    """Two recurrences of at most `roundings` roundings a step, on numbers of size at most `size`."""
    np.testing.assert_allclose(a, b, rtol=0, atol=2 * STEPS * roundings * unit * size)


def zeros(count):
    return [jnp.zeros((3, 2))] * count


def test_sgd(grads):
    agree(ours(lambda w, g, t: (d.sgd(w, g, LR),), [], grads), theirs(optax.sgd(LR), grads))


def test_momentum(grads):
    got = ours(lambda w, g, m, t: d.momentum(w, g, m, LR, 0.5), zeros(1), grads)
    agree(got, theirs(optax.sgd(LR, momentum=0.5), grads))


def test_nesterov(grads):
    got = ours(lambda w, g, m, t: d.nesterov(w, g, m, LR, 0.5), zeros(1), grads)
    agree(got, theirs(optax.sgd(LR, momentum=0.5, nesterov=True), grads))


def test_momentum_is_polyaks(grads):
    """The recurrence of the source, in the last two points."""
    points = [np.ones((3, 2))] * 2
    for g in grads:
        points.append(points[-1] - LR * np.asarray(g) + 0.5 * (points[-1] - points[-2]))
    agree(ours(lambda w, g, m, t: d.momentum(w, g, m, LR, 0.5), zeros(1), grads), points[-1])


def test_adam(grads):
    got = ours(lambda w, g, m, v, t: d.adam(w, g, m, v, t, LR, 0.75, 0.875, 0.125), zeros(2), grads)
    agree(got, theirs(optax.adam(LR, 0.75, 0.875, 0.125), grads))


def test_adam_is_that_of_the_source(grads):
    m, v, theta = np.zeros((3, 2)), np.zeros((3, 2)), np.ones((3, 2))
    for t, grad in enumerate(grads, start=1):
        g = np.asarray(grad)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta = theta - LR * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    # 1 - b2^t loses three digits.
    agree(ours(lambda w, g, m, v, t: d.adam(w, g, m, v, t, LR), zeros(2), grads), theta, size=8 / 0.001)


def test_adamw(grads):
    got = ours(
        lambda w, g, m, v, t: d.adamw(w, g, m, v, t, LR, 0.75, 0.875, 0.125, weight_decay=0.5),
        zeros(2),
        grads,
    )
    agree(got, theirs(optax.adamw(LR, 0.75, 0.875, 0.125, weight_decay=0.5), grads))


def test_lion(grads):
    got = ours(lambda w, g, m, t: d.lion(w, g, m, LR, 0.5, 0.75, weight_decay=0.5), zeros(1), grads)
    agree(got, theirs(optax.lion(LR, 0.5, 0.75, weight_decay=0.5), grads))


def test_adafactor(grads):
    def step(w, g, row, col, t):
        return d.adafactor(w, g, row, col, LR, d.adafactor_decay(t))

    got = ours(step, [jnp.zeros(3), jnp.zeros(2)], grads)
    peer = optax.adafactor(LR, min_dim_size_to_factor=1, decay_rate=0.8, clipping_threshold=1.0)
    # Optax computes the decay in float32.
    agree(got, theirs(peer, grads), unit=2.0**-24)


def test_adafactor_is_that_of_the_source(grads):
    """Algorithm 4, with sums of rows and columns, not means."""
    x, r, c = np.ones((3, 2)), np.zeros(3), np.zeros(2)
    for t, grad in enumerate(grads, start=1):
        g, b2 = np.asarray(grad), 1 - t**-0.8
        r = b2 * r + (1 - b2) * (g**2 + 1e-30) @ np.ones(2)
        c = b2 * c + (1 - b2) * np.ones(3) @ (g**2 + 1e-30)
        u = g / np.sqrt(np.outer(r, c) / r.sum())
        u = u / max(1, np.sqrt((u**2).mean()) / 1.0)
        x = x - LR * max(1e-3, np.sqrt((x**2).mean())) * u
    step = lambda w, g, row, col, t: d.adafactor(w, g, row, col, LR, d.adafactor_decay(t))  # noqa: E731
    agree(ours(step, [jnp.zeros(3), jnp.zeros(2)], grads), x)


def test_factored_rms(grads):
    """The update itself: a step of Adafactor hides its size where it clips."""

    def step(w, g, row, col, t):
        return d.factored_rms(g, row, col, d.adafactor_decay(t))

    peer = optax.scale_by_factored_rms(min_dim_size_to_factor=1)
    state = peer.init(grads[0])
    with jax.numpy_dtype_promotion("standard"):
        for grad in grads:
            update, state = jax.jit(peer.update)(grad, state, grad)
    # Optax computes the decay in float32.
    agree(ours(step, [jnp.zeros(3), jnp.zeros(2)], grads), update, unit=2.0**-24)


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clip(limit, grads):
    tree = {"a": grads[0], "b": [grads[1]]}
    peer = optax.clip_by_global_norm(limit)
    expected, _ = peer.update(tree, peer.init(tree))
    jax.tree.map(agree, d.clip_by_global_norm(tree, limit), expected)
    flat = np.concatenate([np.ravel(g) for g in grads[:2]])
    agree(d.global_norm(tree), np.linalg.norm(flat))


def test_clip_of_zero(dtype):
    zero = jnp.zeros(2, dtype)
    assert not d.clip_by_global_norm([zero], 1.0)[0].any()
    assert not d.clip_by_global_norm([zero], 0.0)[0].any()


def test_dtype_is_kept(dtype):
    w, z = jnp.ones((2, 3), dtype), jnp.zeros((2, 3), dtype)
    row, col = jnp.zeros(2, dtype), jnp.zeros(3, dtype)

    @jax.jit
    def steps(w, z, row, col):
        return (
            d.sgd(w, w, 0.1),
            d.momentum(w, w, z, 0.1),
            d.nesterov(w, w, z, 0.1),
            d.adamw(w, w, z, z, 1, 0.1),
            d.lion(w, w, z, 0.1),
            d.adafactor(w, w, row, col, 0.1, d.adafactor_decay(2)),
            d.clip_by_global_norm([w], 1.0),
        )

    for a in jax.tree.leaves(steps(w, z, row, col)):
        assert a.dtype == dtype and np.isfinite(np.asarray(a, float)).all()


def test_hyper_parameters_may_be_arrays(x64):
    w, z, s = jnp.ones((2, 3)), jnp.zeros((2, 3)), jnp.array(0.5)
    row, col = jnp.zeros(2), jnp.zeros(3)

    def everything(s):
        return (
            d.nesterov(w, w, z, s, s),
            d.adamw(w, w, z, z, 2, s, s, s, s, s),
            d.lion(w, w, z, s, s, s, s),
            d.adafactor(w, w, row, col, s, s, s, s, s),
            d.adafactor_decay(3, s),
            d.clip_by_global_norm([w], s),
        )

    jax.tree.map(agree, jax.jit(everything)(s), jax.jit(lambda: everything(0.5))())
