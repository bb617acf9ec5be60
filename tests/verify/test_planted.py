"""Mistakes that people make, planted by hand: each is refuted with a witness, its correct twin is proved.

Every case names a definition, a kernel or a derivative that is right, and the same with one mistake.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import verify

EPS = 1e-5


def spec(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


@dataclasses.dataclass(frozen=True)
class Case:
    """A definition with a right and a wrong form, or a function with a right and a wrong derivative."""

    name: str
    definition: Callable
    right: Callable
    wrong: Callable
    args: tuple[Any, ...]
    prove: Callable = verify.prove_identity


CASES: list[Case] = []


def case(name, definition, kernel, args, prove=verify.prove_identity, **mistake):
    """`kernel` is right as it is, and wrong with its keyword `mistake`."""
    CASES.append(Case(name, definition, kernel, functools.partial(kernel, **mistake), args, prove))


def pair(name, definition, right, wrong, args, prove=verify.prove_identity):
    CASES.append(Case(name, definition, right, wrong, args, prove))


identity, vjp, jvp = verify.prove_identity, verify.prove_vjp, verify.prove_jvp


# Attention, forward.


def causal(n, m, offset=0):
    return np.arange(m)[None] <= np.arange(n)[:, None] + offset


def attention(q, k, v, mask=None, bias=0.0, axis=-1):
    s = q @ k.T / jnp.sqrt(jnp.float32(q.shape[1])) + bias
    s = s if mask is None else jnp.where(mask, s, -jnp.inf)
    return jax.nn.softmax(s, axis=axis) @ v


def blockwise(q, k, v, offset=0, window=None, fix_sum=True, fix_mean=True, scale=None, skip=0, power=0.5):
    """Causal attention with keys in blocks of two and a running maximum."""
    n, m, d = q.shape[0], k.shape[0], q.shape[1]
    top, total, mean = jnp.full(n, -jnp.inf), jnp.zeros(n), jnp.zeros((n, v.shape[1]))
    for first in range(0, m - skip, 2):
        keys, values = k[first : first + 2], v[first : first + 2]
        seen = causal(n, m, offset)
        seen = seen if window is None else seen & (np.arange(m)[None] > np.arange(n)[:, None] - window)
        s = q @ keys.T / jnp.float32(d) ** power if scale is None else q @ keys.T * scale
        new = jnp.maximum(top, s.max(1))
        old, p = jnp.exp(top - new), jnp.where(seen[:, first : first + 2], jnp.exp(s - new[:, None]), 0.0)
        total = (total * old if fix_sum else total) + p.sum(1)
        mean = (mean * old[:, None] if fix_mean else mean) + p @ values
        top = new
    return mean / total[:, None]


QKV = (spec(4, 3), spec(4, 3), spec(4, 2))
of_past = functools.partial(attention, mask=causal(4, 4))

case("causal mask one too far", of_past, blockwise, QKV, offset=1)
case("no correction of the sum", of_past, blockwise, QKV, fix_sum=False)
case("no correction of the mean", of_past, blockwise, QKV, fix_mean=False)
case("no scale", of_past, blockwise, QKV, scale=1.0)
case("scale 1/d", of_past, blockwise, QKV, power=1.0)
case("last block skipped", of_past, blockwise, QKV, skip=2)
case(
    "window one too wide",
    functools.partial(attention, mask=causal(4, 4) & ~causal(4, 4, -2)),
    lambda q, k, v, window=2: blockwise(q, k, v, window=window),
    QKV,
    window=3,
)
case(
    "causal mask aligned to the first key",
    functools.partial(attention, mask=causal(2, 4, 2)),
    lambda q, k, v, offset=2: blockwise(q, k, v, offset=offset),
    (spec(2, 3), spec(4, 3), spec(4, 2)),
    offset=0,
)
case("softmax over the queries", attention, attention, QKV, axis=0)
pair(
    "scale of the values' width",
    attention,
    lambda q, k, v: attention(q, k, v),
    lambda q, k, v: jax.nn.softmax(q @ k.T / jnp.sqrt(jnp.float32(v.shape[1]))) @ v,
    QKV,
)


def masked_late(q, k, v, renormed=True):
    keep = np.array([1.0, 1.0, 0.0, 1.0], np.float32)
    p = jax.nn.softmax(q @ k.T / jnp.sqrt(jnp.float32(3))) * keep[None]
    return (p / p.sum(1, keepdims=True) if renormed else p) @ v


KEPT = np.array([[True, True, False, True]])
case("mask after the softmax", functools.partial(attention, mask=KEPT), masked_late, QKV, renormed=False)

IDS = np.array([0, 0, 1, 1])
case(
    "segment mask sees earlier segments",
    functools.partial(attention, mask=IDS[:, None] == IDS),
    lambda q, k, v, compare=np.equal: attention(
        q, k, v, bias=np.where(compare(IDS[:, None], IDS), 0.0, -np.inf).astype(np.float32)
    ),
    QKV,
    compare=np.greater_equal,
)


def merged(q, k, v, other=True):
    """Two halves of the keys, their partial results merged by log-sum-exp."""
    parts = []
    for a, b in ((k[:2], v[:2]), (k[2:], v[2:])):
        s = q @ a.T / jnp.sqrt(jnp.float32(3))
        lse = jax.nn.logsumexp(s, axis=1)
        parts.append((lse, jnp.exp(s - lse[:, None]) @ b))
    (l1, o1), (l2, o2) = parts
    top = jnp.maximum(l1, l2)
    w1, w2 = jnp.exp(l1 - top), jnp.exp(l2 - top if other else l2 - l2)
    return (w1[:, None] * o1 + w2[:, None] * o2) / (w1 + w2)[:, None]


case("merge without the other half's maximum", attention, merged, QKV, other=False)


def softcapped(q, k, v, b, late=False, inner=5.0, twice=False):
    s = q @ k.T / jnp.sqrt(jnp.float32(3))
    s = 5.0 * jnp.tanh((s + b) / inner) if late else 5.0 * jnp.tanh(s / inner) + b
    return jax.nn.softmax(s + b if twice else s) @ v


def capped(q, k, v, b):
    s = q @ k.T / jnp.sqrt(jnp.float32(3)) / 5.0
    e = jnp.exp(b + 5.0 * (1 - 2 / (jnp.exp(2 * s) + 1)))
    return e / e.sum(1, keepdims=True) @ v


QKVB = (*QKV, spec(4, 4))
case("bias before the soft-cap", capped, softcapped, QKVB, late=True)
case("soft-cap not divided", capped, softcapped, QKVB, inner=1.0)
case("bias added twice", capped, softcapped, QKVB, twice=True)


def sunk(q, k, v, sink, kept=True, shifted=True):
    s = q @ k.T / jnp.sqrt(jnp.float32(3))
    top = jnp.maximum(s.max(1), sink)
    e = jnp.exp(s - top[:, None])
    extra = jnp.exp(sink - top) if shifted else jnp.exp(sink)
    return e @ v / (e.sum(1) + extra if kept else e.sum(1))[:, None]


def with_sink(q, k, v, sink):
    s = q @ k.T / jnp.sqrt(jnp.float32(3))
    s = jnp.concatenate([s, jnp.broadcast_to(sink, (4, 1))], axis=1)
    return jax.nn.softmax(s)[:, :4] @ v


case("sink dropped", with_sink, sunk, (*QKV, spec()), kept=False)
case("sink not shifted by the maximum", with_sink, sunk, (*QKV, spec()), shifted=False)


def grouped(q, k, v, strided=False):
    """Four query heads on two heads of keys and values."""
    group = np.arange(4) % 2 if strided else np.arange(4) // 2
    s = jnp.einsum("hnd,hmd->hnm", q, k[group]) / jnp.sqrt(jnp.float32(2))
    return jnp.einsum("hnm,hmd->hnd", jax.nn.softmax(s), v[group])


def jax_grouped(q, k, v):
    return jnp.squeeze(
        jax.nn.dot_product_attention(*(x.transpose(1, 0, 2)[None] for x in (q, k, v))), 0
    ).transpose(1, 0, 2)


GROUPED = (spec(4, 3, 2), spec(2, 3, 2), spec(2, 3, 2))
case("heads strided over groups", jax_grouped, grouped, GROUPED, strided=True)


def heads(x, wq, wk, wv, order=(1, 0, 2), back=(1, 0, 2)):
    q, k, v = (
        (x @ w).reshape(3, 2, 2).transpose(order) if order else (x @ w).reshape(2, 3, 2) for w in (wq, wk, wv)
    )
    p = jax.nn.softmax(q @ k.transpose(0, 2, 1) / jnp.sqrt(jnp.float32(2)))
    return (p @ v).transpose(back).reshape(3, 4) if back else (p @ v).reshape(3, 4)


def head_by_head(x, wq, wk, wv):
    columns = [slice(0, 2), slice(2, 4)]
    return jnp.concatenate([attention(x @ wq[:, c], x @ wk[:, c], x @ wv[:, c]) for c in columns], axis=1)


case("heads split without a transposition", head_by_head, heads, (spec(3, 4), *(spec(4, 4),) * 3), order=None)
case("heads merged without a transposition", head_by_head, heads, (spec(3, 4), *(spec(4, 4),) * 3), back=None)


def decoded(q, k, v, at=0, seen=0, everything=False):
    """Token by token, keys and values in a cache."""
    keys, values, out = jnp.zeros_like(k), jnp.zeros_like(v), []
    for i in range(4):
        keys = jax.lax.dynamic_update_slice(keys, k[i : i + 1], (max(i + at, 0), 0))
        values = jax.lax.dynamic_update_slice(values, v[i : i + 1], (max(i + at, 0), 0))
        s = keys @ q[i] / jnp.sqrt(jnp.float32(3))
        s = s if everything else jnp.where(np.arange(4) <= i + seen, s, -jnp.inf)
        out.append(jax.nn.softmax(s) @ values)
    return jnp.stack(out)


case("cache written one place early", of_past, decoded, QKV, at=-1)
case("cache read one place too far", of_past, decoded, QKV, seen=1)
case("empty places of the cache read", of_past, decoded, QKV, everything=True)


# Positions.


def alibi(q, k, v, reverse=False, sign=-1.0, side=1):
    slopes = 2.0 ** -np.arange(1, 3, dtype=np.float32)
    slopes = slopes[::-1] if reverse else slopes
    distance = side * (np.arange(3)[:, None] - np.arange(3)).astype(np.float32)
    s = jnp.einsum("hnd,hmd->hnm", q, k) / jnp.sqrt(jnp.float32(2))
    s = jnp.where(causal(3, 3), s + sign * slopes[:, None, None] * distance, -jnp.inf)
    return jax.nn.softmax(s) @ v


def alibi_definition(q, k, v):
    rows = []
    for h, slope in enumerate((0.5, 0.25)):
        bias = -slope * np.maximum(np.arange(3)[:, None] - np.arange(3), 0).astype(np.float32)
        rows.append(attention(q[h], k[h], v[h], causal(3, 3), bias))
    return jnp.stack(rows)


HEADS = (spec(2, 3, 2),) * 3
case("ALiBi slopes in reverse", alibi_definition, alibi, HEADS, reverse=True)
case("ALiBi with a plus", alibi_definition, alibi, HEADS, sign=1.0)
case("ALiBi distance from the last key", alibi_definition, alibi, HEADS, side=-1)


def learnt_bias(q, k, v, table, sign=1, clip=2):
    """One bias per clipped signed distance, key minus query."""
    distance = sign * (np.arange(4)[None] - np.arange(4)[:, None])
    return attention(q, k, v, bias=table[np.clip(distance, -clip, clip) + 2])


def learnt_bias_definition(q, k, v, table):
    bias = jnp.stack([jnp.stack([table[min(max(j - i, -2), 2) + 2] for j in range(4)]) for i in range(4)])
    return attention(q, k, v, bias=bias)


case("bucket of the opposite distance", learnt_bias_definition, learnt_bias, (*QKV, spec(5)), sign=-1)
case("bucket clipped one early", learnt_bias_definition, learnt_bias, (*QKV, spec(5)), clip=1)


def rotate(x, angle, interleaved=False, sign=1.0, shift=0):
    angle = (shift + np.arange(x.shape[0], dtype=np.float32))[:, None] * angle[None]
    cos, sin = jnp.cos(angle), sign * jnp.sin(angle)
    a, b = (x[:, ::2], x[:, 1::2]) if interleaved else jnp.split(x, 2, axis=1)
    return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=1)


def rotated(q, k, angle, **mistake):
    return rotate(q, angle) @ rotate(k, angle, **mistake).T


def relative(q, k, angle):
    """The scores of rotary embedding, a rotation by the distance only."""
    rows = []
    for i in range(3):
        turned = [rotate(k[j : j + 1], angle, shift=j - i) @ q[i] for j in range(3)]
        rows.append(jnp.concatenate(turned))
    return jnp.stack(rows)


ROTARY = (spec(3, 4), spec(3, 4), spec(2))
case("rotary layouts mixed", relative, rotated, ROTARY, interleaved=True)
case("rotary sign of one side", relative, rotated, ROTARY, sign=-1.0)
case("rotary positions of the keys from one", relative, rotated, ROTARY, shift=1)


# Attention, backward.


def attention_vjp(
    q, k, v, do, delta=1.0, crossed=False, key_scale=True, of_scores=False, masked=True, norm=True
):
    scale = 1 / jnp.sqrt(jnp.float32(3))
    s = jnp.where(causal(4, 4), q @ k.T * scale, -jnp.inf)
    lse = jax.nn.logsumexp(s, axis=1, keepdims=True)
    s = s if masked else q @ k.T * scale
    p = jnp.exp(s - lse) if norm else jnp.exp(s)
    dp = do @ v.T
    ds = p * (dp - delta * (do * (p @ v)).sum(1, keepdims=True))
    ds = ds.T if crossed else ds
    dk = ds.T @ q
    return ds @ k * scale, dk * scale if key_scale else dk, (ds if of_scores else p).T @ do


case("delta dropped", of_past, attention_vjp, QKV, vjp, delta=0.0)
case("delta added", of_past, attention_vjp, QKV, vjp, delta=-1.0)
case("factors of dq and dk transposed", of_past, attention_vjp, QKV, vjp, crossed=True)
case("dk not scaled", of_past, attention_vjp, QKV, vjp, key_scale=False)
case("dv from the scores' cotangent", of_past, attention_vjp, QKV, vjp, of_scores=True)
case("no mask in the backward pass", of_past, attention_vjp, QKV, vjp, masked=False)
case("probabilities not normalised in the backward pass", of_past, attention_vjp, QKV, vjp, norm=False)


def softcap_vjp(x, dy, inner=True):
    t = jnp.tanh(x / 5.0)
    return dy * (1 - t * t) if inner else dy


case(
    "soft-cap passed straight through",
    lambda x: 5.0 * jnp.tanh(x / 5.0),
    softcap_vjp,
    (spec(3),),
    vjp,
    inner=False,
)


def sink_vjp(s, sink, dp, felt=True):
    top = jnp.maximum(s.max(), sink)
    e = jnp.exp(s - top)
    p = e / (e.sum() + jnp.exp(sink - top))
    inner = (p * dp).sum()
    return p * (dp - inner), -(1 - p.sum()) * inner if felt else jnp.zeros_like(sink)


case(
    "no gradient for the sink",
    lambda s, sink: jax.nn.softmax(jnp.append(s, sink))[:4],
    sink_vjp,
    (spec(4), spec()),
    vjp,
    felt=False,
)


def grouped_values(p, v):
    return p @ jnp.repeat(v, 2, axis=0)


def grouped_values_vjp(p, v, do, all_heads=True):
    dv = (p.transpose(0, 2, 1) @ do).reshape(2, 2, 3, 2)
    return do @ jnp.repeat(v, 2, axis=0).transpose(0, 2, 1), dv.sum(1) if all_heads else dv[:, 0]


case(
    "dv of one head of the group",
    grouped_values,
    grouped_values_vjp,
    (spec(4, 3, 3), spec(2, 3, 2)),
    vjp,
    all_heads=False,
)


# Norms.


def layer_norm(x, w, b, eps=EPS):
    centred = x - x.mean(1, keepdims=True)
    return centred / jnp.sqrt(centred.var(1, keepdims=True) + eps) * w[None] + b[None]


def layer_norm_vjp(x, w, b, dy, eps=EPS, mean=True, sign=1.0, less=0, scaled=True, outside=False):
    n = x.shape[1] - less
    centred = x - x.mean(1, keepdims=True)
    variance = (centred**2).sum(1, keepdims=True) / n
    r = 1 / (jnp.sqrt(variance) + eps) if outside else jax.lax.rsqrt(variance + eps)
    h, g = centred * r, dy * w[None]
    dx = g - h * sign * (g * h).mean(1, keepdims=True)
    dx = r * (dx - g.mean(1, keepdims=True) if mean else dx)
    return dx, (dy * (h if scaled else centred)).sum(0), dy.sum(0)


NORM = (spec(2, 5), spec(5), spec(5))
case("layer norm backward with twice the epsilon", layer_norm, layer_norm_vjp, NORM, vjp, eps=2e-5)
case("layer norm backward with epsilon one percent off", layer_norm, layer_norm_vjp, NORM, vjp, eps=1.01e-5)
case("layer norm backward with epsilon subtracted", layer_norm, layer_norm_vjp, NORM, vjp, eps=-EPS)
case("layer norm backward with epsilon outside the root", layer_norm, layer_norm_vjp, NORM, vjp, outside=True)
case("layer norm backward without the mean", layer_norm, layer_norm_vjp, NORM, vjp, mean=False)
case("layer norm backward with a plus", layer_norm, layer_norm_vjp, NORM, vjp, sign=-1.0)
case("layer norm backward with n - 1 in one mean", layer_norm, layer_norm_vjp, NORM, vjp, less=1)
case("gradient of the weight without the scale", layer_norm, layer_norm_vjp, NORM, vjp, scaled=False)


def rms_norm(x, w, eps=EPS):
    return x / jnp.sqrt((x * x).mean(1, keepdims=True) + eps) * (1 + w[None])


def rms_norm_kernel(x, w, eps=EPS, one=1.0, centred=False):
    y = x - x.mean(1, keepdims=True) if centred else x
    return x * jax.lax.rsqrt((y**2).sum(1, keepdims=True) / x.shape[1] + eps) * (one + w[None])


def rms_norm_vjp(x, w, dy, cube=3, one=1.0):
    r = jax.lax.rsqrt((x * x).mean(1, keepdims=True) + EPS)
    g = dy * (one + w[None])
    return r * g - x * r**cube * (g * x).mean(1, keepdims=True), (dy * x * r).sum(0)


case("RMS norm with epsilon 1e-6", rms_norm, rms_norm_kernel, NORM[:2], eps=1e-6)
case("RMS norm with weight w for 1 + w", rms_norm, rms_norm_kernel, NORM[:2], one=0.0)
case("RMS norm by the variance", rms_norm, rms_norm_kernel, NORM[:2], centred=True)
case("RMS norm backward with r squared", rms_norm, rms_norm_vjp, NORM[:2], vjp, cube=2)
case("RMS norm backward with weight w for 1 + w", rms_norm, rms_norm_vjp, NORM[:2], vjp, one=0.0)


def rms_norm_jvp(args, tangents, full=True):
    (x,), (dx,) = args, tangents
    r = jax.lax.rsqrt((x * x).mean() + EPS)
    return r * dx - x * r**3 * (x * dx).mean() if full else r * dx


case(
    "RMS norm's scale held constant",
    lambda x: x / jnp.sqrt((x * x).mean() + EPS),
    rms_norm_jvp,
    (spec(4),),
    jvp,
    full=False,
)


# Losses.

TARGETS = np.array([1, 0, 3])


def cross_entropy(z):
    return -jnp.take_along_axis(jax.nn.log_softmax(z), TARGETS[:, None], 1)[:, 0]


def chunked_cross_entropy(z, corrected=True, first=2):
    top, total = jnp.full(3, -jnp.inf), jnp.zeros(3)
    for part in (z[:, :first], z[:, 2:]):
        new = jnp.maximum(top, part.max(1))
        total = (total * jnp.exp(top - new) if corrected else total) + jnp.exp(part - new[:, None]).sum(1)
        top = new
    return jnp.log(total) + top - z[np.arange(3), TARGETS]


case(
    "cross-entropy chunks without correction",
    cross_entropy,
    chunked_cross_entropy,
    (spec(3, 4),),
    corrected=False,
)
case("cross-entropy chunks that overlap", cross_entropy, chunked_cross_entropy, (spec(3, 4),), first=3)

WEIGHT = np.array([1.0, 0.0, 1.0], np.float32)


def mean_vjp(z, dy, count=2.0):
    one = (TARGETS[:, None] == np.arange(4)).astype(np.float32)
    return dy * WEIGHT[:, None] * (jax.nn.softmax(z) - one) / count


def mean_loss(z):
    return (cross_entropy(z) * WEIGHT).sum() / WEIGHT.sum()


case("ignored targets counted in the mean", mean_loss, mean_vjp, (spec(3, 4),), vjp, count=3.0)


def smoothed(z, others=4):
    log_p = jax.nn.log_softmax(z)
    at = jnp.take_along_axis(log_p, TARGETS[:, None], 1)[:, 0]
    return -0.9 * at - 0.1 / others * log_p.sum(1)


def smoothed_definition(z):
    target = 0.9 * (TARGETS[:, None] == np.arange(4)).astype(np.float32) + np.float32(0.025)
    return -(target * (z - jnp.log(jnp.exp(z).sum(1, keepdims=True)))).sum(1)


case("label smoothing over the other classes", smoothed_definition, smoothed, (spec(3, 4),), others=3)


def divergence(x, y):
    p = jax.nn.softmax(x)
    return (p * (jax.nn.log_softmax(x) - jax.nn.log_softmax(y))).sum()


def divergence_definition(x, y):
    p, q = (jnp.exp(z) / jnp.exp(z).sum() for z in (x, y))
    return (p * (x - y)).sum() - jnp.log(jnp.exp(x).sum()) + jnp.log(jnp.exp(y).sum())


pair(
    "divergence the other way round",
    divergence_definition,
    divergence,
    lambda x, y: divergence(y, x),
    (spec(4), spec(4)),
)


def log_softmax_vjp(x, dy, summed=True):
    return dy - jax.nn.softmax(x) * (dy.sum() if summed else 1.0)


case(
    "log-softmax backward for a one-hot cotangent only",
    jax.nn.log_softmax,
    log_softmax_vjp,
    (spec(4),),
    vjp,
    summed=False,
)


def z_loss_vjp(x, dy, two=2.0):
    return dy * two * jax.nn.logsumexp(x) * jax.nn.softmax(x)


case(
    "z-loss gradient without its two",
    lambda x: jax.nn.logsumexp(x) ** 2,
    z_loss_vjp,
    (spec(4),),
    vjp,
    two=1.0,
)


# Embedding, activations, feed-forward parts, stopped gradients.

TOKENS = np.array([2, 0, 2])


def embedding_vjp(table, dy, repeated=True):
    zero = jnp.zeros_like(table)
    return zero.at[TOKENS].add(dy) if repeated else zero.at[TOKENS].set(dy)


case(
    "embedding gradient forgets repeated tokens",
    lambda table: table[TOKENS],
    embedding_vjp,
    (spec(3, 2),),
    vjp,
    repeated=False,
)


def tied_vjp(table, dy, both=True):
    x = table[TOKENS]
    read_out = dy.T @ x
    return read_out + jnp.zeros_like(table).at[TOKENS].add(dy @ table) if both else read_out


case(
    "tied table without its gradient as an embedding",
    lambda table: table[TOKENS] @ table.T,
    tied_vjp,
    (spec(3, 2),),
    vjp,
    both=False,
)


def gelu(x, cubic=0.044715, root=2 / jnp.pi):
    return x * jax.nn.sigmoid(2 * jnp.sqrt(root) * (x + cubic * x**3))


case("GELU with 0.04472", jax.nn.gelu, gelu, (spec(4),), cubic=0.04472)


def gelu_vjp(x, dy, density=True):
    phi = jnp.exp(-x * x / 2) / jnp.sqrt(2 * jnp.pi)
    slope = 0.5 * (1 + jax.lax.erf(x / jnp.sqrt(jnp.float32(2))))
    return dy * (slope + x * phi if density else slope)


case(
    "GELU backward without the density",
    functools.partial(jax.nn.gelu, approximate=False),
    gelu_vjp,
    (spec(4),),
    vjp,
    density=False,
)
pair(
    "GELU by tanh for GELU by erf",
    lambda x: x * jax.lax.erfc(-x / jnp.sqrt(jnp.float32(2))) / 2,
    functools.partial(jax.nn.gelu, approximate=False),
    jax.nn.gelu,
    (spec(4),),
)


def silu_vjp(x, dy, inner=True):
    s = 1 / (1 + jnp.exp(-x))
    return dy * (s * (1 + x * (1 - s)) if inner else s)


case("SiLU backward as the sigmoid", jax.nn.silu, silu_vjp, (spec(4),), vjp, inner=False)


def squared_relu_vjp(x, dy, two=2.0):
    return dy * two * jnp.maximum(x, 0)


case(
    "squared ReLU backward without its two",
    lambda x: jax.nn.relu(x) ** 2,
    squared_relu_vjp,
    (spec(3),),
    vjp,
    two=1.0,
)


def gated(x, w, u, o, swapped=False):
    a, b = (x @ u, x @ w) if swapped else (x @ w, x @ u)
    return (a / (1 + jnp.exp(-a)) * b) @ o


case(
    "gate and value swapped",
    lambda x, w, u, o: (jax.nn.silu(x @ w) * (x @ u)) @ o,
    gated,
    (spec(2, 3), spec(3, 3), spec(3, 3), spec(3, 2)),
    swapped=True,
)


def stopped(x, dy, leak=False):
    """The gradient of a softmax whose maximum, or by mistake whose sum, is held constant."""

    def softmax(x):
        e = jnp.exp(x - jax.lax.stop_gradient(x.max()))
        total = e.sum()
        return e / (jax.lax.stop_gradient(total) if leak else total)

    return jax.vjp(softmax, x)[1](dy)[0]


case("gradient stopped at the sum of a softmax", jax.nn.softmax, stopped, (spec(4),), vjp, leak=True)


def stopped_target(x, y, dy, leak=False):
    """The gradient of a loss towards a target that is not to be learnt."""

    def loss(x, y):
        return ((x - (y if leak else jax.lax.stop_gradient(y))) ** 2).sum()

    return jax.vjp(loss, x, y)[1](dy)


def towards(x, y, dy):
    return 2 * dy * (x - y), jnp.zeros_like(y)


case("gradient leaks into the target", towards, stopped_target, (spec(3), spec(3), spec()), leak=True)


# Steps of optimizers.


def adam(p, m, s, g, rate, b1, b2, eps, step=3, inside=False):
    m, s = b1 * m + (1 - b1) * g, b2 * s * s + (1 - b2) * g * g
    m_hat, s_hat = m / (1 - b1**step), s / (1 - b2**step)
    return p - rate * m_hat / (jnp.sqrt(s_hat + eps) if inside else jnp.sqrt(s_hat) + eps)


def adam_definition(p, m, s, g, rate, b1, b2, eps):
    m, s = m + (1 - b1) * (g - m), s * s + (1 - b2) * (g * g - s * s)
    return p - rate * (m / (1 - b1 * b1 * b1)) / (eps + jnp.sqrt(s / (1 - b2 * b2 * b2)))


ADAM = (*(spec(2),) * 4, *(spec(),) * 4)
case("Adam's bias correction one step late", adam_definition, adam, ADAM, step=2)
case("Adam's epsilon inside the root", adam_definition, adam, ADAM, inside=True)


def decayed(p, u, rate, decay, late=False):
    new = p - rate * u
    return new - rate * decay * (new if late else p)


case(
    "decay of the updated parameter",
    lambda p, u, rate, decay: p * (1 - rate * decay) - rate * u,
    decayed,
    (spec(2), spec(2), spec(), spec()),
    late=True,
)


def nesterov(p, m, g, rate, b, ahead=True):
    m = b * m + g
    return p - rate * (g + b * m if ahead else m)


case(
    "momentum without the look ahead",
    lambda p, m, g, rate, b: p - rate * (g * (1 + b) + b * b * m),
    nesterov,
    (spec(2), spec(2), spec(2), spec(), spec()),
    ahead=False,
)


def clipped(a, b, limit, together=True):
    """Both gradients scaled by limit over their norm, where that is smaller than one it is left as it is."""
    norms = [jnp.sqrt((x * x).sum()) for x in (a, b)]
    both = jnp.sqrt(norms[0] ** 2 + norms[1] ** 2)
    return tuple(x * limit / (both if together else n) for x, n in zip((a, b), norms, strict=True))


def clipped_definition(a, b, limit):
    x = jnp.concatenate([a, b])
    x = x / jnp.sqrt((x * x).sum()) * limit
    return x[:2], x[2:]


case(
    "clipping by each norm of its own",
    clipped_definition,
    clipped,
    (spec(2), spec(3), spec()),
    together=False,
)


def accumulated(x, w, dy, mean=True):
    """The gradient of a mean loss, from two halves of the batch."""
    halves = [x[i : i + 2].T @ dy[i : i + 2] / 2 for i in (0, 2)]
    return (halves[0] + halves[1]) / (2 if mean else 1) + 0 * w


case(
    "halves of a batch summed for averaged",
    lambda x, w, dy: x.T @ dy / 4 + 0 * w,
    accumulated,
    (spec(4, 2), spec(2, 2), spec(4, 2)),
    mean=False,
)


def test_at_least_forty_five_are_planted():
    assert len({c.name for c in CASES}) == len(CASES) >= 45


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_mistake_is_refuted_and_its_twin_is_proved(case):
    right, wrong = (case.prove(case.definition, form, *case.args) for form in (case.right, case.wrong))
    assert right.verdict == "proved", right
    assert wrong.verdict == "refuted", wrong
    assert wrong.witness is not None and wrong.witness.inputs


@pytest.mark.parametrize("offset", [0, 1])
def test_a_causal_mask_one_too_far_is_seen_as_a_dependence(offset):
    def output(q, k, v):
        return blockwise(q, k, v, offset=offset)

    rows = np.broadcast_to(np.arange(4)[:, None] < 2, (4, 2))
    later = np.broadcast_to(np.arange(4)[:, None] >= 2, (4, 3))
    marks = dict(outputs=rows, inputs=(None, later, None))
    assert verify.prove_independence(output, *QKV, **marks).verdict == ("refuted" if offset else "proved")
