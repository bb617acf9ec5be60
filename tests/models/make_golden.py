"""Make the references: `python -m tests.models.make_golden [NAME ...]`, where transformers is installed.

Every float32 of transformers is a float64 here: it computes norms, softmax and rotary tables in "float32"
whatever the model is in.
"""

import inspect
import json
import logging
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.float32 = torch.float = torch.bfloat16 = torch.float64
torch.Tensor.float = torch.Tensor.bfloat16 = torch.Tensor.double

import transformers  # noqa: E402
from safetensors import safe_open  # noqa: E402

from tests.models import _tiny  # noqa: E402

SMALL = {"vocab_size": 47, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2}
SMALL |= {"num_attention_heads": 4, "max_position_embeddings": 64}
FALCON = {x: y for x, y in SMALL.items() if x != "intermediate_size"}
GROUPED = SMALL | {"num_key_value_heads": 2}
OLD = {"vocab_size": 47, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
MOE = {"num_experts_per_tok": 2, "moe_intermediate_size": 24}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 1.0}
LLAMA3 |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 32}
YARN = {"rope_type": "yarn", "rope_theta": 1000.0, "factor": 4.0, "original_max_position_embeddings": 16}
LONG = {"rope_type": "longrope", "short_factor": [1.0, 1.25, 1.5, 2.0], "long_factor": [1.5, 2.0, 3.0, 4.0]}
T5 = {"vocab_size": 47, "d_model": 32, "d_kv": 8, "d_ff": 40, "num_layers": 2, "num_heads": 4}
T5 |= {"relative_attention_num_buckets": 8, "relative_attention_max_distance": 10}
T5 |= {"decoder_start_token_id": 0}
BART = {
    "vocab_size": 47,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "max_position_embeddings": 64,
}
BART |= {f"{x}_attention_heads": 4 for x in ("encoder", "decoder")}
BART |= {f"{x}_ffn_dim": 40 for x in ("encoder", "decoder")}
WINDOWED = {"sliding_window": 4}
PATTERN = ["sliding_attention", "full_attention"]

