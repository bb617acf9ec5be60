"""DeepSeek V2 and V3: latent attention, many experts, some of them for all.

Source: DeepSeek-AI, *DeepSeek-V2* (2024), arXiv:2405.04434; *DeepSeek-V3* (2024), arXiv:2412.19437.
"""

import math

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts, qwen_moe
from jaxmath.modules import BlockConfig, LatentConfig, MixtureConfig, NormConfig, RotaryConfig

_PARTS = {
    "attention.q_down": "self_attn.q_a_proj",
    "attention.q_norm": "self_attn.q_a_layernorm",
    "attention.kv_down": "self_attn.kv_a_proj_with_mqa",
    "attention.kv_norm": "self_attn.kv_a_layernorm",
    "mlp.shared.gate": "mlp.shared_experts.gate_proj",
    "mlp.shared.up": "mlp.shared_experts.up_proj",
    "mlp.shared.down": "mlp.shared_experts.down_proj",
    "mlp.correction": "mlp.gate.e_score_correction_bias",
}


def config(read: Read) -> Config:
    """The map of options."""
    third = read.raw["model_type"] == "deepseek_v3"
    for name in (
        "num_mtp_layers",
        "num_nextn_predict_layers",
        "num_key_value_heads",
        "head_dim",
        "qk_head_dim",
    ):
        read(name, default=None)
    read.only("moe_layer_freq", 1)
    read.only("seq_aux", True, False)
    read.only("mlp_bias", False)
    read.only("scoring_func", "sigmoid" if third else "softmax")
    read.only("topk_method", *(["noaux_tc"] if third else ["greedy", "group_limited_greedy"]))
    norm, dense = _parts.rms(read), read("first_k_dense_replace", default=0)
    attention, mixture, mlp = _attention(read), _mixture(read, third), _parts.gated(read)
    layers = _parts.count(read)
    blocks = [BlockConfig(attention, mixture if i >= dense else mlp, norm) for i in range(layers)]
    return _parts.decoder(read, blocks, norm)


def _attention(read: Read) -> LatentConfig:
    still, turned = read("qk_nope_head_dim"), read("qk_rope_head_dim")
    layout = "interleaved" if read("rope_interleave", default=True) else "half-split"
    rotary = read.rotary(turned, layout)
    return LatentConfig(
        heads=read("num_attention_heads"),
        d=still,
        rotary=rotary,
        e=read("v_head_dim"),
        rank=read("kv_lora_rank"),
        query_rank=read("q_lora_rank", default=None),
        scale=(still + turned) ** -0.5 * _lengthened(rotary, read.raw["model_type"]),
        norm=NormConfig("rms", 1e-6),
        bias=bool(read("attention_bias", default=False)),
    )


def _lengthened(rotary: RotaryConfig, kind: str) -> float:
    """What longer texts make of the scale of scores."""
    given = dict(rotary.scaling)
    weight = float(given.get("mscale_all_dim") or 0)  # type: ignore[arg-type]
    if not weight or kind == "deepseek_v2":
        return 1.0
    return (0.1 * weight * math.log(float(given["factor"])) + 1) ** 2  # type: ignore[arg-type]


def _mixture(read: Read, third: bool) -> MixtureConfig:
    width = read("moe_intermediate_size")
    limited = third or read("topk_method", default="greedy") == "group_limited_greedy"
    groups, chosen = read("n_group", default=1), read("topk_group", default=1)
    normalise = bool(read("norm_topk_prob", default=third))
    return MixtureConfig(
        read("n_routed_experts", "num_experts", "num_local_experts"),
        read("num_experts_per_tok"),
        width,
        read("hidden_act", default="silu"),
        scores="sigmoid" if third else "softmax",
        normalise=normalise and third,
        scale=float(read("routed_scaling_factor", default=1.0)),
        correction=third,
        groups=groups if limited else 1,
        groups_chosen=chosen if limited else 1,
        shared=width * read("n_shared_experts") if read("n_shared_experts", default=0) else None,
    )


def keys(of: Config) -> Keys:
    """The map of names."""
    attention = of.stack.blocks[0].attention
    last = "q_b_proj" if attention.query_rank is not None else "q_proj"  # type: ignore[union-attr]
    parts = _parts.LLAMA | _PARTS | qwen_moe.EXPERTS | {"attention.q": f"self_attn.{last}"}
    kv = Fused(("stack.layers.*.attention.k", "stack.layers.*.attention.v"), attention.heads)
    # Layers that predict tokens further ahead come after the last, and are for training.
    ignored = (rf"model\.layers\.{len(of.stack.blocks)}\..*", r".*rotary_emb\.inv_freq")
    return Keys(
        _parts.names(parts), {"model.layers.*.self_attn.kv_b_proj": kv}, inner="model", ignored=ignored
    )
