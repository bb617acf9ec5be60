"""Configurations of encoders and encoder-decoders."""

from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.shapes._others import hidden_sizes
from jaxmath.definitions.shapes.parts import AttentionShape, MLPShape, NormShape
from jaxmath.definitions.shapes.transformer import TransformerShape

Config = Mapping[str, Any]


def bert(c: Config, **changes: Any) -> TransformerShape:
    told = dict(positions=c["max_position_embeddings"], segments=c["type_vocab_size"])
    return hidden_sizes(c, readout=False, pooler=True, causal=False, **told, **changes)


def roberta(c: Config) -> TransformerShape:
    return bert(c)


def t5(c: Config) -> TransformerShape:
    heads, width = c["num_heads"], c["d_kv"]
    gated = "gated" in c.get("feed_forward_proj", "relu")
    return TransformerShape(
        width=c["d_model"],
        layers=c.get("num_decoder_layers") or c["num_layers"],
        encoder_layers=c["num_layers"],
        vocabulary=c["vocab_size"],
        attention=AttentionShape(heads=heads, groups=heads, key_width=width, value_width=width),
        mlp=MLPShape(hidden=c["d_ff"], gated=gated),
        norm=NormShape(outside=2),
        buckets=c.get("relative_attention_num_buckets", 32),
        tied=c.get("tie_word_embeddings", True),
    )
