"""Families with experts, encoders and encoder-decoders, as in `_published`."""

from jaxmath.definitions.shapes._published import HEADED, SIZES, WORDS, Entries

_T5 = ("d_model", "num_layers", "num_heads", "d_ff")
_PLAIN = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")

OTHERS: Entries = (
    (
        "mixtral",
        SIZES,
        {WORDS: 32000, "num_local_experts": 8, "num_experts_per_tok": 2},
        (("mixtral-8x7b", 4096, 32, 32, 8, 14336),),
    ),
    (
        "qwen3_moe",
        HEADED,
        {WORDS: 151936, "num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
        (("qwen3-30b-a3b", 2048, 48, 32, 4, 6144, 128),),
    ),
    (
        "deepseek_v2",
        _PLAIN,
        {WORDS: 102400, "moe_intermediate_size": 1408, "n_routed_experts": 64, "n_shared_experts": 2}
        | {"num_experts_per_tok": 6, "first_k_dense_replace": 1, "q_lora_rank": None, "kv_lora_rank": 512}
        | {"qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128},
        (("deepseek-v2-lite", 2048, 27, 16, 10944),),
    ),
    (
        "deepseek_v3",
        _PLAIN,
        {WORDS: 129280, "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1}
        | {"num_experts_per_tok": 8, "first_k_dense_replace": 3, "q_lora_rank": 1536, "kv_lora_rank": 512}
        | {"qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128},
        (("deepseek-v3", 7168, 61, 128, 18432),),
    ),
    (
        "gpt_oss",
        HEADED,
        {WORDS: 201088, "num_local_experts": 128, "num_experts_per_tok": 4, "sliding_window": 128},
        (("gpt-oss-120b", 2880, 36, 64, 8, 2880, 64),),
    ),
    (
        "bert",
        _PLAIN,
        {WORDS: 30522, "max_position_embeddings": 512, "type_vocab_size": 2},
        (("bert-base", 768, 12, 12, 3072), ("bert-large", 1024, 24, 16, 4096)),
    ),
    (
        "t5",
        _T5,
        {WORDS: 32128, "d_kv": 64, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        (("flan-t5-small", 512, 8, 6, 1024),),
    ),
    ("t5", _T5, {WORDS: 32128, "d_kv": 64}, (("t5-small", 512, 6, 8, 2048), ("t5-base", 768, 12, 12, 3072))),
)
