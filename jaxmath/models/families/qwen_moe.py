"""Qwen 2 and 3 with mixtures of experts.

Source: Yang et al., *Qwen2 technical report* (2024), arXiv:2407.10671, section 2.2.2;
*Qwen3 technical report* (2025), arXiv:2505.09388.
"""

from typing import Any

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts, qwen2
from jaxmath.modules import BlockConfig, MixtureConfig, MlpConfig

EXPERTS = {
    "mlp.router": "mlp.gate",
    "mlp.expert_gate": "mlp.experts.#.gate_proj.weight",
    "mlp.expert_up": "mlp.experts.#.up_proj.weight",
    "mlp.expert_down": "mlp.experts.#.down_proj.weight",
}
_SHARED = {
    "mlp.shared.gate": "mlp.shared_expert.gate_proj",
    "mlp.shared.up": "mlp.shared_expert.up_proj",
    "mlp.shared.down": "mlp.shared_expert.down_proj",
    "mlp.shared_gate": "mlp.shared_expert_gate",
}


def config(read: Read) -> Config:
    """The map of options."""
    second, layers, norm = read.raw["model_type"] == "qwen2_moe", _parts.count(read), _parts.rms(read)
    how: dict[str, Any] = {"d": read("head_dim", default=_parts.width(read) // read("num_attention_heads"))}
    how |= {"rotary": read.rotary(how["d"])}
    if second:
        how |= {"bias": bool(read("qkv_bias", default=True))}
    else:
        bias = bool(read("attention_bias", default=False))
        how |= {"bias": bias, "out_bias": bias, "norm": norm}
    mixture, plain = _mixture(read, second), _parts.gated(read)
    every, dense = read("decoder_sparse_step", default=1), read("mlp_only_layers", default=[])

    def mlp(i: int) -> MixtureConfig | MlpConfig:
        return mixture if i not in dense and (i + 1) % every == 0 else plain

    spans = _spans(read, layers)
    blocks = [BlockConfig(_parts.heads(read, window=x, **how), mlp(i), norm) for i, x in enumerate(spans)]
    return _parts.decoder(read, blocks, norm)


def _spans(read: Read, layers: int) -> list[tuple[int, int] | None]:
    if read.raw["model_type"] == "qwen2_moe":
        return qwen2.spans(read)
    read("max_window_layers", default=None)
    seen = _parts.windows(read, layers, [True] * layers)
    return seen if read("use_sliding_window", default=False) else [None] * layers


def _mixture(read: Read, second: bool) -> MixtureConfig:
    return MixtureConfig(
        read("num_experts", "num_local_experts"),
        read("num_experts_per_tok"),
        read("moe_intermediate_size"),
        read("hidden_act", default="silu"),
        normalise=bool(read("norm_topk_prob", default=False)),
        shared=read("shared_expert_intermediate_size") if second else None,
        shared_gate=second,
    )


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _parts.QK_NORM | EXPERTS | _SHARED), inner="model")