# name: kind of model, class, options
CASES = {
    "gpt2": ("LMHeadModel", "GPT2", OLD),
    "gpt2_layer_scaled": (
        "LMHeadModel",
        "GPT2",
        OLD | {"scale_attn_by_inverse_layer_idx": True, "n_inner": 24},
    ),
    "llama": ("CausalLM", "Llama", GROUPED),
    "llama3": ("CausalLM", "Llama", GROUPED | {"rope_parameters": LLAMA3, "tie_word_embeddings": True}),
    "llama_linear": (
        "CausalLM",
        "Llama",
        GROUPED
        | {
            "rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0},
            "attention_bias": True,
            "mlp_bias": True,
        },
    ),
    "llama_dynamic": (
        "CausalLM",
        "Llama",
        GROUPED
        | {
            "rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 4.0},
            "max_position_embeddings": 8,
        },
    ),
    "llama_yarn": ("CausalLM", "Llama", GROUPED | {"rope_parameters": YARN}),
    "mistral": ("CausalLM", "Mistral", GROUPED | WINDOWED | {"head_dim": 16}),
    "qwen2": (
        "CausalLM",
        "Qwen2",
        GROUPED | WINDOWED | {"use_sliding_window": True, "max_window_layers": 1},
    ),
    "qwen3": ("CausalLM", "Qwen3", GROUPED | {"head_dim": 16}),
    "gemma": ("CausalLM", "Gemma", GROUPED | {"head_dim": 16}),
    "gemma2": (
        "CausalLM",
        "Gemma2",
        GROUPED
        | WINDOWED
        | {
            "head_dim": 16,
            "query_pre_attn_scalar": 24,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 3.0,
        },
    ),
    "gemma3": (
        "CausalLM",
        "Gemma3Text",
        GROUPED | WINDOWED | {"head_dim": 16, "query_pre_attn_scalar": 24, "layer_types": PATTERN},
    ),
    "gpt_neox": ("CausalLM", "GPTNeoX", SMALL),
    "gpt_neox_serial": ("CausalLM", "GPTNeoX", SMALL | {"use_parallel_residual": False}),
    "phi": ("CausalLM", "Phi", GROUPED),
    "phi_normed": ("CausalLM", "Phi", GROUPED | {"qk_layernorm": True}),
    "phi3": ("CausalLM", "Phi3", GROUPED | {"sliding_window": 5, "pad_token_id": 0, "eos_token_id": 1}),
    "phi3_long": (
        "CausalLM",
        "Phi3",
        GROUPED
        | {
            "pad_token_id": 0,
            "eos_token_id": 1,
            "original_max_position_embeddings": 8,
            "rope_parameters": LONG | {"rope_theta": 1e4},
        },
    ),
    "bert": ("MaskedLM", "Bert", SMALL),
    "bert_bare": ("Model", "Bert", SMALL),
    "roberta": ("MaskedLM", "Roberta", SMALL | {"pad_token_id": 1}),
    "distilbert": (
        "MaskedLM",
        "DistilBert",
        {
            "vocab_size": 47,
            "dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 40,
            "max_position_embeddings": 64,
        },
    ),
    "modernbert": (
        "MaskedLM",
        "ModernBert",
        SMALL
        | {"num_hidden_layers": 3, "local_attention": 6, "pad_token_id": 0}
        | {f"{x}_token_id": 0 for x in ("eos", "bos", "cls", "sep")},
    ),
    "t5": ("ForConditionalGeneration", "T5", T5),
    "t5_gated": (
        "ForConditionalGeneration",
        "T5",
        T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
    "bart": ("ForConditionalGeneration", "Bart", BART | {"scale_embedding": True, "pad_token_id": 1}),
    "mixtral": ("CausalLM", "Mixtral", GROUPED | {"num_local_experts": 4, "num_experts_per_tok": 2}),
    "qwen2_moe": (
        "CausalLM",
        "Qwen2Moe",
        GROUPED | MOE | {"num_experts": 4, "shared_expert_intermediate_size": 20, "mlp_only_layers": [0]},
    ),
    "qwen3_moe": (
        "CausalLM",
        "Qwen3Moe",
        GROUPED | MOE | {"num_experts": 4, "norm_topk_prob": True, "head_dim": 16},
    ),
    "opt": (
        "CausalLM",
        "OPT",
        {x: y for x, y in SMALL.items() if x != "intermediate_size"}
        | {"ffn_dim": 40, "word_embed_proj_dim": 32},
    ),
    "opt_after": (
        "CausalLM",
        "OPT",
        {x: y for x, y in SMALL.items() if x != "intermediate_size"}
        | {"ffn_dim": 40, "do_layer_norm_before": False, "word_embed_proj_dim": 24},
    ),
    "bloom": ("CausalLM", "Bloom", {"vocab_size": 47, "hidden_size": 24, "n_layer": 2, "n_head": 3}),
    "falcon": ("CausalLM", "Falcon", FALCON | {"bias": True}),
    "falcon_new": (
        "CausalLM",
        "Falcon",
        FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2, "ffn_hidden_size": 40},
    ),
    "falcon_alibi": (
        "CausalLM",
        "Falcon",
        FALCON | {"alibi": True, "multi_query": False, "parallel_attn": False, "bias": True},
    ),
    "gpt_neo": (
        "CausalLM",
        "GPTNeo",
        {
            "vocab_size": 47,
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 4,
            "max_position_embeddings": 64,
        },
    ),
    "gptj": ("CausalLM", "GPTJ", OLD | {"rotary_dim": 4}),
    "mpt": (
        "CausalLM",
        "Mpt",
        {
            "vocab_size": 47,
            "d_model": 24,
            "n_layers": 2,
            "n_heads": 3,
            "max_seq_len": 64,
            "attn_config": {"clip_qkv": 0.5},
        },
    ),
    "stablelm": ("CausalLM", "StableLm", GROUPED | {"use_qkv_bias": True}),
    "stablelm_normed": (
        "CausalLM",
        "StableLm",
        GROUPED | {"qk_layernorm": True, "use_parallel_residual": True},
    ),
    "olmo2": ("CausalLM", "Olmo2", GROUPED),
    "olmoe": ("CausalLM", "Olmoe", GROUPED | {"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.5}),
    "cohere": ("CausalLM", "Cohere", GROUPED | {"use_qk_norm": True}),
    "glm4": ("CausalLM", "Glm4", GROUPED | {"head_dim": 16, "pad_token_id": 0}),
    "granite": (
        "CausalLM",
        "Granite",
        GROUPED
        | {
            "embedding_multiplier": 3.0,
            "attention_multiplier": 0.25,
            "residual_multiplier": 0.5,
            "logits_scaling": 4.0,
        },
    ),
    "smollm3": ("CausalLM", "SmolLM3", GROUPED | {"no_rope_layer_interval": 2, "pad_token_id": 0}),
    "nemotron": ("CausalLM", "Nemotron", GROUPED | {"hidden_act": "relu2"}),
    "deepseek_v2": (
        "CausalLM",
        "DeepseekV2",
        SMALL
        | MOE
        | {
            "q_lora_rank": None,
            "kv_lora_rank": 12,
            "qk_nope_head_dim": 8,
            "qk_rope_head_dim": 4,
            "v_head_dim": 10,
            "n_routed_experts": 8,
            "n_shared_experts": 2,
            "first_k_dense_replace": 1,
            "topk_method": "group_limited_greedy",
            "n_group": 4,
            "topk_group": 2,
            "routed_scaling_factor": 1.5,
        },
    ),
    "deepseek_v3": (
        "CausalLM",
        "DeepseekV3",
        SMALL
        | MOE
        | {
            "num_key_value_heads": 4,
            "q_lora_rank": 20,
            "kv_lora_rank": 12,
            "qk_nope_head_dim": 8,
            "qk_rope_head_dim": 4,
            "v_head_dim": 10,
            "n_routed_experts": 8,
            "n_shared_experts": 1,
            "first_k_dense_replace": 1,
            "n_group": 4,
            "topk_group": 2,
            "rope_parameters": YARN | {"mscale": 1.0, "mscale_all_dim": 0.5},
        },
    ),
    "gpt_oss": (
        "CausalLM",
        "GptOss",
        GROUPED
        | WINDOWED
        | {
            "head_dim": 8,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "rope_parameters": YARN | {"truncate": False},
        },
    ),
}
IDS = np.random.RandomState(7).randint(3, 47, (3, 12))
MASK = np.ones((3, 12), np.int64)
MASK[0, 10:] = 0
MASK[1, :3] = 0


def kind_of(name):
    """The class of a model."""
    kind, family, _ = CASES[name]
    suffix = f"For{kind}" if kind.endswith("LM") else kind
    return getattr(transformers, f"{family.removesuffix('Text')}{suffix}")


def build(name, directory):
    """A model with weights made from names, and the shapes of its tensors."""
    _, family, options = CASES[name]
    config = getattr(transformers, f"{family}Config")(**options)
    kind_of(name)(config).save_pretrained(directory)
    with safe_open(directory / "model.safetensors", "numpy") as file:
        shapes = {x: file.get_slice(x).get_shape() for x in file.keys()}
    raw = json.loads((directory / "config.json").read_text())
    _tiny.write(directory, raw, shapes)
    return raw, shapes, read(name, directory)[0]


def read(name, directory):
    """A model, and what was missing or left over when it was read."""
    # The eager form of Falcon adds ALiBi twice.
    attention = "sdpa" if name == "falcon_alibi" else "eager"
    how = {"attn_implementation": attention, "experts_implementation": "eager", "output_loading_info": True}
    model, info = kind_of(name).from_pretrained(directory, dtype=torch.float64, **how)
    for parameter in model.parameters():
        assert parameter.dtype == torch.float64
    return model.eval(), info


def inputs(model, ids, mask, name):
    """What the model is given: positions are counted over tokens that are there."""
    given = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    takes = inspect.signature(model.forward).parameters
    if "position_ids" in takes and not name.startswith(("roberta", "opt")):
        given["position_ids"] = torch.tensor(np.maximum(np.cumsum(mask, 1) - 1, 0))
    if "decoder_input_ids" in takes:
        given["decoder_input_ids"] = torch.tensor(ids[:, ::-1][:, :7].copy())
    return given


def greedy(model, name, steps=6):
    """Continuations of the last two rows, by whole runs without a cache."""
    ids, mask = IDS[1:].copy(), MASK[1:].copy()
    margin = np.inf
    for _ in range(steps):
        with torch.no_grad():
            last = model(**inputs(model, ids, mask, name)).logits[:, -1].numpy()
        two = np.sort(last, -1)[:, -2:]
        margin = min(margin, (two[:, 1] - two[:, 0]).min())
        ids = np.concatenate([ids, last.argmax(-1)[:, None]], 1)
        mask = np.concatenate([mask, np.ones((2, 1), np.int64)], 1)
    return ids[:, -steps:], margin


def run(name, into=_tiny.GOLDEN):
    """One file of references."""
    with tempfile.TemporaryDirectory() as folder:
        raw, shapes, model = build(name, Path(folder))
    ids = np.where(MASK, IDS, 1) if name == "roberta" else IDS  # it takes padding from tokens
    result = model(**inputs(model, ids, MASK, name), output_hidden_states=True)
    decoder = hasattr(result, "decoder_hidden_states")
    logits = result.logits if hasattr(result, "logits") else result.last_hidden_state
    states = result.decoder_hidden_states if decoder else result.hidden_states
    real = torch.tensor(np.ones((3, 7)) if decoder else MASK, dtype=torch.float64)
    width = states[0].shape[-1]
    states = [x for x in states if x.shape[-1] == width]  # the last is projected in OPT's odd one
    hidden = torch.stack(states).detach().numpy() @ _tiny.hand(width)
    (torch.log_softmax(logits, -1)[..., 5] * real).sum().backward()
    total = sum(float((x.grad**2).sum()) for x in model.parameters() if x.grad is not None)
    more = {}
    if CASES[name][0] in ("CausalLM", "LMHeadModel"):
        more["greedy"], margin = greedy(model, name)
        assert margin > 1e-6, margin
    if getattr(result, "pooler_output", None) is not None:
        more["pooled"] = result.pooler_output.detach().numpy()
    np.savez_compressed(
        into / f"{name}.npz",
        config=json.dumps(raw, sort_keys=True),
        shapes=json.dumps(shapes, sort_keys=True),
        ids=ids,
        mask=MASK,
        logits=logits.detach().numpy() * real[..., None].numpy(),
        hidden=hidden * real.numpy(),
        gradient=total,
        **more,
    )


def main():
    """All of them, or those named."""
    logging.disable(logging.WARNING)
    failed = {}
    for name in sys.argv[1:] or CASES:
        try:
            run(name)
            print(name, flush=True)
        except Exception as error:
            failed[name] = error
            print(name, "failed:", repr(error)[:300], flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
