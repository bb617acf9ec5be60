"""OLMoE: many small experts, norms of all queries together.

Source: Muennighoff et al., *OLMoE* (2024), arXiv:2409.02060.
"""

from jaxmath.models._config import Config
from jaxmath.models._keys import Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts, qwen_moe
from jaxmath.modules import BlockConfig, MixtureConfig


def config(read: Read) -> Config:
    """The map of options."""
    norm, turns = _parts.rms(read), read.rotary(_parts.heads(read).d)
    bias, clip = bool(read("attention_bias", default=False)), read("clip_qkv", default=None)
    how = {"bias": bias, "out_bias": bias, "rotary": turns, "norm": norm, "norm_over": "width"}
    mlp = MixtureConfig(
        read("num_experts", "num_local_experts"),
        read("num_experts_per_tok"),
        read("intermediate_size"),
        read("hidden_act", default="silu"),
        normalise=bool(read("norm_topk_prob", default=False)),
    )
    blocks = [BlockConfig(_parts.heads(read, clip=clip, **how), mlp, norm)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm)


def keys(of: Config) -> Keys:
    """The map of names."""
    return Keys(_parts.names(_parts.LLAMA | _parts.QK_NORM | qwen_moe.EXPERTS), inner="model")
