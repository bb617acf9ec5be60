"""What the maps of families share."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from jaxmath.models._config import Config
from jaxmath.models._initial import Law
from jaxmath.models._read import Read
from jaxmath.modules import (
    AttentionConfig,
    BlockConfig,
    EmbeddingConfig,
    MlpConfig,
    NormConfig,
    ReadoutConfig,
    StackConfig,
)

# Names inside a layer, as Llama has them and most have taken over.
LLAMA = {
    "attention.q": "self_attn.q_proj",
    "attention.k": "self_attn.k_proj",
    "attention.v": "self_attn.v_proj",
    "attention.out": "self_attn.o_proj",
    "before.attention": "input_layernorm",
    "before.mlp": "post_attention_layernorm",
    "mlp.gate": "mlp.gate_proj",
    "mlp.up": "mlp.up_proj",
    "mlp.down": "mlp.down_proj",
}
QK_NORM = {"attention.q_norm": "self_attn.q_norm", "attention.k_norm": "self_attn.k_norm"}


def names(
    parts: Mapping[str, str] = LLAMA,
    embedding: str = "model.embed_tokens",
    layers: str = "model.layers",
    norm: str = "model.norm",
    head: str = "lm_head",
    **more: str,
) -> dict[str, str]:
    """From names here to names there, for a decoder."""
    inside = {f"stack.layers.*.{x}": f"{layers}.*.{y}" for x, y in parts.items()}
    outside = {"embedding.table": f"{embedding}.weight", "stack.norm": norm, "readout.table": head}
    return inside | outside | {x.replace("__", "."): y for x, y in more.items()}


def width(read: Read) -> int:
    """Of the model."""
    return int(read("hidden_size", "n_embd", "d_model", "dim"))


def heads(read: Read, **options: Any) -> AttentionConfig:
    """Heads in groups, of the width of the model together unless said otherwise."""
    count = read("num_attention_heads", "n_head", "num_heads", "n_heads")
    groups = options.pop("groups", None) or read("num_key_value_heads", default=count)
    d = options.pop("d", None) or read("head_dim", default=width(read) // count)
    return AttentionConfig(heads=count, groups=groups, d=d, **options)


def rms(read: Read, **options: Any) -> NormConfig:
    """An RMS norm."""
    return NormConfig("rms", read("rms_norm_eps", default=1e-6), **options)


def layer_norm(read: Read, *eps: str, bias: bool = True, default: float = 1e-5, **options: Any) -> NormConfig:
    """A layer norm; `eps` are the names its epsilon goes by."""
    named = eps or ("layer_norm_eps", "layer_norm_epsilon")
    return NormConfig("layer", read(*named, default=default), bias=bias, **options)


def gated(read: Read, **options: Any) -> MlpConfig:
    """A gated network."""
    name = read("hidden_act", "hidden_activation", default="silu")
    return MlpConfig(read("intermediate_size"), name, gated=True, **options)


def beside(parallel: bool, two: bool = False) -> Literal["", "one", "two"]:
    """Whether attention and network are side by side, and with how many norms."""
    return ("two" if two else "one") if parallel else ""


def count(read: Read) -> int:
    """How many layers."""
    return int(read("num_hidden_layers", "n_layer", "num_layers", "n_layers"))


def windows(read: Read, layers: int, default: Sequence[bool]) -> list[tuple[int, int] | None]:
    """How far back each layer looks: those that slide, `sliding_window` keys, itself included."""
    kinds = read("layer_types", default=None)
    slides = default if kinds is None else [x == "sliding_attention" for x in kinds]
    size = read("sliding_window", default=None)
    return [(size - 1, 0) if slide and size is not None else None for slide in slides][:layers]


def less_with_depth(of: Config, cut: float | None = None) -> Config:
    r"""The same, whose maps back to the residual stream begin with $\sigma / \sqrt{2 L}$, for $L$ layers.

    Each layer adds to the stream twice; so its variance does not grow with their number.
    """
    law = Law(of.std / (2 * len(of.stack.blocks)) ** 0.5, cut)
    laws = tuple((f"stack.layers.*.{x}.weight", law) for x in ("attention.out", "mlp.down"))
    return dataclasses.replace(of, initial=laws + of.initial)


def decoder(
    read: Read,
    blocks: Sequence[BlockConfig],
    norm: NormConfig | None,
    *,
    tied: bool = False,
    embedding: Mapping[str, Any] | None = None,
    readout: Mapping[str, Any] | None = None,
    **more: Any,
) -> Config:
    """A decoder.

    Args:
      read: the options.
      blocks: its layers.
      norm: after the last.
      tied: whether the read-out is the table of the embedding, unless said otherwise.
      embedding: more about the embedding.
      readout: more about the read-out.
      **more: more about the model.
    """
    d = width(read)
    tie = bool(read("tie_word_embeddings", default=tied))
    return Config(
        family=read.raw["model_type"],
        width=d,
        embedding=EmbeddingConfig(read("vocab_size"), d, **(embedding or {})),
        stack=StackConfig(tuple(blocks), norm),
        readout=ReadoutConfig(tie, **(readout or {})),
        std=read("initializer_range", default=0.02),
        **more,
    )
