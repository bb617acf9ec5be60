"""Programs whose equations are mutated one at a time: small kernels as users write them, one of JAX's own.

Sizes that meet in one program are often equal, so that a changed axis or order still fits.
"""

import dataclasses
import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

EPS = 1e-5
MASK = np.tril(np.ones((4, 4), bool))
TARGETS = np.array([1, 3, 0, 5])


@dataclasses.dataclass(frozen=True)
class Program:
    """A function, the shapes of its arguments, and for a backward pass the function that it belongs to."""

    run: Callable
    shapes: tuple[tuple[int, ...], ...]
    forward: Callable | None = None

    @property
    def specs(self) -> list[jax.ShapeDtypeStruct]:
        return [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in self.shapes]


# Attention.


def naive(q, k, v):
    scores = jnp.where(MASK, q @ k.T / jnp.sqrt(jnp.float32(q.shape[1])), -jnp.inf)
    return jax.nn.softmax(scores) @ v


def _scores(q, k, first, block):
    """Scaled scores of all queries with one block of keys, and who may see whom."""
    rows = jnp.arange(q.shape[0])[:, None]
    seen = rows >= first + jnp.arange(block)[None]
    return jnp.where(seen, q @ k.T / jnp.sqrt(jnp.float32(q.shape[1])), -jnp.inf)


def _blocks(x, block):
    return x.reshape(-1, block, x.shape[1])


def blockwise(q, k, v, block=2):
    def step(carry, part):
        top, total, mean = carry
        first, keys, values = part
        s = _scores(q, keys, first, block)
        new = jnp.maximum(top, s.max(1))
        old, p = jnp.exp(top - new), jnp.exp(s - new[:, None])
        return (new, total * old + p.sum(1), mean * old[:, None] + p @ values), None

    n, e = q.shape[0], v.shape[1]
    start = jnp.full(n, -jnp.inf), jnp.zeros(n), jnp.zeros((n, e))
    firsts = jnp.arange(0, k.shape[0], block)
    (top, total, mean), _ = jax.lax.scan(step, start, (firsts, _blocks(k, block), _blocks(v, block)))
    return mean / total[:, None], top + jnp.log(total)


def blockwise_vjp(q, k, v, do, block=2):
    o, lse = blockwise(q, k, v, block)
    delta = (do * o).sum(1)
    scale = 1.0 / jnp.sqrt(jnp.float32(q.shape[1]))

    def step(dq, part):
        first, keys, values = part
        p = jnp.exp(_scores(q, keys, first, block) - lse[:, None])
        ds = p * (do @ values.T - delta[:, None])
        return dq + ds @ keys * scale, (ds.T @ q * scale, p.T @ do)

    firsts = jnp.arange(0, k.shape[0], block)
    parts = firsts, _blocks(k, block), _blocks(v, block)
    dq, (dk, dv) = jax.lax.scan(step, jnp.zeros_like(q), parts)
    return dq, dk.reshape(k.shape), dv.reshape(v.shape)


def grouped(q, k, v):
    """Four query heads on two heads of keys and values, no batch."""
    h, n, d = q.shape
    q = q.reshape(k.shape[0], -1, n, d)
    s = jnp.einsum("ghnd,gmd->ghnm", q, k) / jnp.sqrt(jnp.float32(d))
    p = jax.nn.softmax(jnp.where(MASK[:n, :n], s, -1e30), axis=-1)
    return jnp.einsum("ghnm,gmd->ghnd", p, v).reshape(h, n, d)


def decode(q, k, v):
    """Token by token, with keys and values in a cache."""
    n, d = q.shape

    def step(cache, token):
        i, a, b, c = token
        keys = jax.lax.dynamic_update_slice(cache[0], b[None], (i, 0))
        values = jax.lax.dynamic_update_slice(cache[1], c[None], (i, 0))
        s = jnp.where(jnp.arange(n) <= i, keys @ a / jnp.sqrt(jnp.float32(d)), -jnp.inf)
        p = jnp.exp(s - s.max())
        return (keys, values), p @ values / p.sum()

    empty = jnp.zeros_like(k), jnp.zeros_like(v)
    return jax.lax.scan(step, empty, (jnp.arange(n), q, k, v))[1]


def windowed(q, k, v):
    """JAX's own attention, each query with itself and two keys before it."""
    add = functools.partial(jnp.expand_dims, axis=(0, 2))
    out = jax.nn.dot_product_attention(add(q), add(k), add(v), is_causal=True, local_window_size=(2, 0))
    return jnp.squeeze(out, (0, 2))


