"""Recurrent mixers in the layers of a decoder: a text at once, token by token, and generated."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import models
from jaxmath.models import interpret
from jaxmath.modules import DeltaRule, LinearAttention, NormConfig, RecurrentConfig, Retention

LLAMA = {"model_type": "llama", "vocab_size": 11, "hidden_size": 8, "intermediate_size": 8}
LLAMA |= {
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "initializer_range": 0.4,
}
KINDS = {"linear": LinearAttention, "retention": Retention, "delta": DeltaRule}
IDS = jnp.array([[1, 2, 3, 4, 5, 6, 7], [6, 5, 4, 3, 2, 1, 0]], jnp.int32)
HERE = jnp.array([[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1]], bool)  # padding on the left
SLOW = pytest.mark.slow
each = pytest.mark.parametrize("kind", [*KINDS, pytest.param("hybrid", marks=SLOW)])
few = pytest.mark.parametrize(
    "kind", ["delta", *(pytest.param(x, marks=SLOW) for x in ("linear", "retention", "hybrid"))]
)


def config(kind):
    """A llama with other mixers; of the hybrid, only in the first of its layers."""
    plain = models.read_config(LLAMA)
    mixer = RecurrentConfig(
        2, 3, 4, norm=NormConfig("rms"), chunk=4, kind="delta" if kind == "hybrid" else kind
    )
    first, last = (dataclasses.replace(x, attention=mixer) for x in plain.stack.blocks)
    blocks = (first, plain.stack.blocks[1] if kind == "hybrid" else last)
    return dataclasses.replace(plain, stack=dataclasses.replace(plain.stack, blocks=blocks))


@functools.cache
def model(kind, dtype="float64", **how):
    rng = np.random.default_rng(0)
    with jax.enable_x64(dtype == "float64"):
        shapes = jax.eval_shape(lambda: models.init(config(kind), jax.random.key(0), jnp.dtype(dtype), **how))
        return jax.tree.map(lambda x: jnp.asarray(rng.normal(0.1, 0.4, x.shape), x.dtype), shapes)


@jax.jit
def whole(model, ids, here):
    return model(ids, here).logits


@jax.jit
def one_by_one(model, ids, here):
    def step(cache, token):
        result = model(token[0][:, None], token[1][:, None], cache=cache)
        return result.cache, result.logits[:, 0]

    return jax.lax.scan(step, model.cache(*ids.shape), (ids.T, here.T))[1].swapaxes(0, 1)


@each
def test_token_by_token_is_the_whole_text(kind, x64):
    found, want = one_by_one(model(kind), IDS, HERE), whole(model(kind), IDS, HERE)
    np.testing.assert_allclose(jnp.where(HERE[..., None], found - want, 0), 0, rtol=0, atol=1e-12)


@each
def test_padding_changes_nothing(kind, x64):
    alone = whole(model(kind), IDS[:1, 2:], HERE[:1, 2:])
    np.testing.assert_allclose(whole(model(kind), IDS, HERE)[:1, 2:], alone, rtol=0, atol=1e-12)


@few
def test_generation_is_greedy_search_over_whole_texts(kind, x64):
    """With padding in the prompt; in buckets there is more."""
    found = models.generate(model(kind), IDS, HERE, steps=4, bucket=4).tokens
    text = jnp.concatenate([IDS, found], 1)
    scores = whole(model(kind), text, jnp.concatenate([HERE, jnp.ones((2, 4), bool)], 1))
    np.testing.assert_array_equal(found, scores[:, 6:-1].argmax(-1))


@SLOW
@each
def test_a_scan_over_layers_and_a_stream(kind):
    plain, scanned = model(kind, "float32"), model(kind, "float32", scan=True, remat=True)
    np.testing.assert_allclose(whole(scanned, IDS, HERE), whole(plain, IDS, HERE), rtol=0, atol=1e-5)
    want = models.generate(plain, IDS, HERE, steps=4).tokens
    np.testing.assert_array_equal(models.generate(scanned, IDS, HERE, steps=4).tokens, want)
    np.testing.assert_array_equal(np.stack(list(models.stream(plain, IDS, HERE, steps=4)), 1), want)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_kept_in_float32_and_does_not_grow(kind):
    half = model(kind, "bfloat16")
    assert isinstance(half.stack.layers[0].attention, KINDS[kind])
    short, long = (half.cache(2, room).layers for room in (4, 400))
    assert jax.tree.map(lambda x: (x.shape, x.dtype), short) == jax.tree.map(
        lambda x: (x.shape, x.dtype), long
    )
    assert {x.dtype for x in jax.tree.leaves(short)} == {jnp.dtype("float32")}
    after = jax.jit(lambda m: m(IDS, cache=m.cache(2, 8)))(half).cache.layers
    assert jax.tree.map(lambda x: (x.shape, x.dtype), after) == jax.tree.map(
        lambda x: (x.shape, x.dtype), short
    )


@few
def test_a_gradient_reaches_every_parameter(kind):
    gradient = jax.jit(jax.grad(lambda m: m.loss(IDS[:, :-1], IDS[:, 1:], HERE[:, :-1])))(
        model(kind, "float32")
    )
    for x in jax.tree.leaves(gradient):
        assert np.isfinite(x).all() and np.abs(x).max() > 0


def test_values_are_captured():
    read = jax.jit(lambda m: m(IDS, capture=("layers.1.attention.*",)).captured)
    found = read(model("delta", "float32"))
    assert found["layers.1.attention.heads"].shape == (2, 2, 7, 4)


def test_messages(tmp_path):
    made = model("delta", "float32")
    with pytest.raises(
        ValueError, match="kind 'paged' holds keys and values, of which layers that keep a sta"
    ):
        made.cache(1, 4, kind="paged")
    with pytest.raises(ValueError, match="kind 'rolling' needs layers with a window; this model has none"):
        made.cache(1, 4, kind="rolling")
    with pytest.raises(ValueError, match="kind 'latent' needs layers with latent attention"):
        made.cache(1, 4, kind="latent")
    plain = jax.eval_shape(lambda: models.init(LLAMA, jax.random.key(0)))
    for pair in ((made, plain), (plain, made)):
        with pytest.raises(
            models.GenerationError, match="with a draft, every layer must keep keys and values"
        ):
            models.generate(pair[0], IDS, draft=pair[1])
    with pytest.raises(models.CheckpointError, match="save: layers must be those of the family"):
        made.save(tmp_path)
    with pytest.raises(ValueError, match="every layer must weigh keys, but layer 0 keeps a state"):
        interpret.attention(made, IDS[0])
    with pytest.raises(ValueError, match="must not be latent or recurrent, but that of layer 1 is"):
        interpret.heads(made, 1)


def test_a_kind_that_is_not_there_is_named():
    wrong = config("delta")
    object.__setattr__(wrong.stack.blocks[0].attention, "kind", "rwkv")  # tests check types before the block
    with pytest.raises(
        ValueError, match=r"attention\.kind must be one of linear, retention, delta; got 'rwkv'"
    ):
        jax.eval_shape(lambda: models.init(wrong, jax.random.key(0)))
