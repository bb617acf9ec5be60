"""Costs that no claim speaks of, and messages."""

import dataclasses

import pytest

from jaxmath import definitions as d

LLAMA = d.published_shape("llama-3-8b")


def test_parts_add_up():
    blocks = d.attention_parameters(LLAMA.attention, 4096) + d.mlp_parameters(LLAMA.mlp, 4096) + 2 * 4096
    readout = 128256 * 4096
    assert d.parameters(LLAMA) == d.embedding_parameters(LLAMA) + 32 * blocks + readout + 4096


def test_attention_to_another_width_has_narrower_keys():
    a = LLAMA.attention
    saved = (4096 - 1000) * a.groups * (a.key_width + a.value_width)
    assert d.attention_parameters(a, 4096, 1000) == d.attention_parameters(a, 4096) - saved


def test_one_token_after_another_costs_as_much_as_all_at_once():
    steps = sum(d.forward_flops(LLAMA, 1, cached) for cached in range(7))
    assert steps == d.forward_flops(LLAMA, 7) < d.forward_flops(LLAMA, 7, masked=False)


def test_recomputing_costs_a_forward_pass():
    assert d.training_flops(LLAMA, 64, recomputed=True) == d.training_flops(LLAMA, 64) + d.forward_flops(
        LLAMA, 64
    )


def test_windows_save_operations():
    gemma = d.published_shape("gemma-2-2b")
    wide = dataclasses.replace(gemma, windowed_layers=0)
    assert d.forward_flops(gemma, 4096) == d.forward_flops(wide, 4096)
    assert d.forward_flops(gemma, 8192) < d.forward_flops(wide, 8192)


def test_encoders_mask_nothing():
    bert = d.published_shape("bert-base")
    assert d.forward_flops(bert, 8) == d.forward_flops(bert, 8, masked=False)


def test_activations_are_fewer_the_more_is_recomputed():
    sizes = [d.activation_bytes(LLAMA, 4096, recompute=how) for how in ("none", "selective", "full")]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3


def test_two_lengths():
    with pytest.raises(ValueError, match=r"an encoder-decoder has two lengths\.\n  Add up"):
        d.forward_flops(d.published_shape("t5-small"), 8)


def test_window_without_order():
    with pytest.raises(ValueError, match=r"a window is counted back from the query\.\n  Pass causal=True"):
        d.visible_pairs(4, causal=False, window=2)


def test_stage():
    with pytest.raises(ValueError, match=r"stage is 4\.\n  ZeRO has stages 0 .* 3 \(and parameters\)"):
        d.state_bytes(10, stage=4)
