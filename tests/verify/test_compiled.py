"""The compiled path: the residues of the numpy path, by programs whose loops stay loops."""

import dataclasses
import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath.verify import compare, compiled
from jaxmath.verify.field import Field
from jaxmath.verify.model import Model
from jaxmath.verify.num import Num, Stuck
from jaxmath.verify.problem import Jvp, Problem, Sides, Vjp

SAMPLES, SEED = 2, 3
EPS = 1e-5
IDS = np.array([2, 0, 2, 1])
TARGETS = np.array([1, 3, 0, 2])


def spec(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


# Programs.


def naive(q, k, v):
    seen = np.tril(np.ones((q.shape[0], k.shape[0]), bool))
    s = jnp.where(seen, q @ k.T / jnp.sqrt(jnp.float32(q.shape[1])), -jnp.inf)
    p = jnp.exp(s - s.max(1, keepdims=True))
    return p @ v / p.sum(1, keepdims=True)


def flash(q, k, v, block=2):
    """Blocks of keys in a loop, with a running maximum."""
    n, d = q.shape

    def step(carry, part):
        top, total, mean = carry
        first, keys, values = part
        seen = jnp.arange(n)[:, None] >= first + jnp.arange(block)[None]
        s = jnp.where(seen, q @ keys.T / jnp.sqrt(jnp.float32(d)), -jnp.inf)
        new = jnp.maximum(top, s.max(1))
        old, p = jnp.exp(top - new), jnp.exp(s - new[:, None])
        return (new, total * old + p.sum(1), mean * old[:, None] + p @ values), None

    start = jnp.full(n, -jnp.inf), jnp.zeros(n), jnp.zeros((n, v.shape[1]))
    parts = jnp.arange(0, n, block), k.reshape(-1, block, d), v.reshape(-1, block, v.shape[1])
    (_, total, mean), _ = jax.lax.scan(step, start, parts)
    return mean / total[:, None]


def layer_norm(x, weight):
    centred = x - x.mean(-1, keepdims=True)
    return centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + EPS) * weight[None]


def one_pass_norm(x, weight):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt((x**2).mean(-1, keepdims=True) - mean**2 + EPS) * weight[None]


def norm_vjp(x, weight, dy):
    centred = x - x.mean(-1, keepdims=True)
    r = jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPS)
    y, g = centred * r, dy * weight[None]
    dx = r * (g - g.mean(-1, keepdims=True) - y * (g * y).mean(-1, keepdims=True))
    return dx, (dy * y).sum(0)


def cross_entropy(logits):
    return -jax.nn.log_softmax(logits)[np.arange(len(TARGETS)), TARGETS].mean()


def cross_entropy_from_lse(logits):
    picked = (logits * jax.nn.one_hot(TARGETS, logits.shape[1], dtype=logits.dtype)).sum(1)
    return (jax.nn.logsumexp(logits, axis=1) - picked).mean()


def cross_entropy_vjp(logits, dy):
    one_hot = jax.nn.one_hot(TARGETS, logits.shape[1], dtype=logits.dtype)
    return dy * (jax.nn.softmax(logits) - one_hot) / logits.shape[0]


def embed(table):
    return table[IDS]


def embed_vjp(table, dy):
    return jnp.zeros_like(table).at[IDS].add(dy)


def block(attend, norm, x, p):
    x = x + attend(*jnp.split(norm(x, p["w1"]) @ p["qkv"], 3, axis=1)) @ p["out"]
    return x + jax.nn.gelu(norm(x, p["w2"]) @ p["up"]) @ p["down"]


def two_layers(attend, norm, x, layers):
    return functools.reduce(functools.partial(block, attend, norm), layers, x)


def recurrence(decay, x):
    """A linear recurrence whose states are the output of the loop."""
    return jax.lax.scan(lambda s, row: (decay * s + row,) * 2, jnp.zeros_like(x[0]), x)[1]


def recurrence_unrolled(decay, x):
    rows = [x[0]]
    for row in x[1:]:
        rows.append(decay * rows[-1] + row)
    return jnp.stack(rows)


def recurrence_jvp(args, tangents):
    (decay, x), (ddecay, dx) = args, tangents

    def step(carry, row):
        s, ds = carry
        s, ds = decay * s + row[0], ddecay * s + decay * ds + row[1]
        return (s, ds), ds

    return jax.lax.scan(step, (jnp.zeros_like(x[0]),) * 2, (x, dx))[1]


# Comparing.


def sides(f: Callable, g: Callable, *args) -> Sides:
    return Sides(lambda *a: (f(*a), g(*a)), args)


def layer_params(d, f):
    return dict(w1=spec(d), qkv=spec(d, 3 * d), out=spec(d, d), w2=spec(d), up=spec(d, f), down=spec(f, d))


ATTENTION = [spec(4, 2)] * 3
QUICK = {
    "attention in a loop": lambda: sides(flash, naive, *ATTENTION),
    "layer norm": lambda: sides(layer_norm, one_pass_norm, spec(3, 4), spec(4)),
    "cross-entropy": lambda: sides(cross_entropy, cross_entropy_from_lse, spec(4, 5)),
    "layer norm, backward": lambda: Vjp(layer_norm, norm_vjp, [spec(3, 4), spec(4)]),
    "embedding": lambda: sides(embed, lambda t: jnp.take(t, IDS, axis=0, mode="clip"), spec(3, 2)),
    "embedding, backward": lambda: Vjp(embed, embed_vjp, [spec(3, 2)]),
    "recurrence": lambda: sides(recurrence, recurrence_unrolled, spec(2), spec(4, 2)),
    "recurrence, forward": lambda: Jvp(recurrence, recurrence_jvp, [spec(2), spec(4, 2)]),
}
SLOW = {
    "cross-entropy, backward": lambda: Vjp(cross_entropy, cross_entropy_vjp, [spec(4, 5)]),
    "attention in a loop, backward": lambda: Vjp(flash, lambda *a: jax.vjp(naive, *a[:3])[1](a[3]), ATTENTION),
    "two layers": lambda: sides(
        functools.partial(two_layers, flash, one_pass_norm),
        functools.partial(two_layers, naive, layer_norm),
        spec(4, 4),
        [layer_params(4, 6)] * 2,
    ),
}
PROBLEMS = QUICK | SLOW
EACH = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]


def by_numpy(problem: Problem, model: Model):
    field = Field(model, SAMPLES, SEED)
    return field, problem.evaluate(field, model.wide)[0]


def same_residues(field: Field, a: Num, b: Num) -> None:
    """Every component that both paths keep is the same integer at every point; one is the value itself."""
    assert a.k == b.k
    shared = a.c.keys() & b.c.keys()
    assert shared, f"no component in common: {set(a.c)} and {set(b.c)}"
    for key in shared:
        x, y = (np.asarray(n.c[key]).astype(np.uint64) for n in (a, b))
        np.testing.assert_array_equal(*np.broadcast_arrays(x, y), err_msg=str(key))
    same, defined = compare.agreement(field, a, b)
    assert same.all() and defined.all()
