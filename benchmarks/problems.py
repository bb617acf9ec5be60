"""The functions that are timed: as a textbook has them, as kernels have them, with derivatives by hand."""

import grid
import jax
import jax.numpy as jnp
from jax import Array

from jaxmath.definitions import attention, layer_norm, masks

EPS = 1e-5


def spec(*shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.float32)


# Attention, causal.


def naive(q: Array, k: Array, v: Array) -> Array:
    return attention(q, k, v, masks.causal(q.shape[0]))


def _scores(q: Array, k: Array, first: Array) -> Array:
    seen = jnp.arange(q.shape[0])[:, None] >= first + jnp.arange(k.shape[0])[None]
    return jnp.where(seen, q @ k.T / jnp.sqrt(jnp.float32(q.shape[1])), -jnp.inf)


def _blocks(x: Array, block: int) -> Array:
    return x.reshape(-1, block, x.shape[1])


def _parts(k: Array, v: Array, block: int) -> tuple[Array, Array, Array]:
    block = min(block, k.shape[0])
    return jnp.arange(0, k.shape[0], block), _blocks(k, block), _blocks(v, block)


def blockwise(q: Array, k: Array, v: Array, block: int = grid.KEYS) -> tuple[Array, Array]:
    """Attention by a loop over blocks of keys, and the logarithms of its denominators."""

    def step(carry, part):
        top, total, mean = carry
        first, keys, values = part
        s = _scores(q, keys, first)
        new = jnp.maximum(top, s.max(1))
        old, p = jnp.exp(top - new), jnp.exp(s - new[:, None])
        return (new, total * old + p.sum(1), mean * old[:, None] + p @ values), None

    n, e = q.shape[0], v.shape[1]
    start = jnp.full(n, -jnp.inf), jnp.zeros(n), jnp.zeros((n, e))
    (top, total, mean), _ = jax.lax.scan(step, start, _parts(k, v, block))
    return mean / total[:, None], top + jnp.log(total)


def blockwise_attention(q: Array, k: Array, v: Array) -> Array:
    return blockwise(q, k, v)[0]


def attention_vjp(
    q: Array, k: Array, v: Array, do: Array, block: int = grid.KEYS
) -> tuple[Array, Array, Array]:
    """The backward pass of FlashAttention: probabilities again, block by block."""
    o, lse = blockwise(q, k, v, block)
    delta = (do * o).sum(1)
    scale = 1 / jnp.sqrt(jnp.float32(q.shape[1]))

    def step(dq, part):
        first, keys, values = part
        p = jnp.exp(_scores(q, keys, first) - lse[:, None])
        ds = p * (do @ values.T - delta[:, None])
        return dq + ds @ keys * scale, (ds.T @ q * scale, p.T @ do)

    dq, (dk, dv) = jax.lax.scan(step, jnp.zeros_like(q), _parts(k, v, block))
    return dq, dk.reshape(k.shape), dv.reshape(v.shape)


# Layer norm.


def norm_vjp(x: Array, weight: Array, bias: Array, dy: Array) -> tuple[Array, Array, Array]:
    centred = x - x.mean(-1, keepdims=True)
    r = jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPS)
    y, g = centred * r, dy * weight[None]
    dx = r * (g - g.mean(-1, keepdims=True) - y * (g * y).mean(-1, keepdims=True))
    return dx, (dy * y).sum(0), dy.sum(0)


def one_pass_norm(x: Array, weight: Array, bias: Array) -> Array:
    """Layer norm from the means of x and x squared."""
    mean = x.mean(-1, keepdims=True)
    r = jax.lax.rsqrt((x**2).mean(-1, keepdims=True) - mean**2 + EPS)
    return (x - mean) * r * weight[None] + bias[None]


# A transformer of any depth: the same parameters read by the textbook and by a fused implementation.


def block_params(d: int, f: int) -> dict[str, jax.ShapeDtypeStruct]:
    return dict(
        w1=spec(d),
        b1=spec(d),
        qkv=spec(d, 3 * d),
        out=spec(d, d),
        w2=spec(d),
        b2=spec(d),
        up=spec(d, f),
        down=spec(f, d),
    )


def _heads(x: Array, h: int) -> Array:
    return x.reshape(x.shape[0], h, -1).swapaxes(0, 1)


def textbook_block(x: Array, p: dict[str, Array], h: int) -> Array:
    y = layer_norm(x, p["w1"], p["b1"])
    q, k, v = (_heads(y @ w, h) for w in jnp.split(p["qkv"], 3, 1))
    x = x + jax.vmap(naive)(q, k, v).swapaxes(0, 1).reshape(x.shape) @ p["out"]
    y = layer_norm(x, p["w2"], p["b2"])
    return x + jax.nn.gelu(y @ p["up"]) @ p["down"]


def fused_block(x: Array, p: dict[str, Array], h: int) -> Array:
    """One product for queries, keys and values, attention by blocks, norms in one pass, logistic GELU."""
    qkv = one_pass_norm(x, p["w1"], p["b1"]) @ p["qkv"]
    q, k, v = (_heads(part, h) for part in jnp.split(qkv, 3, 1))
    mixed = jax.vmap(blockwise_attention)(q, k, v)
    x = x + jnp.einsum("hnd,hde->ne", mixed, p["out"].reshape(h, -1, x.shape[1]))
    u = one_pass_norm(x, p["w2"], p["b2"]) @ p["up"]
    gelu = u * jax.nn.sigmoid(2 * jnp.sqrt(2 / jnp.pi) * (u + 0.044715 * u**3))
    return x + gelu @ p["down"]


def stack(block, x: Array, layers: list[dict[str, Array]], h: int = 4) -> Array:
    for p in layers:
        x = block(x, p, h)
    return x
