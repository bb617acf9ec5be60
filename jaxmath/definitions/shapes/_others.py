"""Configurations of decoders with layer norms."""

from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.shapes.parts import AttentionShape, MLPShape, NormShape
from jaxmath.definitions.shapes.transformer import TransformerShape

Config = Mapping[str, Any]


def gpt2(c: Config) -> TransformerShape:
    d, heads = c["n_embd"], c["n_head"]
    hidden = c.get("n_inner") or 4 * d
    positions = c["n_positions"]
    return _biased(d, c["n_layer"], c["vocab_size"], heads, hidden, positions=positions, tied=True)


def gpt_neox(c: Config) -> TransformerShape:
    return hidden_sizes(c, tied=c.get("tie_word_embeddings", False))


def opt(c: Config) -> TransformerShape:
    d = c["hidden_size"]
    if c.get("word_embed_proj_dim", d) != d or not c.get("do_layer_norm_before", True):
        raise ValueError(
            "shape_from_config: an OPT whose embeddings have another width, or whose norms come last.\n"
            "  Its projections cannot be described."
        )
    # The table of positions has two rows that no position uses.
    told = dict(positions=c["max_position_embeddings"] + 2, tied=True)
    return hidden_sizes(dict(c, intermediate_size=c["ffn_dim"]), **told)


def bloom(c: Config) -> TransformerShape:
    d, norm = c.get("hidden_size") or c["n_embed"], NormShape(vectors=2, outside=2)
    return _biased(d, c["n_layer"], c["vocab_size"], c["n_head"], 4 * d, tied=True, norm=norm)


def gptj(c: Config) -> TransformerShape:
    d, norm = c["n_embd"], NormShape(vectors=2, per_block=1)
    hidden = c.get("n_inner") or 4 * d
    told = dict(norm=norm, readout_bias=True, attention=_heads(d, c["n_head"], bias=False))
    return _biased(d, c["n_layer"], c["vocab_size"], c["n_head"], hidden, **told)


def phi(c: Config) -> TransformerShape:
    return hidden_sizes(c, norm=NormShape(vectors=2, per_block=1), readout_bias=True)


def falcon(c: Config) -> TransformerShape:
    d, heads, new = c["hidden_size"], c["num_attention_heads"], c.get("new_decoder_architecture", False)
    groups = (c.get("num_kv_heads") or heads) if new else 1 if c.get("multi_query", True) else heads
    bias, parallel = c.get("bias", False), c.get("parallel_attn", True)
    norms = (c.get("num_ln_in_parallel_attn") or 2) if new else 1 if parallel else 2
    return TransformerShape(
        width=d,
        layers=c["num_hidden_layers"],
        vocabulary=c["vocab_size"],
        attention=_heads(d, heads, groups, bias),
        mlp=MLPShape(hidden=c.get("ffn_hidden_size") or 4 * d, bias=bias),
        norm=NormShape(vectors=2, per_block=norms),
        tied=c.get("tie_word_embeddings", True),
    )


def hidden_sizes(c: Config, **told: Any) -> TransformerShape:
    keys = ("hidden_size", "num_hidden_layers", "vocab_size", "num_attention_heads", "intermediate_size")
    d, layers, words, heads, hidden = (c[key] for key in keys)
    return _biased(d, layers, words, heads, hidden, **told)


def _biased(d: int, layers: int, words: int, heads: int, hidden: int, **told: Any) -> TransformerShape:
    """Layer norms, and a bias wherever there can be one."""
    parts: dict[str, Any] = dict(
        attention=_heads(d, heads), mlp=MLPShape(hidden=hidden, bias=True), norm=NormShape(vectors=2)
    )
    return TransformerShape(width=d, layers=layers, vocabulary=words, **(parts | told))


def _heads(d: int, heads: int, groups: int = 0, bias: bool = True) -> AttentionShape:
    sizes: dict[str, Any] = dict(heads=heads, groups=groups or heads, key_width=d // heads)
    return AttentionShape(**sizes, value_width=d // heads, qkv_bias=bias, out_bias=bias)
