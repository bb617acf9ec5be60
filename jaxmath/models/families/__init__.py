"""The families, by the `model_type` of their `config.json`."""

import dataclasses
import json
from typing import Any

from jaxmath.models._config import Config, is_bare
from jaxmath.models._keys import Keys
from jaxmath.models._read import ConfigError, Read
from jaxmath.models.families import (
    bart,
    bert,
    bloom,
    cohere,
    deepseek,
    distilbert,
    falcon,
    gemma,
    glm4,
    gpt2,
    gpt_j,
    gpt_neo,
    gpt_neox,
    gpt_oss,
    granite,
    llama,
    mixtral,
    modernbert,
    mpt,
    nemotron,
    olmo2,
    olmoe,
    opt,
    phi,
    phi3,
    qwen2,
    qwen3,
    qwen_moe,
    roberta,
    smollm3,
    stablelm,
    t5,
)

FAMILIES: dict[str, Any] = {
    "bart": bart,
    "bert": bert,
    "bloom": bloom,
    "cohere": cohere,
    "deepseek_v2": deepseek,
    "deepseek_v3": deepseek,
    "distilbert": distilbert,
    "falcon": falcon,
    "gemma": gemma,
    "gemma2": gemma,
    "gemma3_text": gemma,
    "glm4": glm4,
    "gpt2": gpt2,
    "gpt_neo": gpt_neo,
    "gpt_neox": gpt_neox,
    "gpt_oss": gpt_oss,
    "gptj": gpt_j,
    "granite": granite,
    "llama": llama,
    "mistral": llama,
    "mixtral": mixtral,
    "modernbert": modernbert,
    "mpt": mpt,
    "nemotron": nemotron,
    "olmo2": olmo2,
    "olmoe": olmoe,
    "opt": opt,
    "phi": phi,
    "phi3": phi3,
    "qwen2": qwen2,
    "qwen2_moe": qwen_moe,
    "qwen3": qwen3,
    "qwen3_moe": qwen_moe,
    "roberta": roberta,
    "smollm3": smollm3,
    "stablelm": stablelm,
    "t5": t5,
}


def config(raw: dict[str, Any]) -> Config:
    """What a `config.json` describes.

    Raises:
      ConfigError: if the family, or an option that changes the function, is not known.
    """
    kind = raw.get("model_type")
    if kind not in FAMILIES:
        raise ConfigError(
            f"models: model_type {kind!r} is not known; known are {', '.join(sorted(FAMILIES))}."
        )
    read = Read(raw)
    read.only("quantization_config")
    read.only("add_cross_attention", False)
    read("vocab_size", "tie_word_embeddings", "max_position_embeddings", "head_dim", default=None)
    made: Config = FAMILIES[kind].config(read)
    read.finish()
    made = dataclasses.replace(made, source=json.dumps(raw, sort_keys=True))
    (architecture, *_) = raw.get("architectures") or [""]
    return dataclasses.replace(made, readout=None) if is_bare(architecture) else made


def keys(of: Config) -> Keys:
    """The names of the tensors of a model."""
    names: Keys = FAMILIES[of.family].keys(of)
    return names
