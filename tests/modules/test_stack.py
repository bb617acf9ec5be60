"""Layers in a scan, and layers computed anew, are the layers one after the other."""

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmath
from jaxmath import models
from jaxmath.invariants import InvariantError
from jaxmath.modules._layers import repeats

IDS = jnp.array([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], jnp.int32)
SMALL = {"vocab_size": 11, "hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2}
# Alternating windows; a first layer unlike the others; cross-attention and learned relative positions.
CONFIGS = {
    "gemma2": SMALL
    | {"num_hidden_layers": 4, "num_key_value_heads": 1, "head_dim": 4, "sliding_window": 3}
    | {"max_position_embeddings": 32, "initializer_range": 0.3},
    "qwen3_moe": SMALL
    | {"num_hidden_layers": 3, "num_key_value_heads": 1, "head_dim": 4, "num_experts": 4}
    | {
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 4,
        "mlp_only_layers": [0],
        "initializer_range": 0.3,
    },
    "t5": {"vocab_size": 11, "d_model": 8, "d_kv": 4, "d_ff": 8, "num_layers": 2, "num_heads": 2},
}
HOW = [dict(zip(("scan", "remat"), x, strict=True)) for x in itertools.product((False, True), repeat=2)][1:]


def made(name, **how):
    config = {"model_type": name} | CONFIGS[name]
    return jax.jit(lambda: models.init(config, jax.random.key(0), jnp.float64, **how))()


def run(model, **more):
    if isinstance(model, models.EncoderDecoder):
        more["decoder_input_ids"] = IDS[:, ::-1][:, :4]
    return model(IDS, **more)


@jax.jit
def answers(model):
    """Scores, their pullback of a fixed direction, and a cache."""
    scores, pull = jax.vjp(lambda m: run(m).logits, model)
    direction = jnp.sin(jnp.arange(scores.size, dtype=scores.dtype)).reshape(scores.shape)
    return [scores, *jax.tree.leaves((pull(direction)[0], run(model, cache=model.cache(2, 8)).cache))]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    "name", ["gemma2", *(pytest.param(x, marks=pytest.mark.slow) for x in CONFIGS if x != "gemma2")]
)
def test_scores_gradients_and_caches(name, how, x64):
    for got, want in zip(answers(made(name, **how)), known(name), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-13 * max(1, np.abs(want).max()))


@functools.cache
def known(name):
    return answers(made(name))


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_captured_values(how, x64):
    names = ("residual.*", "layers.*.attention.weights", "final")
    captured = jax.jit(lambda m: m(IDS, capture=names).captured)
    want, got = captured(made("gemma2")), captured(made("gemma2", **how))
    assert set(got) == set(want)
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, rtol=0, atol=1e-13)


# Values of every kind, in the first layers and the last.
POINTS = ("residual.2", "layers.0.attention.out", "layers.1.attention.heads", "layers.2.attention.weights")
POINTS += ("layers.3.mlp.out", "final")


@jax.jit
def exchanged(model, put):
    """Scores and captured values with half the values exchanged and half changed, and their gradients."""

    def answer(model, put):
        both = {x: y if i % 2 else lambda z, y=y: z / 3 + y for i, (x, y) in enumerate(put.items())}
        result = run(model, interventions=both, capture=(*put, "residual.*"))
        return result.logits, result.captured

    def score(model, put):
        return sum(jnp.sin(x).sum() for x in jax.tree.leaves(answer(model, put)))

    return answer(model, put), jax.grad(score, (0, 1))(model, put)


@functools.cache
def plainly_exchanged():
    captured = jax.jit(lambda m: m(IDS[:, ::-1], capture=POINTS).captured)
    put = captured(made("gemma2"))
    return put, exchanged(made("gemma2"), put)


@pytest.mark.parametrize(
    "how", [pytest.param(x, marks=() if all(x.values()) else pytest.mark.slow) for x in HOW]
)
def test_exchanged_values(how, x64):
    put, wanted = plainly_exchanged()
    (_, captured), (_, by_put) = wanted
    assert set(captured) >= set(POINTS)
    assert all(np.abs(by_put[x]).max() > 0 for x in POINTS)
    got = jax.tree.leaves(exchanged(made("gemma2", **how), put))
    for found, want in zip(got, jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(found, want, rtol=0, atol=1e-13 * max(1, np.abs(want).max()))


@pytest.mark.parametrize("how", HOW)
def test_what_cannot_be_exchanged_is_said_all_the_same(how, x64):
    model = jax.eval_shape(functools.partial(made, "gemma2", **how))
    with pytest.raises(ValueError, match="interventions: no value called 'residual.9' came by"):
        jax.eval_shape(lambda m: run(m, interventions={"residual.9": jnp.sin}).logits, model)
    with pytest.raises(ValueError, match="what takes the place of 'layers.3.mlp.out' must have its shape"):
        jax.eval_shape(lambda m: run(m, interventions={"layers.3.mlp.out": jnp.ones(2)}).logits, model)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rolling", "paged"])
def test_other_caches(kind, x64):
    @jax.jit
    def read(model):
        first = run(model, cache=model.cache(2, 8, kind=kind, page=2))
        return first.logits, model(IDS[:, :2], cache=first.cache).logits

    for found, want in zip(read(made("gemma2", **HOW[-1])), read(made("gemma2")), strict=True):
        np.testing.assert_allclose(found, want, rtol=0, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_invariants_are_checked_in_every_layer(how, x64):
    model = made("gemma2", **how)
    gradient = jax.jit(jax.grad(lambda m: run(m).logits.sum()))
    with jaxmath.checking():
        jax.block_until_ready(gradient(model))
    model.stack.layers[2].mlp.down.weight[...] = jnp.full((8, 8), jnp.nan, jnp.float64)
    with pytest.raises(InvariantError, match="the residual stream must have no infinite"), jaxmath.checking():
        jax.block_until_ready(gradient(model))


def test_programs_are_shared_and_computed_anew(x64):
    def program(**how):
        return str(jax.make_jaxpr(jax.grad(lambda m: run(m).logits.sum()))(made("gemma2", **how)))

    plain = program()
    assert program(remat=True).count("remat") > plain.count("remat")
    assert program(scan=True).count("tanh") < plain.count("tanh")


@pytest.mark.slow
def test_a_layer_unlike_the_others_has_a_program_of_its_own(x64):
    scores = jax.jit(lambda m: run(m).logits)
    model = made("gemma2", scan=True)
    third = model.stack.layers[2].attention
    third.config = dataclasses.replace(third.config, scale=0.1)
    alone = jax.tree.map(lambda x: x, model)
    alone.stack.scan = False
    np.testing.assert_allclose(scores(model), scores(alone), rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("items", "want"), [("", (0, 1, 0)), ("a", (0, 1, 0)), ("aaa", (0, 1, 3)), ("xababaay", (1, 2, 2))]
)
def test_repeats(items, want):
    assert repeats(items) == want
