"""Parameters: counts that were published, and those of the textbook's own trees."""

from fractions import Fraction

from jaxmath.definitions import (
    PUBLISHED,
    parameters,
    published_shape,
    shape_from_config,
)
from jaxmath.verify.claim import accounting

HUB = "tensors of the checkpoint that its authors published"
GPT2 = {"gpt2": 124439808, "gpt2-medium": 354823168, "gpt2-large": 774030080, "gpt2-xl": 1557611200}
LLAMA = {
    "llama-2-7b": 6738415616,
    "llama-2-13b": 13015864320,
    "llama-2-70b": 68976648192,
    "llama-3-8b": 8030261248,
    "llama-3-70b": 70553706496,
    "llama-3.1-405b": 405853388800,
    "llama-3.2-1b": 1235814400,
}
HEADED = {
    "gemma-2b": 2506172416,
    "gemma-7b": 8537680896,
    "qwen2.5-0.5b": 494032768,
    "qwen2.5-7b": 7615616512,
    "qwen3-8b": 8190735360,
}
OTHERS = {
    "pythia-70m": 70426624,
    "pythia-160m": 162322944,
    "phi-2": 2779683840,
    "bert-base": 109482240,
    "t5-small": 60506624,
    "flan-t5-small": 76961152,
}


def _billions(n: int) -> Fraction:
    return Fraction(n, 10**9)


def _counted(names, **changes) -> list[int]:
    return [parameters(shape_from_config({**PUBLISHED[name], **changes})) for name in names]


@accounting(source=f"Radford et al. 2019; {HUB}")
def gpt2_has_the_published_parameters():
    r"""$V d + T d + L (12 d^2 + 13 d) + 2 d$ for all four sizes."""
    return _counted(GPT2), list(GPT2.values())


@gpt2_has_the_published_parameters.mutant
def gpt2_has_a_readout_of_its_own():
    return [
        n + 50257 * PUBLISHED[name]["n_embd"] for name, n in zip(GPT2, _counted(GPT2), strict=True)
    ], list(GPT2.values())


@accounting(source=f"Touvron et al. 2023, arXiv:2307.09288; Grattafiori et al. 2024, arXiv:2407.21783; {HUB}")
def llama_has_the_published_parameters():
    r"""$2 V d + L (2 d h k + 2 d g k + 3 d f + 2 d) + d$, less a table where it is tied, for seven sizes."""
    return _counted(LLAMA), list(LLAMA.values())


@llama_has_the_published_parameters.mutant
def llama_has_keys_for_every_head():
    return _counted(LLAMA, num_key_value_heads=None), list(LLAMA.values())


@accounting(source=f"Gemma Team 2024, arXiv:2403.08295; Qwen Team 2024, arXiv:2412.15115, and 2025; {HUB}")
def gemma_and_qwen_have_the_published_parameters():
    r"""Heads need not divide the width: $h k$ stands on its own."""
    return _counted(HEADED), list(HEADED.values())


@gemma_and_qwen_have_the_published_parameters.mutant
def heads_divide_the_width():
    return _counted(HEADED, head_dim=None), list(HEADED.values())


@accounting(source=f"Biderman et al. 2023; Devlin et al. 2018; Raffel et al. 2019, arXiv:1910.10683; {HUB}")
def others_have_the_published_parameters():
    r"""Pythia, Phi-2, BERT with its pooler, T5 with a table of relative positions in each stack."""
    return _counted(OTHERS), list(OTHERS.values())


@others_have_the_published_parameters.mutant
def t5_has_its_table_of_positions_in_every_block():
    extra = {"t5-small": 10 * 32 * 8, "flan-t5-small": 14 * 32 * 6}
    return [parameters(published_shape(n)) + extra.get(n, 0) for n in OTHERS], list(OTHERS.values())
