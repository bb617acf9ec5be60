"""Every kind of cache: reading a text in pieces is reading it at once."""

import dataclasses
import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import models
from jaxmath.models import _caches
from jaxmath.modules import _cache

SMALL = {"vocab_size": 11, "hidden_size": 8, "num_attention_heads": 2, "initializer_range": 0.4}
CONFIGS = {
    "gemma2": SMALL
    | {"num_hidden_layers": 2, "num_key_value_heads": 1, "head_dim": 4, "intermediate_size": 8}
    | {"sliding_window": 3, "attn_logit_softcapping": 2.0, "max_position_embeddings": 32},
    "llama": SMALL | {"num_hidden_layers": 1, "num_key_value_heads": 1, "intermediate_size": 8},
    "gpt_oss": SMALL
    | {"num_hidden_layers": 2, "num_key_value_heads": 1, "head_dim": 4, "intermediate_size": 8}
    | {"sliding_window": 4, "num_local_experts": 2, "num_experts_per_tok": 1},
    "deepseek_v3": SMALL
    | {"num_hidden_layers": 1, "intermediate_size": 8, "first_k_dense_replace": 1, "kv_lora_rank": 6}
    | {"moe_intermediate_size": 4, "n_routed_experts": 2, "num_experts_per_tok": 1, "n_shared_experts": 1}
    | {"n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.0, "norm_topk_prob": True}
    | {"q_lora_rank": None, "qk_rope_head_dim": 2, "qk_nope_head_dim": 4, "v_head_dim": 4},
    # Linear biases, and learned ones.
    "bloom": {"vocab_size": 11, "hidden_size": 8, "n_layer": 2, "n_head": 2, "initializer_range": 0.4},
    "mpt": {"vocab_size": 11, "d_model": 8, "n_heads": 2, "n_layers": 1, "expansion_ratio": 1}
    | {"max_seq_len": 32, "initializer_range": 0.4},
    "falcon": SMALL | {"num_hidden_layers": 1, "alibi": True, "new_decoder_architecture": False},
    "t5": {"vocab_size": 11, "d_model": 8, "d_kv": 4, "d_ff": 8, "num_layers": 2, "num_heads": 2}
    | {"relative_attention_num_buckets": 6, "relative_attention_max_distance": 7},
}
BIASED = ["bloom", *(pytest.param(x, marks=pytest.mark.slow) for x in ("mpt", "falcon", "t5"))]
CASES = [("gemma2", "rolling"), ("gemma2", "paged"), ("llama", "paged"), ("deepseek_v3", "latent")]
MORE = [("gpt_oss", "rolling"), ("gpt_oss", "paged"), ("gemma2", "contiguous"), ("deepseek_v3", "contiguous")]
ALL = [*CASES, *(pytest.param(*x, marks=pytest.mark.slow) for x in MORE)]
IDS = jnp.array([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [6, 5, 4, 3, 2, 1, 0, 9, 8, 7]], jnp.int32)
# Padding on the left, none, in the middle and on the right of the first piece.
HERE = jnp.array([[0, 0, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], bool)
SOURCE = jnp.array([[1, 2, 3], [1, 2, 3]], jnp.int32)  # of an encoder
HOLES = jnp.array([[1, 0, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 1, 1, 1, 1, 1]], bool)


@functools.cache
def model(name):
    with jax.enable_x64(True):
        config = {"model_type": name} | CONFIGS[name]
        return jax.jit(lambda: models.init(config, jax.random.key(0), jnp.float64))()


def read(model, ids, here, cache=None):
    if isinstance(model, models.Transformer):
        return model(ids, here, cache=cache)
    source = {} if cache is not None and cache.memory is not None else {"input_ids": SOURCE[: ids.shape[0]]}
    return model(cache=cache, decoder_input_ids=ids, decoder_attention_mask=here, **source)


@functools.partial(jax.jit, static_argnames=("kind", "pieces"))
def in_pieces(model, here, kind, pieces):
    """Scores of all positions, read so many at a time."""
    cache, scores, at = model.cache(2, 10, kind=kind, page=2), [], 0
    for n in pieces:
        now = slice(at, at + n)
        result = read(model, IDS[:, now], here[:, now], cache)
        cache, at = result.cache, at + n
        scores.append(result.logits)
    return jnp.concatenate(scores, 1), cache


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_pieces_are_the_whole(name, kind, x64):
    whole = jax.jit(lambda m, here: m(IDS, here).logits)
    for here, pieces in ((HERE, (5, 1, 1, 3)), (HOLES, (5, 1, 1, 3))):
        if kind == "paged" and "sliding_window" in CONFIGS[name] and here is HOLES:
            continue  # a window counts places, and in pages only tokens have one
        got, _ = in_pieces(model(name), here, kind, pieces)
        want = whole(model(name), here)
        mask = np.asarray(here)[..., None]
        got, want = np.asarray(got) * mask, np.asarray(want) * mask
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12 * np.abs(want).max())


@pytest.mark.parametrize("name", BIASED)
def test_biases_by_distance_in_pages(name, x64):
    got, cache = in_pieces(model(name), HERE, "paged", (5, 1, 1, 3))
    want, _ = in_pieces(model(name), HERE, "contiguous", (5, 1, 1, 3))
    assert isinstance(cache.layers[0], _cache.Paged)
    scale = np.abs(want).max()
    np.testing.assert_allclose(got[HERE], want[HERE], rtol=0, atol=1e-12 * scale)
    assert np.abs(want[1, 1:] - want[1, :-1]).max() > 1e-3 * scale


@pytest.mark.slow
@pytest.mark.parametrize("name", BIASED)
def test_in_pages_tokens_are_as_far_apart_as_there_are_tokens_between(name, x64):
    """What is not there has no place, so that a row with holes is the row without them."""
    got, _ = in_pieces(model(name), HOLES, "paged", (5, 1, 1, 3))
    for ids, here, scores in zip(IDS, np.asarray(HOLES), got, strict=True):
        want = read(model(name), ids[None, here], jnp.ones((1, here.sum()), bool)).logits[0]
        np.testing.assert_allclose(scores[here], want, rtol=0, atol=1e-12 * np.abs(want).max())


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_what_is_kept(name, kind, x64):
    _, cache = in_pieces(model(name), HERE, kind, (5, 1, 1, 3))
    kinds = {"rolling": _cache.Rolling, "paged": _cache.Paged, "latent": _cache.Latent, "contiguous": tuple}
    first = cache.layers[0]
    assert type(first) is kinds[kind]
    width = {"rolling": CONFIGS[name].get("sliding_window"), "latent": 10, "paged": 2, "contiguous": 10}[kind]
    assert first[0].shape[-2] == width
    if kind == "latent":
        assert first[0].shape[-1] == 8  # a latent vector and one turned key, for all heads


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [*CASES, ("bloom", "paged"), ("t5", "paged")])
def test_generation(name, kind, x64):
    ids, here = IDS[:, :4], HERE[:, :4]
    want = models.generate(model(name), ids, here, steps=6).tokens
    made = models.generate(model(name), ids, here, steps=6, cache=kind)
    np.testing.assert_array_equal(made.tokens, want)


