"""Families without experts: the entries that differ between their models, those that do not, the models."""

from typing import Any, TypeAlias

_GPT2 = ("n_embd", "n_layer", "n_head")
SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
)
HEADED = (*SIZES, "head_dim")
WORDS = "vocab_size"

Entries: TypeAlias = tuple[tuple[str, tuple[str, ...], dict[str, Any], tuple[tuple[Any, ...], ...]], ...]

DENSE: Entries = (
    (
        "gpt2",
        _GPT2,
        {WORDS: 50257, "n_positions": 1024},
        (
            ("gpt2", 768, 12, 12),
            ("gpt2-medium", 1024, 24, 16),
            ("gpt2-large", 1280, 36, 20),
            ("gpt2-xl", 1600, 48, 25),
        ),
    ),
    ("gpt2", _GPT2, {WORDS: 50257, "n_positions": 2048}, (("gpt3", 12288, 96, 96),)),
    (
        "gpt_neox",
        ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", WORDS),
        {},
        (
            ("pythia-70m", 512, 6, 8, 2048, 50304),
            ("pythia-160m", 768, 12, 12, 3072, 50304),
            ("pythia-6.9b", 4096, 32, 32, 16384, 50432),
        ),
    ),
    (
        "llama",
        (*SIZES, WORDS),
        {},
        (
            ("llama-2-7b", 4096, 32, 32, 32, 11008, 32000),
            ("llama-2-13b", 5120, 40, 40, 40, 13824, 32000),
            ("llama-2-70b", 8192, 80, 64, 8, 28672, 32000),
            ("llama-3-8b", 4096, 32, 32, 8, 14336, 128256),
            ("llama-3-70b", 8192, 80, 64, 8, 28672, 128256),
            ("llama-3.1-405b", 16384, 126, 128, 8, 53248, 128256),
        ),
    ),
    (
        "llama",
        SIZES,
        {WORDS: 128256, "tie_word_embeddings": True},
        (("llama-3.2-1b", 2048, 16, 32, 8, 8192),),
    ),
    ("mistral", SIZES, {WORDS: 32000, "sliding_window": 4096}, (("mistral-7b", 4096, 32, 32, 8, 14336),)),
    (
        "gemma",
        HEADED,
        {WORDS: 256000},
        (("gemma-2b", 2048, 18, 8, 1, 16384, 256), ("gemma-7b", 3072, 28, 16, 16, 24576, 256)),
    ),
    (
        "gemma2",
        HEADED,
        {WORDS: 256000, "sliding_window": 4096},
        (("gemma-2-2b", 2304, 26, 8, 4, 9216, 256),),
    ),
    (
        "qwen2",
        SIZES,
        {WORDS: 151936, "tie_word_embeddings": True},
        (("qwen2.5-0.5b", 896, 24, 14, 2, 4864),),
    ),
    (
        "qwen2",
        SIZES,
        {WORDS: 152064},
        (("qwen2.5-7b", 3584, 28, 28, 4, 18944), ("qwen2.5-72b", 8192, 80, 64, 8, 29568)),
    ),
    (
        "qwen3",
        HEADED,
        {WORDS: 151936, "tie_word_embeddings": True},
        (("qwen3-0.6b", 1024, 28, 16, 8, 3072, 128),),
    ),
    ("qwen3", HEADED, {WORDS: 151936}, (("qwen3-8b", 4096, 36, 32, 8, 12288, 128),)),
    ("phi", SIZES, {WORDS: 51200}, (("phi-2", 2560, 32, 32, 32, 10240),)),
    ("phi3", SIZES, {WORDS: 32064}, (("phi-3-mini", 3072, 32, 32, 32, 8192),)),
)