def linear_recurrence(q, k, v, decay):
    """Retention in chunks of two."""
    d, e = q.shape[1], v.shape[1]
    ages = np.arange(2)
    inner = jnp.where(np.tril(np.ones((2, 2), bool)), decay ** (ages[:, None] - ages).astype(np.float32), 0.0)

    def step(state, part):
        a, b, c = part
        from_before = (a * decay ** (ages + 1.0).astype(np.float32)[:, None]) @ state
        kept = b * decay ** (1.0 - ages).astype(np.float32)[:, None]
        return decay**2 * state + kept.T @ c, from_before + (inner * (a @ b.T)) @ c

    chunks = [x.reshape(-1, 2, x.shape[1]) for x in (q, k, v)]
    return jax.lax.scan(step, jnp.zeros((d, e)), tuple(chunks))[1].reshape(-1, e)


# Norms.


def layer_norm(x, w, b):
    centred = x - x.mean(1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(1, keepdims=True) + EPS) * w[None] + b[None]


def layer_norm_vjp(x, w, b, dy):
    centred = x - x.mean(1, keepdims=True)
    r = jax.lax.rsqrt((centred**2).mean(1, keepdims=True) + EPS)
    h, g = centred * r, dy * w[None]
    dx = r * (g - g.mean(1, keepdims=True) - h * (g * h).mean(1, keepdims=True))
    return dx, (dy * h).sum(0), dy.sum(0)


def rms_norm(x, w):
    return x / jnp.sqrt((x * x).mean(1, keepdims=True) + 1e-6) * (1.0 + w[None])


def rms_norm_vjp(x, w, dy):
    r = jax.lax.rsqrt((x * x).mean(1, keepdims=True) + 1e-6)
    g = dy * (1.0 + w[None])
    return r * g - x * r**3 * (g * x).mean(1, keepdims=True), (dy * x * r).sum(0)


# Losses.


def chunked_cross_entropy(x, w):
    """Rows against a vocabulary in chunks of three, the log-sum-exp kept running."""

    def step(carry, part):
        top, total, at_target = carry
        first, columns = part
        z = x @ columns.T
        new = jnp.maximum(top, z.max(1))
        total = total * jnp.exp(top - new) + jnp.exp(z - new[:, None]).sum(1)
        hit = TARGETS[:, None] - first == jnp.arange(3)[None]
        return (new, total, at_target + jnp.where(hit, z, 0.0).sum(1)), None

    n = x.shape[0]
    start = jnp.full(n, -jnp.inf), jnp.zeros(n), jnp.zeros(n)
    chunks = jnp.arange(0, w.shape[0], 3), w.reshape(-1, 3, w.shape[1])
    (top, total, at_target), _ = jax.lax.scan(step, start, chunks)
    return jnp.log(total) + top - at_target


def smoothed_loss(z):
    """Label smoothing and z-loss, one target counted three times."""
    lse = jax.nn.logsumexp(z, axis=1)
    log_p = z - lse[:, None]
    hard = -jnp.take_along_axis(log_p, TARGETS[:2, None], 1)[:, 0]
    loss = 0.9 * hard - 0.1 * log_p.mean(1) + 1e-4 * lse**2
    counted = jnp.array([1.0, 3.0])
    return (loss * counted).sum() / counted.sum()


def cross_entropy_vjp(z, w, dy):
    """Of `lambda z, w: w * cross entropy` by rows."""
    p = jax.nn.softmax(z)
    one = TARGETS[:, None] == jnp.arange(z.shape[1])[None]
    hard = jax.nn.logsumexp(z, axis=1) - jnp.where(one, z, 0.0).sum(1)
    return (dy * w)[:, None] * (p - one.astype(p.dtype)), dy * hard


def weighted_cross_entropy(z, w):
    return -w * jnp.take_along_axis(jax.nn.log_softmax(z), TARGETS[:, None], 1)[:, 0]


# Positions, feed-forward parts, a block, a step of training.


def rotated_scores(q, k, frequencies):
    """Rotary embedding of both sides, halves rotated, then the scores."""

    def turn(x):
        angle = jnp.arange(x.shape[0], dtype=x.dtype)[:, None] * frequencies[None]
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        a, b = jnp.split(x, 2, axis=1)
        return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=1)

    return turn(q) @ turn(k).T


def gelu_mlp(x, w1, b1, w2, b2):
    y = x @ w1 + b1[None]
    cubic = jnp.sqrt(2 / jnp.pi) * (y + 0.044715 * y**3)
    return (0.5 * y * (1 + jnp.tanh(cubic))) @ w2 + b2[None]


