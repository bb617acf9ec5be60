"""Values inside a model can be exchanged, and nothing else changes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions, models, modules

SIZES = {
    "vocab_size": 11,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
}
CONFIGS = {
    "gemma2": {"num_key_value_heads": 2, "head_dim": 4, "sliding_window": 3, "attn_logit_softcapping": 2.0},
    "gpt_neox": {"use_parallel_residual": True},
    "deepseek_v2": {
        "kv_lora_rank": 4,
        "q_lora_rank": None,
        "qk_nope_head_dim": 4,
        "qk_rope_head_dim": 4,
        "v_head_dim": 4,
        "n_routed_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 4,
        "first_k_dense_replace": 1,
    },
}
A = jnp.array([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], jnp.int32)
B = A[:, ::-1].at[:, 0].set(7)
POINTS = (
    "residual.0",
    "layers.0.attention.out",
    "layers.1.mlp.out",
    "layers.1.attention.heads",
    "residual.2",
    "final",
)


@functools.cache
def made(family):
    return models.init(SIZES | {"model_type": family} | CONFIGS[family], jax.random.key(0))


@pytest.fixture(params=[pytest.param(x, marks=() if x == "gemma2" else pytest.mark.slow) for x in CONFIGS])
def model(request):
    return made(request.param)


@pytest.fixture
def gemma():
    return made("gemma2")


def same(x):
    return x


def test_what_does_nothing_changes_nothing_and_costs_nothing(model):
    plain = jax.make_jaxpr(lambda m: m(A).logits)(model)
    with_it = jax.make_jaxpr(lambda m: m(A, interventions=dict.fromkeys(POINTS, same)).logits)(model)
    assert str(plain) == str(with_it)


def test_every_residual_stream_is_all_that_later_layers_know(model):
    """All of it from run B gives the logits of B; so does any one layer of it."""
    other = model(B, capture=("residual.*",))
    whole = model(A, interventions=other.captured)
    np.testing.assert_array_equal(whole.logits, other.logits)
    for name, value in other.captured.items():
        np.testing.assert_array_equal(model(A, interventions={name: value}).logits, other.logits)


def test_one_position_reaches_those_that_see_it(gemma):
    other = gemma(B, capture=("residual.1",)).captured["residual.1"]
    exchanged = gemma(A, interventions={"residual.1": lambda x: x.at[:, 3].set(other[:, 3])}).logits
    plain = gemma(A).logits
    np.testing.assert_array_equal(exchanged[:, :3], plain[:, :3])
    assert (np.abs(exchanged - plain).max((0, 2))[3:] > 1e-3).all()


def test_what_is_captured_is_what_was_put_there(gemma):
    put = jnp.ones((2, 6, 8))
    found = gemma(A, interventions={"layers.0.mlp.out": put}, capture=("layers.0.mlp.out", "residual.*"))
    np.testing.assert_array_equal(found.captured["layers.0.mlp.out"], put)
    assert set(found.captured) == {"layers.0.mlp.out", "residual.0", "residual.1", "residual.2"}


def test_weights(model):
    name = "layers.1.attention.weights"
    np.testing.assert_allclose(
        model(A, interventions={name: same}).logits, model(A).logits, rtol=0, atol=2e-5
    )
    blind = model(A, interventions={name: jnp.zeros_like}).logits
    silent = model(A, interventions={"layers.1.attention.heads": jnp.zeros_like}).logits
    np.testing.assert_array_equal(blind, silent)


def test_compiled_with_values_as_arguments(gemma):
    run = jax.jit(lambda m, ids, put: m(ids, interventions=put).logits)
    other = gemma(B, capture=("residual.1",))
    np.testing.assert_allclose(run(gemma, A, other.captured), other.logits, rtol=0, atol=2e-5)


def effects(gemma, names):
    """A score with changes of inner values, and the changes that make run A run B."""
    runs = [gemma(ids, capture=names).captured for ids in (A, B)]

    def f(changes):
        put = {name: lambda x, change=change: x + change for name, change in changes.items()}
        return jnp.tanh(gemma(A, interventions=put).logits[:, -1]).sum()

    return f, {name: runs[1][name] - runs[0][name] for name in names}


@pytest.mark.slow
def test_patching_the_whole_stream_has_the_whole_effect(gemma):
    f, changes = effects(gemma, ("residual.0", "residual.1"))
    whole = jnp.tanh(gemma(B).logits[:, -1]).sum() - f({})
    assert abs(whole) > 0.1
    for effect in definitions.patching_effects(f, changes).values():
        np.testing.assert_allclose(effect, whole, rtol=0, atol=1e-4)


def test_attribution_is_the_slope_of_patching(gemma):
    """Central differences with steps of 1/64: an error of their square, and of roundings over a step."""
    names = ("residual.1", "layers.1.attention.heads", "layers.0.mlp.out")
    f, changes = effects(gemma, names)
    slopes = definitions.attribution_effects(f, changes)
    for name, change in changes.items():
        ends = [f({name: sign / 64 * change}) for sign in (-1, 1)]
        np.testing.assert_allclose(slopes[name], (ends[1] - ends[0]) * 32, rtol=0.02, atol=1e-3)


def test_a_name_that_never_comes_by(gemma):
    message = (
        r"interventions: no value called 'residual\.9' came by, so nothing would be exchanged\.\n"
        r"  Values are called final, layers\.\*\.attention\.heads, layers\.\*\.attention\.out, "
        r"layers\.\*\.attention\.weights, layers\.\*\.mlp\.out, residual\.\*; with numbers for \*\."
    )
    with pytest.raises(ValueError, match=message):
        gemma(A, interventions={"residual.9": same})


def test_a_value_of_another_shape_or_type(gemma):
    message = (
        r"interventions: what takes the place of 'residual\.1' must have its shape and dtype\.\n"
        r"  demanded  float32\[2, 6, 8\]\n  came      float32\[6, 8\]"
    )
    with pytest.raises(ValueError, match=message):
        gemma(A, interventions={"residual.1": jnp.ones((6, 8))})
    with pytest.raises(ValueError, match=r"came      bfloat16\[2, 6, 8\]"):
        gemma(A, interventions={"residual.1": lambda x: x.astype(jnp.bfloat16)})


@pytest.mark.slow
def test_encoder_and_decoder():
    config = {
        "model_type": "t5",
        "vocab_size": 11,
        "d_model": 8,
        "d_kv": 4,
        "d_ff": 12,
        "num_layers": 1,
        "num_heads": 2,
        "feed_forward_proj": "relu",
    }
    model = models.init(config, jax.random.key(0))
    names = ("encoder.final", "decoder.residual.1")
    other = model(B, decoder_input_ids=A, capture=names)
    found = model(A, decoder_input_ids=A, interventions={"encoder.final": other.captured["encoder.final"]})
    np.testing.assert_array_equal(found.logits, other.logits)
    with pytest.raises(ValueError, match=r"no value called 'final' came by"):
        model(A, decoder_input_ids=A, interventions={"final": same})


def test_interventions_are_for_everybody():
    record = modules.Record(interventions={"a.x": jnp.ones(2)})
    np.testing.assert_array_equal(record.inside("a").through("x", jnp.zeros(2)), jnp.ones(2))
    assert not record.idle and modules.Record().idle and not modules.Record(("x",)).idle
    record.finish()
