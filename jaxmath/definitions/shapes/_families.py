"""How the configuration of each family is read."""

from collections.abc import Callable, Mapping
from typing import Any

from jaxmath.definitions.shapes import _encoders, _llamas, _mixtures, _others
from jaxmath.definitions.shapes.transformer import TransformerShape

FAMILIES: Mapping[str, Callable[[Mapping[str, Any]], TransformerShape]] = {
    "bert": _encoders.bert,
    "bloom": _others.bloom,
    "cohere": _llamas.cohere,
    "deepseek_v2": _mixtures.deepseek,
    "deepseek_v3": _mixtures.deepseek_v3,
    "falcon": _others.falcon,
    "gemma": _llamas.gemma,
    "gemma2": _llamas.gemma2,
    "gemma3_text": _llamas.gemma3,
    "gpt2": _others.gpt2,
    "gpt_neox": _others.gpt_neox,
    "gpt_oss": _mixtures.gpt_oss,
    "gptj": _others.gptj,
    "llama": _llamas.llama,
    "mistral": _llamas.llama,
    "mixtral": _mixtures.mixtral,
    "olmo2": _llamas.olmo2,
    "opt": _others.opt,
    "phi": _others.phi,
    "phi3": _llamas.llama,
    "qwen2": _llamas.qwen2,
    "qwen2_moe": _mixtures.qwen2_moe,
    "qwen3": _llamas.qwen3,
    "qwen3_moe": _mixtures.qwen3_moe,
    "roberta": _encoders.roberta,
    "stablelm": _llamas.stablelm,
    "t5": _encoders.t5,
}