def gated_mlp(x, w, v, out):
    a = x @ w
    return (a / (1 + jnp.exp(-a)) * (x @ v)) @ out


def block(x, wq, wk, wv, wo, w1, w2):
    """Pre-norm, two causal heads, an exact GELU."""
    n, d = x.shape

    def norm(y):
        y = y - y.mean(1, keepdims=True)
        return y / jnp.sqrt((y * y).mean(1, keepdims=True) + EPS)

    y = norm(x)
    q, k, v = ((y @ w).reshape(n, 2, d // 2).transpose(1, 0, 2) for w in (wq, wk, wv))
    s = jnp.where(MASK[:n, :n], q @ k.transpose(0, 2, 1) / jnp.sqrt(jnp.float32(d // 2)), -jnp.inf)
    x = x + (jax.nn.softmax(s) @ v).transpose(1, 0, 2).reshape(n, d) @ wo
    return x + jax.nn.gelu(norm(x) @ w1, approximate=False) @ w2


def adam(p, m, s, g):
    """The third step of AdamW."""
    m = 0.9 * m + (1 - 0.9) * g
    s = 0.999 * s * s + (1 - 0.999) * g**2
    rate = 1e-3 * (m / (1 - 0.9**3)) / (jnp.sqrt(s / (1 - 0.999**3)) + 1e-8)
    return p - rate - 1e-5 * p, m, s


def adam_symbolic(p, m, s, g, rate, b1, b2, eps):
    m, s = b1 * m + (1 - b1) * g, b2 * s * s + (1 - b2) * g * g
    return p - rate * (m / (1 - b1**2)) / (jnp.sqrt(s / (1 - b2**2)) + eps)


def biased_scores(q, k, table):
    """ALiBi on one head, learnt distances on the other, a soft-cap before both and a sink after."""
    n = q.shape[1]
    distance = np.arange(n)[:, None] - np.arange(n)
    slopes = 2.0 ** (-4.0 * jnp.arange(1, 2, dtype=jnp.float32))
    bias = jnp.stack([-slopes[0] * np.abs(distance).astype(np.float32), table[np.abs(distance)]])
    s = 5.0 * jnp.tanh(jnp.einsum("hnd,hmd->hnm", q, k) / 5.0) + bias
    e = jnp.exp(s)
    return e / (e.sum(2, keepdims=True) + jnp.exp(table[0]))


PROGRAMS = {
    "blockwise": Program(blockwise, ((4, 3), (4, 3), (4, 3))),
    "blockwise_vjp": Program(blockwise_vjp, ((4, 3), (4, 3), (4, 3), (4, 3)), naive),
    "grouped": Program(grouped, ((4, 3, 2), (2, 3, 2), (2, 3, 2))),
    "decode": Program(decode, ((4, 4), (4, 4), (4, 4))),
    "windowed": Program(windowed, ((4, 2), (4, 2), (4, 2))),
    "linear_recurrence": Program(linear_recurrence, ((4, 2), (4, 2), (4, 2), ())),
    "layer_norm": Program(layer_norm, ((4, 4), (4,), (4,))),
    "layer_norm_vjp": Program(layer_norm_vjp, ((4, 4), (4,), (4,), (4, 4)), layer_norm),
    "rms_norm": Program(rms_norm, ((4, 4), (4,))),
    "rms_norm_vjp": Program(rms_norm_vjp, ((4, 4), (4,), (4, 4)), rms_norm),
    "chunked_cross_entropy": Program(chunked_cross_entropy, ((4, 2), (6, 2))),
    "smoothed_loss": Program(smoothed_loss, ((2, 4),)),
    "cross_entropy_vjp": Program(cross_entropy_vjp, ((4, 6), (4,), (4,)), weighted_cross_entropy),
    "rotated_scores": Program(rotated_scores, ((4, 4), (4, 4), (2,))),
    "gelu_mlp": Program(gelu_mlp, ((3, 3), (3, 3), (3,), (3, 3), (3,))),
    "gated_mlp": Program(gated_mlp, ((3, 3), (3, 3), (3, 3), (3, 3))),
    "block": Program(block, ((3, 4), *((4, 4),) * 6)),
    "adam": Program(adam, ((3,), (3,), (3,), (3,))),
    "adam_symbolic": Program(adam_symbolic, ((3,), (3,), (3,), (3,), (), (), (), ())),
    "biased_scores": Program(biased_scores, ((2, 3, 2), (2, 3, 2), (3,))),
}
