"""Configurations are read as the library reads them that they were written for."""

import pytest

from jaxmath import definitions as d

SMALL = dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, vocab_size=100)
GROUPED = dict(SMALL, num_key_value_heads=2)
NARROW = {key: value for key, value in SMALL.items() if key != "intermediate_size"}
EXPERTS = dict(
    num_experts=8, num_experts_per_tok=2, moe_intermediate_size=24, shared_expert_intermediate_size=40
)
# Parameters of models that transformers 5.24 makes of these configurations on torch's meta device.
COUNTED = {
    "gptj": (dict(n_embd=64, n_layer=3, n_head=4, vocab_size=100), 161828),
    "bloom": (dict(hidden_size=64, n_layer=3, n_head=4, vocab_size=100), 156608),
    "opt": (dict(NARROW, ffn_dim=96, max_position_embeddings=50, word_embed_proj_dim=64), 97888),
    "falcon": (dict(NARROW, multi_query=True, parallel_attn=True, bias=False), 135936),
    "falcon 40b": (dict(NARROW, new_decoder_architecture=True, num_kv_heads=2, bias=False), 142464),
    "falcon rw": (dict(NARROW, multi_query=False, parallel_attn=False, bias=True), 156480),
    "cohere": (GROUPED, 98816),
    "cohere qk": (dict(GROUPED, use_qk_norm=True), 99104),
    "olmo2": (GROUPED, 105696),
    "stablelm": (dict(SMALL, num_key_value_heads=4, use_qkv_bias=True), 118720),
    "stablelm parallel": (dict(SMALL, num_key_value_heads=4, use_parallel_residual=True), 117760),
    "gemma3_text": (dict(GROUPED, head_dim=32), 136448),
    "qwen2_moe": (dict(GROUPED, **EXPERTS), 185856),
    "roberta": (dict(SMALL, max_position_embeddings=50, type_vocab_size=1), 101984),
    "llama biases": (dict(GROUPED, attention_bias=True, mlp_bias=True), 106752),
    "gpt_neox": (dict(SMALL, use_parallel_residual=False), 100960),
}


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_are_those_of_transformers(name):
    config, counted = COUNTED[name]
    assert d.parameters(d.shape_from_config(dict(config, model_type=name.split()[0]))) == counted


@pytest.mark.parametrize("name", d.PUBLISHED)
def test_published_shapes_can_be_counted(name):
    shape = d.published_shape(name)
    assert 0 < d.active_parameters(shape) <= d.parameters(shape)


@pytest.mark.parametrize(
    "family, entries, layers",
    [
        ("mistral", dict(sliding_window=16), 3),
        ("mistral", dict(sliding_window=None), 0),
        ("qwen2", dict(sliding_window=16, use_sliding_window=False), 0),
        ("gemma2", dict(sliding_window=16), 2),
        ("gemma3_text", dict(sliding_window=16, sliding_window_pattern=3), 2),
        ("llama", dict(sliding_window=16, layer_types=["sliding_attention", "full_attention"]), 1),
    ],
)
def test_layers_with_windows(family, entries, layers):
    assert d.shape_from_config(dict(GROUPED, model_type=family, **entries)).windowed_layers == layers


def test_models_of_texts_and_pictures_have_a_part_for_texts():
    inner = dict(GROUPED, model_type="llama")
    assert d.shape_from_config(dict(model_type="mllama", text_config=inner)) == d.shape_from_config(inner)


def test_unknown_family():
    with pytest.raises(ValueError, match=r"model_type is 'mamba'\.\n  Known are bert, bloom"):
        d.shape_from_config(dict(model_type="mamba"))


def test_missing_entry():
    message = r"a llama needs the entry 'vocab_size', which is missing\.\n  The entries are hidden_size, "
    with pytest.raises(ValueError, match=message):
        d.shape_from_config({k: v for k, v in dict(SMALL, model_type="llama").items() if k != "vocab_size"})


def test_what_cannot_be_described():
    with pytest.raises(ValueError, match=r"experts in some layers only \(decoder_sparse_step, "):
        d.shape_from_config(dict(GROUPED, **EXPERTS, model_type="qwen2_moe", decoder_sparse_step=2))
    with pytest.raises(ValueError, match=r"an OPT whose embeddings have another width"):
        d.shape_from_config(dict(SMALL, model_type="opt", word_embed_proj_dim=32))


def test_unknown_name():
    with pytest.raises(
        ValueError, match=r"(?s)no model is called 'gpt5'\.\n  Known are gpt2, .*config\.json"
    ):
        d.published_shape("gpt5")


def attention(**changes):
    return d.AttentionShape(**(dict(heads=4, groups=2, key_width=8, value_width=8) | changes))


def shape(**changes):
    told = dict(width=32, layers=2, vocabulary=9, attention=attention(), mlp=d.MLPShape(hidden=64))
    return d.TransformerShape(**(told | changes))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: attention(groups=3), r"4 heads cannot share 3 groups .*\n  Choose groups that divide heads"),
        (lambda: attention(window=-1), r"AttentionShape: window is -1\.\n  A size is zero or more"),
        (lambda: d.MLPShape(hidden=-2), r"MLPShape: hidden is -2\."),
        (lambda: d.NormShape(outside=-2), r"NormShape: outside is -2\."),
        (
            lambda: d.ExpertsShape(count=2, active=3, expert=d.MLPShape(hidden=1)),
            r"a token is sent to 3 of 2 experts\.\n  Choose active between 1 and count",
        ),
        (lambda: shape(windowed_layers=3), r"of 2 layers 3 have a window and 2 no experts\.\n  Neither can"),
        (lambda: shape(windowed_layers=1), r"windowed_layers is 1, but attention\.window is 0\.\n  Give the"),
    ],
)
def test_sizes_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()