def test_weights_over_latent_vectors_are_those_over_keys(x64):
    capture = ("layers.0.attention.*",)

    @functools.partial(jax.jit, static_argnames="kind")
    def captured(model, kind):
        first = model(IDS[:, :9], cache=model.cache(2, 10, kind=kind))
        return model(IDS[:, 9:], cache=first.cache, capture=capture).captured

    got, want = captured(model("deepseek_v3"), "latent"), captured(model("deepseek_v3"), "contiguous")
    assert set(got) == set(want) and {x.rpartition(".")[2] for x in want} >= {"weights", "heads"}
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=0, atol=1e-13)


def test_messages(x64):
    for kind, match in (
        ("latent", "kind 'latent' needs layers with latent attention"),
        ("rolling", "kind 'rolling' needs layers with a window"),
        ("paged", "kind 'paged' holds keys and values, .* latent vectors; use 'latent', or 'contiguous'"),
    ):
        with pytest.raises(ValueError, match=match):
            model("gemma2" if kind == "latent" else "deepseek_v3").cache(1, 2, kind=kind)
    stack = model("llama").config.stack
    attention = dataclasses.replace(stack.blocks[0].attention, causal=False)
    both_ways = (dataclasses.replace(stack.blocks[0], attention=attention),)
    with pytest.raises(ValueError, match="kind 'paged' needs causal attention in every layer; use 'contig"):
        _caches.empty(dataclasses.replace(stack, blocks=both_ways), 1, 2, jnp.float32, "paged")
    with pytest.raises(
        ValueError, match="kind must be one of contiguous, rolling, paged, latent; got 'page'"
    ):
        inspect.unwrap(_caches._check)(model("gemma2").config.stack, "page", 16)
    with pytest.raises(ValueError, match="page must be a positive number of positions; got 0"):
        model("gemma2").cache(1, 2, kind="paged", page=0)
    with pytest.raises(models.GenerationError, match="with a draft, cache must be 'contiguous'; got 'paged'"):
        models.generate(model("gemma2"), IDS, draft=model("gemma2"), cache="paged")
