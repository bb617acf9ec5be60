"""Blocks and the three transformers, against the algorithms written out in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxmath import definitions as d

H, D, F, V, LENGTH = 2, 4, 3, 5, 8


def make(rng, cls, *sizes):
    """A tree of parameters with the sizes of one letter each: h d k v f n."""
    return cls(*(jnp.asarray(rng.standard_normal(size) / 2) for size in sizes))


def multi_head(rng):
    return make(rng, d.MultiHeadParams, (H, D, 2), (H, D, 2), (H, D, 2), (H, 2, D), (H, 2), (H, 2), (H, 2), D)


def norm(rng):
    return make(rng, d.NormParams, D, D)


def feed(rng):
    return make(rng, d.MLPParams, (D, F), F, (F, D), D)


def block(rng):
    return d.BlockParams(multi_head(rng), norm(rng), feed(rng), norm(rng))


def cross_block(rng):
    return d.CrossBlockParams(multi_head(rng), norm(rng), multi_head(rng), norm(rng), feed(rng), norm(rng))


# The algorithms of the source, on NumPy arrays, a token at a time where it is cheap to do so.


def layer_norm(x, p):
    return np.array([(e - e.mean()) / np.sqrt(e.var() + 1e-5) for e in x]) * p.weight + p.bias


def mh_attention(x, z, p, mask):
    y = np.zeros((len(x), D))
    for h in range(H):
        q, k, v = x @ p.wq[h] + p.bq[h], z @ p.wk[h] + p.bk[h], z @ p.wv[h] + p.bv[h]
        s = np.where(mask, np.exp(q @ k.T / np.sqrt(2)), 0)
        y += s / s.sum(1, keepdims=True) @ v @ p.wo[h]
    return y + p.bo


def mlp(x, p, act):
    return act(x @ p.w1 + p.b1) @ p.w2 + p.b2


def relu(x):
    return np.where(x > 0, x, 0)


def gelu(x):
    return x * scipy.stats.norm.cdf(x)


def ed_transformer(source, target, p):
    z = p.embedding[source] + p.positions[: len(source)]
    for layer in p.encoder:
        z = layer_norm(z + mh_attention(z, z, layer.attention, True), layer.norm1)
        z = layer_norm(z + mlp(z, layer.mlp, relu), layer.norm2)
    x = p.embedding[target] + p.positions[: len(target)]
    causal = np.tri(len(x), dtype=bool)
    for layer in p.decoder:
        x = layer_norm(x + mh_attention(x, x, layer.attention, causal), layer.norm1)
        x = layer_norm(x + mh_attention(x, z, layer.cross, True), layer.norm2)
        x = layer_norm(x + mlp(x, layer.mlp, relu), layer.norm3)
    return x @ p.unembedding.T


def e_transformer(ids, p):
    x = p.embedding[ids] + p.positions[: len(ids)]
    for layer in p.blocks:
        x = layer_norm(x + mh_attention(x, x, layer.attention, True), layer.norm1)
        x = layer_norm(x + mlp(x, layer.mlp, gelu), layer.norm2)
    return layer_norm(gelu(x @ p.final_w + p.final_b), p.norm) @ p.unembedding.T


def d_transformer(ids, p):
    x = p.embedding[ids] + p.positions[: len(ids)]
    for layer in p.blocks:
        y = layer_norm(x, layer.norm1)
        x = x + mh_attention(y, y, layer.attention, np.tri(len(x), dtype=bool))
        x = x + mlp(layer_norm(x, layer.norm2), layer.mlp, gelu)
    return layer_norm(x, p.norm) @ p.unembedding.T


IDS, SOURCE = np.array([3, 1, 4]), np.array([0, 2, 2, 1])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def agree(got, expected):
    """At most 2 layers of 60 roundings in float64; a layer enlarges what it is given at most 32 times."""
    np.testing.assert_allclose(got, expected, rtol=0, atol=2 * 60 * 32**2 * 2.0**-53 * 8)


def tables(rng):
    return (jnp.asarray(rng.standard_normal((V, D))), jnp.asarray(rng.standard_normal((LENGTH, D))))


@pytest.mark.usefixtures("x64")
def test_encoder_decoder_transformer(rng):
    layers = (tuple(block(rng) for _ in range(2)), tuple(cross_block(rng) for _ in range(2)))
    p = d.EncoderDecoderParams(*tables(rng), *layers, jnp.asarray(rng.standard_normal((V, D))))
    got = jax.jit(d.encoder_decoder_transformer)(jnp.array(SOURCE), jnp.array(IDS), p)
    agree(got, ed_transformer(SOURCE, IDS, jax.tree.map(np.asarray, p)))


@pytest.mark.usefixtures("x64")
def test_encoder_transformer(rng):
    layers = tuple(block(rng) for _ in range(2))
    final = make(rng, lambda *a: a, (D, D), D)
    p = d.EncoderParams(*tables(rng), layers, *final, norm(rng), jnp.asarray(rng.standard_normal((V, D))))
    agree(jax.jit(d.encoder_transformer)(jnp.array(IDS), p), e_transformer(IDS, jax.tree.map(np.asarray, p)))


@pytest.mark.usefixtures("x64")
def test_decoder_transformer(rng):
    layers = tuple(block(rng) for _ in range(2))
    p = d.DecoderParams(*tables(rng), layers, norm(rng), jnp.asarray(rng.standard_normal((V, D))))
    agree(jax.jit(d.decoder_transformer)(jnp.array(IDS), p), d_transformer(IDS, jax.tree.map(np.asarray, p)))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("placement", ["pre", "post"])
def test_masks_reach_the_attention(placement, rng):
    """A position that nobody else may see changes nothing elsewhere."""
    x, z = jnp.asarray(rng.standard_normal((3, D))), jnp.asarray(rng.standard_normal((4, D)))
    first = jnp.arange(3) == 0
    mask = ~first[None, :] | first[:, None]
    p, cross = block(rng), cross_block(rng)
    z_mask = jnp.broadcast_to(jnp.arange(4) != 0, (3, 4))
    for f in (
        lambda x, z: d.encoder_block(x, p, mask, placement=placement),
        lambda x, z: d.decoder_block(x, p, mask, placement=placement),
        lambda x, z: d.cross_attention_block(x, z, cross, mask, z_mask, placement=placement),
    ):
        f = jax.jit(f)
        y, moved = np.asarray(f(x, z)), np.asarray(f(x.at[0].add(1.0), z.at[0].add(1.0)))
        assert (y[1:] == moved[1:]).all() and (y[0] != moved[0]).any()


def test_modern_parts_can_be_injected(rng, dtype):
    """RMS norm, SwiGLU and rotary positions in the same block."""
    angles = d.rotary_angles(jnp.arange(3), 2)

    def attend(q, k, v, mask, bias):
        turn = jax.vmap(lambda x: d.rotary(x, angles, "half-split"))
        return d.grouped_query_attention(turn(q), turn(k), v, mask, bias)

    gated = make(rng, d.GatedMLPParams, (D, F), (D, F), (F, D))
    p = d.BlockParams(multi_head(rng), d.NormParams(jnp.ones(D)), gated, d.NormParams(jnp.ones(D)))
    p = jax.tree.map(lambda a: a.astype(dtype), p)

    def rms(x, weight, bias):
        return d.rms_norm(x, weight)

    y = d.decoder_block(
        jnp.ones((3, D), dtype), p, placement="pre", norm=rms, feed=d.gated_mlp, attend=attend
    )
    assert y.dtype == dtype and jnp.isfinite(y).all()


def test_residual(dtype):
    x = jnp.array([1.0], dtype)
    assert d.residual(x, lambda y: 2 * y, lambda y: y + 4, "post") == 7
    assert d.residual(x, lambda y: 2 * y, lambda y: y + 4, "pre") == 11
