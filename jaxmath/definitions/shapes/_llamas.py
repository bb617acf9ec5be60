"""Configurations of decoders with RMS norms, gated networks and rotary positions, and of their kin."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.shapes.parts import AttentionShape, MLPShape, NormShape
from jaxmath.definitions.shapes.transformer import TransformerShape

Config = Mapping[str, Any]


def llama(c: Config, tied: bool = False, **changes: Any) -> TransformerShape:
    """Llama 1 to 3, Mistral, Phi-3; `changes` are those of the attention."""
    bias = bool(c.get("attention_bias", False))
    return TransformerShape(
        width=c["hidden_size"],
        layers=c["num_hidden_layers"],
        vocabulary=c["vocab_size"],
        attention=_attention(c, **{"qkv_bias": bias, "out_bias": bias, **changes}),
        mlp=MLPShape(hidden=c["intermediate_size"], gated=True, bias=bool(c.get("mlp_bias", False))),
        tied=c.get("tie_word_embeddings", tied),
        windowed_layers=_windowed(c),
    )


def qwen2(c: Config) -> TransformerShape:
    return llama(c, qkv_bias=True, out_bias=False)


def qwen3(c: Config) -> TransformerShape:
    return llama(c, qk_norm="head")


def olmo2(c: Config) -> TransformerShape:
    return llama(c, qk_norm="all")


def stablelm(c: Config) -> TransformerShape:
    norms = NormShape(vectors=2, per_block=1 if c.get("use_parallel_residual") else 2)
    return dataclasses.replace(llama(c, qkv_bias=bool(c.get("use_qkv_bias"))), norm=norms)


def cohere(c: Config) -> TransformerShape:
    shape = llama(c, tied=True, qk_norm="all" if c.get("use_qk_norm") else "none")
    return dataclasses.replace(shape, norm=NormShape(per_block=1))


def gemma(c: Config) -> TransformerShape:
    return llama(c, tied=True)


def gemma2(c: Config) -> TransformerShape:
    return dataclasses.replace(llama(c, tied=True), norm=NormShape(per_block=4))


def gemma3(c: Config) -> TransformerShape:
    return dataclasses.replace(llama(c, tied=True, qk_norm="head"), norm=NormShape(per_block=4))


def _attention(c: Config, **changes: Any) -> AttentionShape:
    heads = c["num_attention_heads"]
    width = c.get("head_dim") or c["hidden_size"] // heads
    window = (c.get("sliding_window") or 0) if _windowed(c) else 0
    told = dict(heads=heads, groups=c.get("num_key_value_heads") or heads, window=window)
    return AttentionShape(**(told | dict(key_width=width, value_width=width) | changes))


def _windowed(c: Config) -> int:
    layers, kinds = c["num_hidden_layers"], c.get("layer_types")
    if not c.get("sliding_window") or not c.get("use_sliding_window", True):
        return 0
    if kinds:
        return sum(kind == "sliding_attention" for kind in kinds)
    family, every = c.get("model_type"), c.get("sliding_window_pattern", 6)
    every = 2 if family in ("gemma2", "gpt_oss") else every if family == "gemma3_text" else 0
    return layers - layers // every if every else layers
