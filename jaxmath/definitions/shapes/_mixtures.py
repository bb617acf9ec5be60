"""Configurations of decoders with mixtures of experts."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from jaxmath.definitions.shapes._llamas import llama, qwen2, qwen3
from jaxmath.definitions.shapes.experts import ExpertsShape
from jaxmath.definitions.shapes.parts import MLPShape
from jaxmath.definitions.shapes.transformer import TransformerShape

Config = Mapping[str, Any]


def mixtral(c: Config) -> TransformerShape:
    return dataclasses.replace(llama(c), experts=_experts(c, c["num_local_experts"], c["intermediate_size"]))


def qwen2_moe(c: Config) -> TransformerShape:
    shared = dict(shared=c["shared_expert_intermediate_size"], shared_gate=True)
    return dataclasses.replace(qwen2(c), experts=_sparse(c, **shared))


def qwen3_moe(c: Config) -> TransformerShape:
    return dataclasses.replace(qwen3(c), experts=_sparse(c))


def gpt_oss(c: Config) -> TransformerShape:
    experts = _experts(c, c["num_local_experts"], c["intermediate_size"], bias=True, router_bias=True)
    return dataclasses.replace(llama(c, qkv_bias=True, out_bias=True, sinks=True), experts=experts)


def deepseek(c: Config, **changes: Any) -> TransformerShape:
    hidden = c["moe_intermediate_size"]
    told = dict(dense_layers=c["first_k_dense_replace"], shared=hidden * (c.get("n_shared_experts") or 0))
    experts = _experts(c, c["n_routed_experts"], hidden, **told, **changes)
    rotary, value = c["qk_rope_head_dim"], c["v_head_dim"]
    ranks = dict(kv_rank=c["kv_lora_rank"], query_rank=c.get("q_lora_rank") or 0, rotary_width=rotary)
    sizes = dict(groups=c["num_attention_heads"], key_width=c["qk_nope_head_dim"] + rotary, value_width=value)
    return dataclasses.replace(llama(c, **sizes, **ranks), experts=experts)


def deepseek_v3(c: Config) -> TransformerShape:
    return deepseek(c, balance_bias=True)


def _sparse(c: Config, **told: Any) -> ExpertsShape:
    if c.get("decoder_sparse_step", 1) != 1 or c.get("mlp_only_layers"):
        raise ValueError(
            "shape_from_config: experts in some layers only (decoder_sparse_step, mlp_only_layers).\n"
            "  Only blocks without experts that come first can be described."
        )
    return _experts(c, c["num_experts"], c["moe_intermediate_size"], **told)


def _experts(c: Config, count: int, hidden: int, bias: bool = False, **told: Any) -> ExpertsShape:
    expert = MLPShape(hidden=hidden, gated=True, bias=bias)
    return ExpertsShape(count=count, active=c["num_experts_per_tok"], expert=expert, **told)
